/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * Draws now, and again whenever the notebook changes. What has focus, and what is folded out, stays so: give such
 * elements a `data-key`, unless they have an id or lead somewhere.
 * @param {HTMLElement} root
 * @param {Notebook} notebook
 * @param {() => void} render
 * @returns {() => void} stops it
 */
export function keepFresh(root, notebook, render) {
  let waiting = 0
  const draw = () => {
    cancelAnimationFrame(waiting)
    waiting = requestAnimationFrame(() => keepingPlace(root, render))
  }
  notebook.addEventListener("change", draw)
  render()
  return () => {
    cancelAnimationFrame(waiting)
    notebook.removeEventListener("change", draw)
  }
}

/** @param {HTMLElement} root @param {() => void} render */
export function keepingPlace(root, render) {
  const active = document.activeElement
  const mark = active instanceof HTMLElement && root.contains(active) ? markOf(active) : ""
  const likeIt = () => (mark ? /** @type {HTMLElement[]} */ ([...root.querySelectorAll(mark)]) : [])
  const place = likeIt().indexOf(/** @type {HTMLElement} */ (active))
  const typed = active instanceof HTMLInputElement && active.type === "number" ? active.value : null
  const open = [...root.querySelectorAll("details[data-key][open]")].map((each) =>
    each.getAttribute("data-key"),
  )
  render()
  for (const name of open) root.querySelector(byKey(name))?.setAttribute("open", "")
  const again = likeIt()[place]
  if (again === active) return
  again?.focus({ preventScroll: true })
  if (again instanceof HTMLInputElement && typed !== null) again.value = typed
}

/** @param {string|null|undefined} key */
const byKey = (key) => `[data-key="${CSS.escape(key ?? "")}"]`

/** What an element is found again by when it has been drawn anew. @param {HTMLElement} element */
function markOf(element) {
  if (element.dataset.key) return byKey(element.dataset.key)
  if (element.id) return `#${CSS.escape(element.id)}`
  const folded = element.localName === "summary" ? element.parentElement?.dataset.key : undefined
  if (folded) return `${byKey(folded)} > summary`
  const path = element.getAttribute("href")
  if (path) return `[href="${CSS.escape(path)}"]`
  return element.localName === "h1" ? "h1" : ""
}
