/**
 * Which sessions belong to this week, to later and to earlier, as Norwegian calendars count: Monday first, Oslo time.
 *
 * @typedef {import('./agenda.js').Session} Session
 */

const DAY = 86_400_000
const osloDate = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' })

/** The day in Oslo, "2026-11-26". @param {string|number|Date} time */
export const dayInOslo = (time) => osloDate.format(new Date(time))

/** Days since 1970 of a date "YYYY-MM-DD"; free of clock changes. @param {string} day */
const dayNumber = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY)

/** The Monday of a day's week, as a day number (1 January 1970 was a Thursday). @param {string} day */
const mondayOf = (day) => dayNumber(day) - ((dayNumber(day) + 3) % 7)

/** Whole days from one moment's day to another's: 0 today, 1 tomorrow. @param {number} now @param {string} day */
export const daysUntil = (now, day) => dayNumber(day) - dayNumber(dayInOslo(now))

/**
 * @param {Session[]} sessions @param {number} now milliseconds
 * @returns {{week: Session[], coming: Session[], earlier: Session[]}} earlier: newest first
 */
export function groupByWeek(sessions, now) {
  const monday = mondayOf(dayInOslo(now))
  /** @type {{week: Session[], coming: Session[], earlier: Session[]}} */
  const groups = { week: [], coming: [], earlier: [] }
  for (const session of [...sessions].sort((one, other) => (one.starts < other.starts ? -1 : 1))) {
    const from = mondayOf(dayInOslo(session.starts)) - monday
    if (from === 0) groups.week.push(session)
    else if (from > 0) groups.coming.push(session)
    else groups.earlier.unshift(session)
  }
  return groups
}
