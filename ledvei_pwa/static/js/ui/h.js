/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */

const SVG = "http://www.w3.org/2000/svg"

/**
 * Makes an element. An attribute that is a function is a listener (`onclick`), `true` is an empty attribute, and false,
 * null and undefined are left out. Text is always text: nothing here reads HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value)
  element.append(...children.filter(isShown).map(nodeOrText))
  return element
}

/**
 * A picture from the sprite, always beside words.
 * @param {string} name of the Aksel icon
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS(SVG, "use")
  use.setAttribute("href", `${document.body.dataset.icons ?? ""}#${name}`)
  svg.append(use)
  return svg
}

/**
 * A picture and its words on one line.
 * @param {string} name
 * @param {Child} text
 * @param {"calm" | "warm" | "soft"} [tone]
 */
export function line(name, text, tone = "calm") {
  return h("p", { class: "lv-line", "data-tone": tone }, icon(name), h("span", {}, text))
}

/**
 * The content of a template in the shell, ready to be put on the page.
 * @param {string} id
 * @returns {DocumentFragment}
 */
export function fromTemplate(id) {
  const template = document.getElementById(id)
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`There is no template ${id}`)
  return document.importNode(template.content, true)
}

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(root, selector) {
  const element = root.querySelector(selector)
  if (!(element instanceof HTMLElement)) throw new Error(`There is no ${selector}`)
  return element
}

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export function findAll(root, selector) {
  return [...root.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement)
}

/**
 * @param {Element} place
 * @param {...Child} children
 */
export function replace(place, ...children) {
  place.replaceChildren(...children.filter(isShown).map(nodeOrText))
}

/**
 * Gives every id in a fragment, and all that points to it, an ending of its own: for a template used several times.
 * @template {ParentNode} Root
 * @param {Root} root
 * @param {string} ending
 * @returns {Root}
 */
export function withUniqueIds(root, ending) {
  const pointers = ["id", "for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form"]
  for (const name of pointers) {
    for (const element of root.querySelectorAll(`[${name}]`)) {
      const ids = (element.getAttribute(name) ?? "").split(/\s+/).filter(Boolean)
      element.setAttribute(name, ids.map((id) => `${id}-${ending}`).join(" "))
    }
  }
  return root
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {Attributes[string]} value
 */
function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return
  if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value)
  else element.setAttribute(name, value === true ? "" : String(value))
}

/** @param {Child} child @returns {child is Node | string | number} */
function isShown(child) {
  return child !== null && child !== undefined && child !== false
}

/** @param {Node | string | number} child */
function nodeOrText(child) {
  return child instanceof Node ? child : String(child)
}
