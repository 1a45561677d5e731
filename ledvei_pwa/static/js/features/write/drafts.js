import { h } from "../../ui/h.js"
import { formatDate, formatTime, t, todayInOslo } from "../../ui/i18n.js"
import { addressOf } from "../writing/paths.js"
import { firstWords, kindName } from "./entries.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** @type {[RegExp, string][]} what kind of text a path is for */
const KINDS = [
  [/^\/topic\//, "topic"],
  [/^\/debrief\//, "debrief"],
  [/^\/assessment\//, "assessment"],
  [/^\/supervision\/.*\/hold/, "summary"],
  [/./, "preparation"],
]

/**
 * What was begun and not finished, the newest first. A draft's key is the path of its page.
 * @param {Notebook} notebook
 * @returns {HTMLElement[]}
 */
export function draftRows(notebook) {
  const drafts = notebook.drafts().filter(({ key }) => key.startsWith("/"))
  return drafts.map(({ key, fields, at }) => h("li", {}, draftLink(key, fields, at)))
}

/** @param {string} key @param {Record<string, any>} fields @param {string} at */
function draftLink(key, fields, at) {
  const kind = KINDS.find(([path]) => path.test(key))?.[1] ?? ""
  const isToday = todayInOslo(at) === todayInOslo()
  const when = isToday ? t("today at %(time)s", { time: formatTime(at) }) : formatDate(at)
  return h(
    "a",
    { class: "lv-item", href: addressOf(key), "data-key": key },
    h("span", { class: "lv-item__title" }, firstWords({ kind, fields }) || kindName(kind)),
    h("span", { class: "lv-item__note" }, `${kindName(kind)} · ${when}`),
  )
}
