import { language, t } from "./i18n.js"

// Chrome has no nynorsk dates (`Intl.DateTimeFormat.supportedLocalesOf("nn")` is empty) and would fall back to English.
// The months are spelt the same in both; the weekdays are not.
const WEEKDAYS = {
  nb: ["søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"],
  nn: ["søndag", "måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag"],
}
const ZONE = "Europe/Oslo"
const DAY = 86_400_000

const dayAndMonth = new Intl.DateTimeFormat("nb-NO", { day: "numeric", month: "long", timeZone: ZONE })
const dayMonthYear = new Intl.DateTimeFormat("nb-NO", { dateStyle: "long", timeZone: ZONE })
const hourAndMinute = new Intl.DateTimeFormat("nb-NO", { hour: "2-digit", minute: "2-digit", timeZone: ZONE })
const sortable = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone: ZONE })

/** @typedef {Date | string | number} Moment a Date, an ISO text, milliseconds, or a day `YYYY-MM-DD` */

/** @param {Moment} moment */
function asDate(moment) {
  const isDay = typeof moment === "string" && /^\d{4}-\d\d-\d\d$/.test(moment)
  return new Date(isDay ? `${moment}T12:00:00Z` : moment)
}

/** The day in Norway as `YYYY-MM-DD`. @param {Moment} [moment] */
export function todayInOslo(moment = new Date()) {
  return sortable.format(asDate(moment))
}

/** `24. november`, with the year when it is another one. @param {Moment} moment */
export function formatDate(moment) {
  const date = asDate(moment)
  const isThisYear = todayInOslo(date).slice(0, 4) === todayInOslo().slice(0, 4)
  return (isThisYear ? dayAndMonth : dayMonthYear).format(date)
}

/** `24. november 2026`, for what is kept for years. @param {Moment} moment */
export function formatWholeDate(moment) {
  return dayMonthYear.format(asDate(moment))
}

/** `tirsdag` / `tysdag`. @param {Moment} moment */
export function weekdayName(moment) {
  return WEEKDAYS[language()][asDate(todayInOslo(moment)).getUTCDay()]
}

/** `tirsdag 24. november`. @param {Moment} moment */
export function formatDay(moment) {
  return `${weekdayName(moment)} ${formatDate(moment)}`
}

/** `10.00`, as one writes it in Norwegian. @param {Moment} moment */
export function formatTime(moment) {
  return hourAndMinute.format(asDate(moment)).replace(":", ".")
}

/** `tirsdag 24. november kl. 10.00`. @param {Moment} moment */
export function formatMoment(moment) {
  return t("%(day)s at %(time)s", { day: formatDay(moment), time: formatTime(moment) })
}

/** How many days from today, in Norway. @param {Moment} moment */
export function daysFromToday(moment) {
  return Math.round((+asDate(todayInOslo(moment)) - +asDate(todayInOslo())) / DAY)
}

/** When something is due, as one says it. @param {string} day `YYYY-MM-DD` */
export function formatDue(day) {
  const days = daysFromToday(day)
  if (days < 0) return t("Was due %(day)s", { day: formatDate(day) })
  if (days === 0) return t("Today")
  if (days === 1) return t("Tomorrow")
  if (days < 7) return t("By %(day)s", { day: weekdayName(day) })
  return t("By %(day)s", { day: formatDate(day) })
}

/** @param {string} text */
export function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
