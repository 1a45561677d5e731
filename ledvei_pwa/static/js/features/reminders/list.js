import { h, replace } from "../../ui/h.js"
import { formatDue, formatMoment, t } from "../../ui/i18n.js"
import { remindersToShow } from "./rules.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("./rules.js").ReminderItem} ReminderItem */

const PREPARING = ["topic", "preparation", "supervisor_preparation"]

/**
 * The same reminders as are pushed, for everybody.
 * @param {HTMLElement} place a list
 * @param {Notebook} notebook
 * @returns {number} how many there are
 */
export function showReminders(place, notebook) {
  const reminders = currentReminders(notebook)
  replace(place, ...reminders.map((reminder) => row(reminder, notebook)))
  return reminders.length
}

/**
 * @param {Notebook} notebook
 * @param {number} [now] milliseconds
 */
export function currentReminders(notebook, now = Date.now()) {
  const known = {
    session: (/** @type {string} */ id) => notebook.get("session", id),
    entry: (/** @type {string} */ id) => notebook.entry(id),
    hasPrepared: (/** @type {string} */ session) => hasPrepared(notebook, session),
  }
  return remindersToShow(notebook.all("reminder"), known, now)
}

/**
 * @param {Notebook} notebook
 * @param {string} session
 */
function hasPrepared(notebook, session) {
  const own = notebook.entries({ session, author: notebook.person.id })
  return own.some(({ kind }) => PREPARING.includes(kind))
}

/**
 * @param {ReminderItem} reminder
 * @param {Notebook} notebook
 */
function row(reminder, notebook) {
  const { href, title, note } = wordsOf(reminder, notebook)
  return h(
    "li",
    {},
    h(
      "a",
      { class: "lv-item", href },
      h("span", { class: "lv-item__title" }, title),
      h("span", { class: "lv-item__note" }, note),
    ),
  )
}

/**
 * @param {ReminderItem} reminder
 * @param {Notebook} notebook
 */
function wordsOf({ kind, session, entry, expires }, notebook) {
  const base = document.body.dataset.base ?? ""
  if (kind === "account")
    return {
      href: "/devices",
      title: t("A link to your account is in use"),
      note: t("Is it not you? Stop it here."),
    }
  if (kind === "agreement") {
    const fields = notebook.entry(entry ?? "")?.fields ?? {}
    const title = String(fields.text || t("An agreement"))
    return { href: `${base}/today`, title, note: formatDue(String(fields.due ?? "")) }
  }
  const note = formatMoment(expires)
  if (kind === "prepare")
    return { href: `${base}/supervision/${session}/prepare`, title: t("Prepare for supervision"), note }
  return { href: `${base}/supervision/${session}`, title: t("Supervision"), note }
}
