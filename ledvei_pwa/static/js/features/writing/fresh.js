/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * Draws now, and again whenever the notebook changes. What has focus, and what is folded out, stays so: give such
 * elements a `data-key`.
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
  const key = active instanceof HTMLElement && root.contains(active) ? active.dataset.key : undefined
  const typed = active instanceof HTMLInputElement && active.type === "number" ? active.value : null
  const open = [...root.querySelectorAll("details[data-key][open]")].map((each) =>
    each.getAttribute("data-key"),
  )
  render()
  for (const name of open) byKey(root, name)?.setAttribute("open", "")
  const again = byKey(root, key)
  if (again === active) return
  again?.focus({ preventScroll: true })
  if (again instanceof HTMLInputElement && typed !== null) again.value = typed
}

/** @param {HTMLElement} root @param {string|null|undefined} key @returns {HTMLElement|null} */
const byKey = (root, key) => (key ? root.querySelector(`[data-key="${CSS.escape(key)}"]`) : null)
