/** @typedef {Record<string, string | number>} Values */

/** @type {Record<string, string | string[]> | null} */
let messages = null

/** @returns {"nb" | "nn"} */
export function language() {
  return document.body.dataset.language === "nn" ? "nn" : "nb"
}

/**
 * The text in the language of the page. The first argument is written out, so that the catalogues can be made from it.
 * @param {string} message
 * @param {Values} [values] for each `%(name)s`
 * @returns {string}
 */
export function t(message, values = {}) {
  const text = texts()[message]
  return filled(typeof text === "string" ? text : message, values)
}

/**
 * One or several. The number is also the value `%(count)s`.
 * @param {string} singular
 * @param {string} plural
 * @param {number} count
 * @param {Values} [values]
 * @returns {string}
 */
export function tn(singular, plural, count, values = {}) {
  const found = texts()[singular]
  const forms = Array.isArray(found) ? found : [singular, plural]
  return filled(forms[count === 1 ? 0 : 1], { count, ...values })
}

/** @returns {Record<string, string | string[]>} */
function texts() {
  messages ??= textsIn(document)
  return messages
}

/** What the views say comes with them. @param {Document} source */
export function addTexts(source) {
  messages = { ...texts(), ...textsIn(source) }
}

/** @param {Document} source @returns {Record<string, string | string[]>} */
function textsIn(source) {
  return JSON.parse(source.getElementById("messages")?.textContent || "{}")
}

/**
 * @param {string} text
 * @param {Values} values
 */
function filled(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (place, name) => (name ? String(values[name] ?? place) : "%"))
}

export {
  formatDate,
  formatDay,
  formatDue,
  formatMoment,
  formatTime,
  todayInOslo,
  weekdayName,
} from "./dates.js"
