import { formatDate } from "../../ui/dates.js"
import { find, h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { stateText, withEnd } from "../../ui/state.js"
import { keepFresh } from "../writing/fresh.js"
import { addressOf } from "../writing/paths.js"
import { trendPicture } from "./picture.js"
import { ownTrend } from "./rules.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 */

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/assessment",
  template: "view-assessments",
  mount(root, { notebook }) {
    const start = find(root, "[data-start]")
    start.setAttribute("href", addressOf("/assessment/new"))
    if (notebook.draft("/assessment/new")) start.textContent = t("Go on where you were")
    return keepFresh(root, notebook, () => draw(root, notebook))
  },
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function draw(root, notebook) {
  const all = notebook.entries({ kind: "assessment" }).sort(newestFirst)
  const mine = all.filter(({ author }) => author === notebook.person.id)
  const trend = ownTrend(mine.map(({ fields }) => fields))
  find(root, "[data-trend]").hidden = trend.length === 0
  if (trend.length) find(root, "[data-picture]").replaceChildren(trendPicture(trend))
  drawList(
    root,
    "[data-history]",
    "[data-list]",
    mine.map((entry) => row(entry, "", whoAndState(notebook, entry))),
  )
  const others = all.filter(({ author }) => author !== notebook.person.id)
  drawList(
    root,
    "[data-shared]",
    "[data-shared-list]",
    others.map((entry) => row(entry, nameOf(notebook, entry.author), "")),
  )
}

/** @param {EntryView} one @param {EntryView} other */
const newestFirst = (one, other) => (dayOf(one) < dayOf(other) ? 1 : -1)

/** @param {EntryView} entry */
const dayOf = ({ fields, created }) => String(fields.taken_on || created.slice(0, 10))

/** @param {Notebook} notebook @param {EntryView} entry */
function whoAndState(notebook, entry) {
  return entry.audience === "private"
    ? withEnd(entry, t("Only you can read this."))
    : stateText(notebook, entry)
}

/** @param {HTMLElement} root @param {string} section @param {string} list @param {HTMLElement[]} rows */
function drawList(root, section, list, rows) {
  find(root, section).hidden = rows.length === 0
  find(root, list).replaceChildren(...rows)
}

/** @param {EntryView} entry @param {string} name @param {string} note */
function row(entry, name, note) {
  const href = addressOf(`/assessment/${entry.id}`)
  const title = h(
    "span",
    { class: "lv-item__title" },
    [name, formatDate(dayOf(entry))].filter(Boolean).join(", "),
  )
  return h(
    "li",
    {},
    h(
      "a",
      { class: "lv-item", href, "data-key": href },
      title,
      note && h("span", { class: "lv-item__note" }, note),
    ),
  )
}
