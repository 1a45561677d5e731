import { h } from "./h.js"

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

/**
 * Says what is wrong beside each field and in the summary, and moves focus there. With none, clears it all.
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} errors text by field
 */
export function showErrors(form, errors) {
  const root = form.closest(".lv-view") ?? form
  for (const place of form.querySelectorAll("[data-error-for]")) {
    if (!(place instanceof HTMLElement)) continue
    const text = errors[place.dataset.errorFor ?? ""] ?? ""
    place.textContent = text
    place.hidden = !text
  }
  for (const control of controlsOf(form)) {
    if (errors[control.name]) control.setAttribute("aria-invalid", "true")
    else control.removeAttribute("aria-invalid")
  }
  summarise(root.querySelector("[data-error-summary]"), form, errors)
}

/**
 * @param {Element | null} summary
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} errors
 */
function summarise(summary, form, errors) {
  if (!(summary instanceof HTMLElement)) return
  const items = Object.entries(errors).map(([name, text]) => h("li", {}, linkTo(form, name, text)))
  summary.querySelector("ul")?.replaceChildren(...items)
  summary.hidden = items.length === 0
  if (items.length) summary.focus()
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} text
 */
function linkTo(form, name, text) {
  const control = controlsOf(form).find((one) => one.name === name)
  const goThere = (/** @type {Event} */ event) => {
    event.preventDefault()
    control?.focus()
  }
  return control ? h("a", { href: `#${control.id}`, onclick: goThere }, text) : text
}

/**
 * What somebody can fill in.
 * @param {HTMLFormElement} form
 * @returns {Control[]}
 */
export function controlsOf(form) {
  const controls = /** @type {Control[]} */ (
    [...form.elements].filter((element) => "value" in element && "name" in element)
  )
  return controls.filter((control) => control.name && control.name !== "csrf_token" && !isButton(control))
}

/** @param {Element} element */
function isButton(element) {
  return (
    element instanceof HTMLButtonElement || (element instanceof HTMLInputElement && element.type === "submit")
  )
}
