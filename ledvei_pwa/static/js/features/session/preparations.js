import { h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { stateLine } from "../../ui/state.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 * @typedef {import("../supervision/circle.js").Circle} Circle
 */

const BOTH = ["preparation", "supervisor_preparation"]

/**
 * What each party has written before the session, as far as one may read it.
 * @param {Notebook} notebook
 * @param {string} session
 * @param {string[]} [kinds]
 * @param {"h2" | "h3"} [level] of their headings
 * @returns {HTMLElement[]}
 */
export function preparationTexts(notebook, session, kinds = BOTH, level = "h3") {
  const quoted = (/** @type {EntryView} */ entry, /** @type {string} */ title, /** @type {unknown} */ text) =>
    quote(notebook, entry, title, text, level)
  const written = notebook.entries({ session }).filter(({ kind }) => kinds.includes(kind))
  const good = written.filter(({ kind }) => kind === "preparation")
  const supervisors = written.filter(({ kind }) => kind === "supervisor_preparation")
  return [
    ...supervisors.flatMap((entry) => [
      quoted(entry, t("To open with"), entry.fields.opening_question),
      quoted(entry, t("To follow up"), entry.fields.follow_up),
      quoted(entry, t("Agreements to ask about"), entry.fields.ask_about),
      howFar(notebook, entry),
    ]),
    ...good.flatMap((entry) => [
      quoted(entry, t("What went well"), entry.fields.went_well),
      howFar(notebook, entry),
    ]),
  ].filter((each) => each !== null)
}

/** Who can read one's own text, and whether they have. @param {Notebook} notebook @param {EntryView} entry */
function howFar(notebook, entry) {
  if (entry.author !== notebook.person.id) return null
  if (entry.audience !== "private") return stateLine(notebook, entry)
  return h("p", { class: "lv-soft lv-small" }, t("Only you can read this."))
}

/**
 * @param {Notebook} notebook @param {EntryView} entry @param {string} title @param {unknown} text
 * @param {"h2" | "h3"} level
 */
function quote(notebook, entry, title, text, level) {
  if (!text) return null
  const isMine = entry.author === notebook.person.id
  return h(
    "div",
    { class: "lv-quote", "data-entry": entry.id },
    h(
      level,
      {},
      isMine ? title : t("%(title)s, from %(name)s", { title, name: nameOf(notebook, entry.author) }),
    ),
    h("p", {}, String(text)),
  )
}
