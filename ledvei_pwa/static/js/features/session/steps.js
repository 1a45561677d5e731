/**
 * The way through a session: what is open since last, each topic, what we agree on, and the close.
 *
 * @typedef {import("../supervision/agenda.js").AgendaItem} AgendaItem
 * @typedef {{key: string, kind: "since"|"topic"|"agree"|"close", item?: AgendaItem}} Step
 */

/** @param {AgendaItem[]} agenda @returns {Step[]} */
export function stepsOf(agenda) {
  return [
    { key: "since", kind: "since" },
    ...agenda.map((item) => ({ key: item.topic.id, kind: /** @type {const} */ ("topic"), item })),
    { key: "agree", kind: "agree" },
    { key: "close", kind: "close" },
  ]
}

/** Where to go on: the step one was at, if it is still there. @param {Step[]} steps @param {string|undefined} key */
export const placeOf = (steps, key) =>
  Math.max(
    0,
    steps.findIndex((step) => step.key === key),
  )

/** How a topic went in THIS session. @param {AgendaItem} item @param {string} session @returns {""|"done"|"carried"} */
export function outcomeHere({ topic: { fields } }, session) {
  if (fields.outcome_session !== session) return ""
  return fields.outcome === "done" || fields.outcome === "carried" ? fields.outcome : ""
}

/** What the minutes went to: the topics talked about, all of them when none is marked. @param {AgendaItem[]} agenda @param {string} session */
export function takenUp(agenda, session) {
  const done = agenda.filter((item) => outcomeHere(item, session) === "done")
  return done.length ? done : agenda.filter((item) => outcomeHere(item, session) !== "carried")
}
