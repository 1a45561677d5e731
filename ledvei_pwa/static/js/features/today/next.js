import { agendaOf } from "../supervision/agenda.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * The first session that is not over, of those I take part in.
 * @param {Notebook} notebook
 * @param {number} [now] milliseconds
 */
export function nextSession(notebook, now = Date.now()) {
  const coming = notebook
    .all("session")
    .filter(({ status, starts, minutes }) => status === "planned" && Date.parse(starts) + minutes * 60_000 > now)
  return coming.sort((one, other) => one.starts.localeCompare(other.starts))[0] ?? null
}

/**
 * All topics I can read that the session will go through, carried-over ones too.
 * @param {Notebook} notebook
 * @param {any} session
 */
export function topicsFor(notebook, session) {
  const topics = notebook.entries({ kind: "topic", series: session.series })
  const sessions = notebook.all("session").filter(({ series }) => series === session.series)
  return agendaOf(session, topics, sessions, Date.now()).map(({ topic }) => topic)
}

/**
 * Whether this person has written something for the session that I can read.
 * @param {Notebook} notebook
 * @param {any} session
 * @param {string} person
 */
export function preparedBy(notebook, session, person) {
  const kinds = ["topic", "preparation", "supervisor_preparation"]
  return notebook.entries({ session: session.id, author: person }).some(({ kind }) => kinds.includes(kind))
}
