import { replace } from "../../ui/h.js"

/**
 * One thing to look at. `make` is called only when it is new here, or has changed and nobody is writing in it.
 * @typedef {object} Card
 * @property {string} key
 * @property {string} state what it shows, in a form that can be compared
 * @property {() => {element: HTMLElement, stop?: () => Promise<unknown>}} make
 */

/** A list of cards, drawn again as things change without taking a text from under somebody's hands. */
export class Cards {
  #place
  /** @type {Map<string, {state: string, element: HTMLElement, stop?: () => Promise<unknown>}>} */
  #shown = new Map()
  /** @type {Set<Promise<unknown>>} */
  #stopping = new Set()

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place
  }

  /** @param {Card[]} cards @returns {number} how many there are */
  show(cards) {
    const before = this.#shown
    this.#shown = new Map(cards.map((card) => [card.key, this.#keptOrMade(before.get(card.key), card)]))
    for (const [key, old] of before) if (this.#shown.get(key) !== old) this.#letGo(old)
    const elements = [...this.#shown.values()].map(({ element }) => element)
    // Taken out and put in again, an element loses the focus: only what has changed is moved.
    if (elements.some((element, index) => this.#place.children[index] !== element))
      replace(this.#place, ...elements)
    return cards.length
  }

  /** What was being written in them is kept. */
  async stop() {
    for (const card of this.#shown.values()) this.#letGo(card)
    await Promise.all(this.#stopping)
  }

  /**
   * @param {{state: string, element: HTMLElement, stop?: () => Promise<unknown>} | undefined} old
   * @param {Card} card
   */
  #keptOrMade(old, { state, make }) {
    return old && (old.state === state || isBeingWritten(old.element)) ? old : { state, ...make() }
  }

  /** @param {{stop?: () => Promise<unknown>}} card */
  #letGo({ stop }) {
    const stopped = stop?.()
    if (!stopped) return
    this.#stopping.add(stopped)
    void stopped.finally(() => this.#stopping.delete(stopped))
  }
}

/** @param {HTMLElement} element */
function isBeingWritten(element) {
  return [...element.querySelectorAll("textarea")].some(
    (area) => area === document.activeElement || area.value !== area.defaultValue,
  )
}
