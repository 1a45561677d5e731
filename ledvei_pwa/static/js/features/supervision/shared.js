import { daysFromToday, formatDate } from "../../ui/dates.js"
import { h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { addressOf } from "../writing/paths.js"
import { wordFor } from "../writing/words.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 */

const RECENT_DAYS = 21
/** @type {Record<string, () => string>} */
const NAMES = { debrief: () => t("Debrief"), assessment: () => t("Self-assessment") }

/**
 * What others have shared with me outside a session in the last weeks; a wish to be called first.
 * @param {Notebook} notebook
 * @returns {HTMLElement[]}
 */
export function sharedWithMe(notebook) {
  const me = notebook.person.id
  const entries = Object.keys(NAMES)
    .flatMap((kind) => notebook.entries({ kind }))
    .filter((entry) => entry.author !== me && daysFromToday(entry.created) > -RECENT_DAYS)
    .sort(
      (one, other) =>
        Number(isWaiting(other, me)) - Number(isWaiting(one, me)) || (one.created < other.created ? 1 : -1),
    )
  if (entries.length === 0) return []
  const rows = entries.map((entry) => h("li", {}, row(notebook, entry)))
  const title = h("h2", {}, t("Shared with you"))
  return [
    h(
      "section",
      { class: "lv-groups lv-stack", "data-gap": "small" },
      title,
      h("ul", { class: "lv-list" }, ...rows),
    ),
  ]
}

/** Somebody wants to hear from a person, and I have not read it. @param {EntryView} entry @param {string} me */
function isWaiting({ fields, seen }, me) {
  return ["call", "talk_tomorrow"].includes(String(fields.need)) && !seen.some(({ person }) => person === me)
}

/** @param {Notebook} notebook @param {EntryView} entry */
function row(notebook, entry) {
  const wish =
    ["call", "talk_tomorrow"].includes(String(entry.fields.need)) &&
    wordFor("view-debrief", "need", entry.fields.need)
  const href = addressOf(`/${entry.kind}/${entry.id}`)
  return h(
    "a",
    { class: "lv-item", href, "data-key": href },
    h("span", { class: "lv-item__title" }, nameOf(notebook, entry.author)),
    h("span", { class: "lv-item__note" }, `${NAMES[entry.kind]()} · ${formatDate(entry.created)}`),
    wish &&
      h(
        "span",
        { class: isWaiting(entry, notebook.person.id) ? "lv-warm" : "lv-soft" },
        t("Wants: %(wish)s", { wish }),
      ),
  )
}
