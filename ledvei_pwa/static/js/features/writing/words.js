/** @type {Map<string, string>} */
const known = new Map()

/**
 * What a choice is called, read from the form that the server rendered: a word is written in one place.
 * @param {string} template the shell's template that holds the form
 * @param {string} field
 * @param {unknown} value
 * @returns {string} "" when there is no such choice
 */
export function wordFor(template, field, value) {
  const key = `${template} ${field} ${value}`
  const word =
    known.get(key) ?? read(template, `[name="${field}"][value="${CSS.escape(String(value ?? ""))}"]`)
  // What is no choice may be somebody's own words: they must not stay in memory after the lock.
  if (word) known.set(key, word)
  return word
}

/** @param {string} template @param {string} selector */
function read(template, selector) {
  const label = formOf(template).querySelector(selector)?.closest("label")
  // A step of a scale shows its number and tells its name to those who listen.
  return (label?.querySelector(".lv-hidden-text") ?? label)?.textContent?.trim() ?? ""
}

/**
 * The fields of a form in their order, with their labels.
 * @param {string} template
 * @returns {{name: string, label: string}[]}
 */
export function labelsOf(template) {
  const names = new Map()
  for (const control of formOf(template).querySelectorAll("form [name]")) {
    const holder = control.closest("fieldset, .ds-field")
    const label = holder?.querySelector("legend, label")?.textContent?.trim() ?? ""
    const name = control.getAttribute("name")
    if (!names.has(name)) names.set(name, label)
  }
  return [...names].map(([name, label]) => ({ name, label }))
}

/** @param {string} template */
function formOf(template) {
  const element = document.getElementById(template)
  return element instanceof HTMLTemplateElement ? element.content : document
}
