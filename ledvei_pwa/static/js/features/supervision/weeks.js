import { todayInOslo } from "../../ui/dates.js"

/**
 * Which sessions belong to this week, to later and to earlier, as Norwegian calendars count: Monday first, Oslo time.
 * @typedef {import("./agenda.js").Session} Session
 */

/** Days since 1970 of a day `YYYY-MM-DD`; free of clock changes. @param {string} day */
const dayNumber = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000)

/** The Monday of a moment's week, as a day number (1 January 1970 was a Thursday). @param {string|number} moment */
function mondayOf(moment) {
  const day = dayNumber(todayInOslo(moment))
  return day - ((day + 3) % 7)
}

/**
 * @template {Session} Each
 * @param {Each[]} sessions @param {number} now milliseconds
 * @returns {{week: Each[], coming: Each[], earlier: Each[]}} earlier: newest first
 */
export function groupByWeek(sessions, now) {
  /** @type {{week: Each[], coming: Each[], earlier: Each[]}} */
  const groups = { week: [], coming: [], earlier: [] }
  for (const session of [...sessions].sort((one, other) => (one.starts < other.starts ? -1 : 1))) {
    const weeks = mondayOf(session.starts) - mondayOf(now)
    if (weeks === 0) groups.week.push(session)
    else if (weeks > 0) groups.coming.push(session)
    else groups.earlier.unshift(session)
  }
  return groups
}
