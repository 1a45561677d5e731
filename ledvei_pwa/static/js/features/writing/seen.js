/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** So long must a text be before somebody's eyes to count as seen, in milliseconds. */
const LONG_ENOUGH = 1000

/** Tells the author of a text when another person has really had it on the screen. */
export class SeenWatch {
  #notebook
  /** @type {Map<Element, number>} */
  #timers = new Map()
  #observer = new IntersectionObserver((changes) => changes.forEach((each) => void this.#note(each)), {
    threshold: [0, 0.25, 0.5],
  })

  /** @param {Notebook} notebook */
  constructor(notebook) {
    this.#notebook = notebook
  }

  /** Follow every `[data-entry]` under `root`; what was followed before is let go. @param {ParentNode} root */
  look(root) {
    this.stop()
    for (const element of root.querySelectorAll("[data-entry]")) this.#observer.observe(element)
  }

  stop() {
    this.#observer.disconnect()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  /** @param {IntersectionObserverEntry} change */
  #note({ target, isIntersecting, intersectionRatio, intersectionRect }) {
    clearTimeout(this.#timers.get(target))
    // A text taller than the screen is never half visible.
    const isShown =
      isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height > innerHeight * 0.4)
    if (isShown)
      this.#timers.set(
        target,
        window.setTimeout(() => this.#tell(target), LONG_ENOUGH),
      )
  }

  /** @param {Element} target */
  #tell(target) {
    if (document.visibilityState === "visible")
      this.#notebook.markSeen(target.getAttribute("data-entry") ?? "")
  }
}
