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

/** @typedef {{path: string, kind: string, fields: Record<string, any>, at: string}} Unfinished */

/**
 * What was begun and not finished, the newest first.
 * @param {Notebook} notebook
 * @returns {HTMLElement[]}
 */
export function draftRows(notebook) {
  return unfinished(notebook).map((draft) => h("li", {}, draftLink(draft)))
}

/**
 * A draft's key is the path of its page; in session mode, where one page has several texts, the text's kind and what it
 * belongs to.
 * @param {Notebook} notebook
 * @returns {Unfinished[]}
 */
export function unfinished(notebook) {
  return notebook.drafts().flatMap(({ key, fields, at }) => {
    const path = key.startsWith("/") ? key : pathInSession(notebook, key)
    const kind = key === path ? KINDS.find(([form]) => form.test(key))?.[1] : key.split(" ")[0]
    return path && kind ? [{ path, kind, fields, at }] : []
  })
}

/** @param {Notebook} notebook @param {string} key `agreement` and the session, or the agreement that is changed */
function pathInSession(notebook, key) {
  const [, id] = /^(?:agreement|summary) (.+)$/.exec(key) ?? []
  const session = id && (notebook.get("session", id)?.id ?? notebook.entry(id)?.session)
  return session ? `/supervision/${session}/hold` : ""
}

/** @param {Unfinished} draft */
function draftLink({ path, kind, fields, at }) {
  const isToday = todayInOslo(at) === todayInOslo()
  const when = isToday ? t("today at %(time)s", { time: formatTime(at) }) : formatDate(at)
  return h(
    "a",
    { class: "lv-item", href: addressOf(path), "data-key": `${kind} ${path}` },
    h("span", { class: "lv-item__title" }, firstWords({ kind, fields }) || kindName(kind)),
    h("span", { class: "lv-item__note" }, `${kindName(kind)} · ${when}`),
  )
}
