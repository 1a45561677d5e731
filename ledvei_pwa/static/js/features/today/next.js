import { agendaFor, sessionsOf } from "../supervision/sessions.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../supervision/agenda.js").Session} Session */

/**
 * The first session that is not over, of all my series.
 * @param {Notebook} notebook
 * @param {number} [now] milliseconds
 * @returns {Session | null}
 */
export function nextOfAll(notebook, now = Date.now()) {
  const coming = sessionsOf(notebook).filter(
    ({ status, starts, minutes }) => status !== "held" && Date.parse(starts) + minutes * 60_000 > now,
  )
  return coming.sort((one, other) => one.starts.localeCompare(other.starts))[0] ?? null
}

/**
 * All topics I can read that the session will go through, carried-over ones too.
 * @param {Notebook} notebook
 * @param {Session} session
 */
export function topicsFor(notebook, session) {
  return agendaFor(notebook, session, Date.now()).map(({ topic }) => topic)
}

/**
 * Whether this person has written something for the session that I can read.
 * @param {Notebook} notebook
 * @param {Session} session
 * @param {string} person
 */
export function hasPrepared(notebook, session, person) {
  const kinds = ["topic", "preparation", "supervisor_preparation"]
  return notebook.entries({ session: session.id, author: person }).some(({ kind }) => kinds.includes(kind))
}
