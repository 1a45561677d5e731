import { agendaOf } from "./agenda.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 * @typedef {import("./agenda.js").Session & {original_starts?: string|null, held_minutes?: number|null, mix?: Record<string, number>|null}} Session
 */

/**
 * The sessions as they are known here: one is held as soon as it was closed on this device, network or not.
 * @param {Notebook} notebook
 * @param {string} [series]
 * @returns {Session[]}
 */
export function sessionsOf(notebook, series) {
  const held = new Set(notebook.entries({ kind: "holding" }).map((holding) => holding.session))
  return notebook
    .all("session")
    .filter((session) => !series || session.series === series)
    .map((session) => (held.has(session.id) ? { ...session, status: "held" } : session))
}

/** @param {Notebook} notebook @param {string} id @returns {Session|null} */
export function sessionOf(notebook, id) {
  return sessionsOf(notebook).find((session) => session.id === id) ?? null
}

/** The next session that has not been held, or null. @param {Notebook} notebook @param {string} series @param {number} now */
export function nextSession(notebook, series, now) {
  const coming = sessionsOf(notebook, series).filter(
    (session) => session.status !== "held" && Date.parse(session.starts) + session.minutes * 60_000 > now,
  )
  return coming.sort((one, other) => (one.starts < other.starts ? -1 : 1))[0] ?? null
}

/** @param {Notebook} notebook @param {Session} session @param {number} now */
export function agendaFor(notebook, session, now) {
  const topics = notebook.entries({ kind: "topic", series: session.series })
  return agendaOf(session, topics, sessionsOf(notebook, session.series), now)
}

/**
 * Whether the one who should has made ready: as supervisee a topic or something good, as supervisor any preparation.
 * @param {Notebook} notebook @param {Session} session @param {number} topics on the agenda
 */
export function isPrepared(notebook, session, topics) {
  return topics > 0 || notebook.entries({ kind: "preparation", session: session.id }).length > 0
}
