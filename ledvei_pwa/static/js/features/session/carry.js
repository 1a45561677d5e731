import { outcomeHere } from "./steps.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../supervision/agenda.js").AgendaItem} AgendaItem
 */

/** What nobody has marked in this session. @param {AgendaItem[]} agenda @param {string} session */
export const openTopics = (agenda, session) => agenda.filter((item) => outcomeHere(item, session) === "")

/**
 * Marks topics as carried over from a session.
 * @param {Notebook} notebook
 * @param {string} session
 * @param {AgendaItem[]} items
 * @returns {Promise<() => Promise<void>>} takes the marks back: each topic is as it was before
 */
export async function carryOver(notebook, session, items) {
  const before = items.map(({ topic: { id, fields } }) => ({
    id,
    set: { outcome: fields.outcome ?? "", outcome_session: fields.outcome_session ?? "" },
  }))
  for (const { id } of before)
    await notebook.save({ kind: "topic", entry: id, set: { outcome: "carried", outcome_session: session } })
  return async () => {
    for (const { id, set } of before) await notebook.save({ kind: "topic", entry: id, set })
  }
}
