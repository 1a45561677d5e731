/**
 * What a session is to go through. Derived, never stored: a topic not reached turns up at the next session by itself.
 *
 * @typedef {import("../../store/items.js").EntryView} EntryView
 * @typedef {{id: string, series: string, starts: string, minutes: number, status: string}} Session
 * @typedef {{topic: EntryView, minutes: number, carriedFrom: string}} AgendaItem `carriedFrom`: ISO time or "" (not carried)
 * @typedef {"process"|"case"|"practical"|"other"} Share what a focus counts as in the picture
 */

/** Minutes for a topic when neither party has said how long. */
export const USUAL_MINUTES = 10

/** @type {Record<string, Share>} strain and role are one: process supervision (domain.md §3) */
const SHARE_OF_FOCUS = {
  strain: "process",
  role: "process",
  case: "case",
  practical: "practical",
  other: "other",
}

/** @param {unknown} focus @returns {Share} */
export const shareOf = (focus) => SHARE_OF_FOCUS[String(focus)] ?? "other"

/** @param {Session} session */
export const endsAt = (session) => Date.parse(session.starts) + session.minutes * 60_000

/** @param {EntryView} topic */
export const plannedMinutes = (topic) =>
  Number(topic.fields.agenda_minutes ?? topic.fields.minutes_wanted ?? USUAL_MINUTES)

/**
 * The topics of a session, in the supervisor's order, then as they came.
 *
 * @param {Session} session
 * @param {EntryView[]} topics every topic one may read in the series
 * @param {Session[]} sessions the sessions of the series that the device knows
 * @param {number} now milliseconds
 * @returns {AgendaItem[]}
 */
export function agendaOf(session, topics, sessions, now) {
  const known = new Map(sessions.map((each) => [each.id, each]))
  return topics
    .filter((topic) => topic.kind === "topic" && topic.series === session.series)
    .filter((topic) => isFor(topic, session, known, now))
    .sort(byAgendaOrder)
    .map((topic) => ({
      topic,
      minutes: plannedMinutes(topic),
      carriedFrom: carriedFrom(topic, session, known),
    }))
}

/**
 * @param {EntryView} topic @param {Session} session @param {Map<string, Session>} known @param {number} now
 */
function isFor(topic, session, known, now) {
  if (topic.session === session.id || topic.fields.outcome_session === session.id) return true
  if (topic.fields.outcome === "done" || session.status === "held") return false
  const from = known.get(topic.session ?? "")
  if (from && (Date.parse(from.starts) >= Date.parse(session.starts) || isComing(from, now))) return false
  return !earlierChance(from, session, known, now)
}

/** A topic waits for ONE session, the first that can still take it up, and not for each one in the half year ahead. */
function earlierChance(
  /** @type {Session|undefined} */ from,
  /** @type {Session} */ session,
  /** @type {Map<string, Session>} */ known,
  /** @type {number} */ now,
) {
  const after = from ? Date.parse(from.starts) : Number.NEGATIVE_INFINITY
  return [...known.values()].some((each) => {
    const starts = Date.parse(each.starts)
    return (
      each.series === session.series &&
      isComing(each, now) &&
      starts > after &&
      starts < Date.parse(session.starts)
    )
  })
}

/** @param {Session} session @param {number} now */
const isComing = (session, now) => session.status !== "held" && endsAt(session) > now

/** @param {EntryView} topic @param {Session} session @param {Map<string, Session>} known */
function carriedFrom(topic, session, known) {
  if (topic.session === session.id) return ""
  return known.get(topic.session ?? "")?.starts ?? String(topic.created ?? "")
}

/** @param {EntryView} one @param {EntryView} other */
function byAgendaOrder(one, other) {
  const place = (/** @type {EntryView} */ topic) => Number(topic.fields.agenda_order ?? 1000)
  return place(one) - place(other) || (one.id < other.id ? -1 : 1)
}

/**
 * What to write so that the topic at `index` moves `step` places: new places for those that change, none at the edges.
 *
 * @param {AgendaItem[]} agenda @param {number} index @param {-1|1} step
 * @returns {{id: string, agenda_order: number}[]}
 */
export function moveInAgenda(agenda, index, step) {
  const target = index + step
  if (target < 0 || target >= agenda.length) return []
  const order = agenda.map((item) => item.topic)
  order.splice(target, 0, ...order.splice(index, 1))
  return order
    .map((topic, place) => ({ id: topic.id, agenda_order: place + 1, before: topic.fields.agenda_order }))
    .filter((change) => change.before !== change.agenda_order)
    .map(({ id, agenda_order }) => ({ id, agenda_order }))
}

/**
 * Minutes by what they count as, for the picture and its table.
 *
 * @param {AgendaItem[]} agenda
 * @returns {Record<Share, number>}
 */
export function minutesByShare(agenda) {
  const shares = { process: 0, case: 0, practical: 0, other: 0 }
  for (const { topic, minutes } of agenda) shares[shareOf(topic.fields.focus)] += minutes
  return shares
}

/**
 * What the supervisor may confirm when closing: the session"s minutes shared out as the agenda"s topics were.
 *
 * @param {AgendaItem[]} agenda only what was taken up
 * @param {number} minutes the length of the session
 * @returns {{mix_case: number, mix_practical: number, mix_strain: number, mix_role: number, mix_other: number}}
 *   whole minutes that add up to `minutes`; all zero when nothing was on the agenda
 */
export function suggestMix(agenda, minutes) {
  const planned = { mix_case: 0, mix_practical: 0, mix_strain: 0, mix_role: 0, mix_other: 0 }
  for (const item of agenda) planned[mixField(item.topic.fields.focus)] += item.minutes
  return shareOut(planned, minutes)
}

/** @param {unknown} focus @returns {keyof ReturnType<typeof suggestMix>} */
function mixField(focus) {
  const known = ["case", "practical", "strain", "role"]
  return /** @type {any} */ (`mix_${known.includes(String(focus)) ? focus : "other"}`)
}

/** Largest remainders, so that the parts add up. @template {Record<string, number>} T @param {T} parts @param {number} total @returns {T} */
function shareOut(parts, total) {
  const sum = Object.values(parts).reduce((all, part) => all + part, 0)
  if (!sum) return parts
  const exact = Object.entries(parts).map(([name, part]) => ({ name, value: (part * total) / sum }))
  const whole = new Map(exact.map(({ name, value }) => [name, Math.floor(value)]))
  let left = total - [...whole.values()].reduce((all, part) => all + part, 0)
  for (const { name } of exact.sort((one, other) => (other.value % 1) - (one.value % 1))) {
    if (left-- <= 0) break
    whole.set(name, (whole.get(name) ?? 0) + 1)
  }
  return /** @type {T} */ (Object.fromEntries(whole))
}
