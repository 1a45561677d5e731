/**
 * While a text lies in this page alone the browser asks before it closes the page. Only then: the question is a nuisance,
 * and a page that may ask it is not kept for the way back.
 */
export class Leaving {
  #isGuarded = false

  /** @param {boolean} isUnsaved */
  guard(isUnsaved) {
    if (isUnsaved === this.#isGuarded) return
    this.#isGuarded = isUnsaved
    if (isUnsaved) addEventListener("beforeunload", ask)
    else removeEventListener("beforeunload", ask)
  }
}

/** @param {BeforeUnloadEvent} event */
function ask(event) {
  event.preventDefault()
  // Older Chromium asks only when this is set.
  Reflect.set(event, "returnValue", true)
}
