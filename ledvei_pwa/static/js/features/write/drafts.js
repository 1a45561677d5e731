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
/** Both preparations are written at one address; these fields are the supervisor's. */
const SUPERVISORS = ["follow_up", "ask_about", "opening_question"]

/** What two texts in conflict are being written into, and what the server would not have and is being changed. */
const JOINED = "joined"
const CHANGED = "changed"

/** @param {string} entry @param {string} field */
export const draftOfJoined = (entry, field) => `${JOINED} ${entry} ${field}`

/** @param {string} operation */
export const draftOfChange = (operation) => `${CHANGED} ${operation}`

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
    const path = pathOfDraft(notebook, key)
    return path ? [{ path, kind: kindOfDraft(notebook, { key, fields }), fields, at }] : []
  })
}

/**
 * What kind of text a draft is; "" when this version of the app does not know it.
 * @param {Notebook} notebook
 * @param {{key: string, fields: Record<string, any>}} draft
 */
export function kindOfDraft(notebook, { key, fields }) {
  if (SUPERVISORS.some((name) => name in fields)) return "supervisor_preparation"
  if (key.startsWith("/")) return KINDS.find(([form]) => form.test(key))?.[1] ?? ""
  const [first, id] = key.split(" ")
  if (first === JOINED) return notebook.entry(id)?.kind ?? ""
  return first === CHANGED ? (refusedOf(notebook, key)?.kind ?? "") : first
}

/**
 * What a draft of the page "Needs attention" is for: two texts that are being joined, a refused one that is being changed,
 * or one of these that has been settled meanwhile (`left`). "" for every other draft.
 * @param {Notebook} notebook
 * @param {string} key
 * @returns {"joined" | "changed" | "left" | ""}
 */
export function purposeOf(notebook, key) {
  const [first, id, field] = key.split(" ")
  if (first === JOINED) return notebook.entry(id)?.conflicts[field] ? "joined" : "left"
  if (first === CHANGED) return refusedOf(notebook, key) ? "changed" : "left"
  return ""
}

/** @param {Notebook} notebook @param {string} key */
function pathOfDraft(notebook, key) {
  if (key.startsWith("/")) return key
  return purposeOf(notebook, key) ? "/attention" : pathInSession(notebook, key)
}

/** @param {Notebook} notebook @param {string} key */
function refusedOf(notebook, key) {
  return notebook.attention().find(({ id }) => key === draftOfChange(id))
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
