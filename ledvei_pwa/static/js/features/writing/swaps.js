/**
 * @typedef {{start: number, end: number}} Place in UTF-16 units
 * @typedef {Place & {was: string}} Swapped
 * @typedef {object} Swap one text that was written over, everywhere it stood
 * @property {number} id
 * @property {string} text what stood there
 * @property {string} word what stands there now; "" when it was taken out
 * @property {Swapped[]} places
 */

/**
 * Writes words over others in a text that goes on being written, and can take that back without touching what was typed
 * since: each place moves along with the text, and is given up when somebody writes in it.
 */
export class Swaps {
  #area
  #value
  /** @type {Swap[]} */
  #swaps = []
  #next = 0
  #stopping = new AbortController()

  /** @param {HTMLTextAreaElement} area */
  constructor(area) {
    this.#area = area
    this.#value = area.value
    area.addEventListener("input", () => this.#follow(), { signal: this.#stopping.signal })
  }

  /** Those that can still be taken back, the oldest first. */
  get kept() {
    return this.#swaps
  }

  /**
   * @param {string} text
   * @param {string} word "" to take it out
   * @param {Place[]} places where it stands
   * @returns {number} the id of the swap
   */
  make(text, word, places) {
    this.#follow()
    const swap = { id: this.#next++, text, word, places: /** @type {Swapped[]} */ ([]) }
    this.#swaps.push(swap)
    // From the end, so that the places before stay where they are.
    for (const place of [...places].reverse()) {
      const { start, end } = word ? place : withSpace(this.#value, place)
      const now = startsSentence(this.#value, start) ? word.charAt(0).toUpperCase() + word.slice(1) : word
      const was = this.#value.slice(start, end)
      this.#put(start, end, now)
      swap.places.push({ start, end: start + now.length, was })
    }
    this.#tell()
    return swap.id
  }

  /** @param {Swap} swap */
  undo(swap) {
    this.#follow()
    this.#swaps = this.#swaps.filter((other) => other !== swap)
    for (const { start, end, was } of swap.places.toSorted((one, other) => other.start - one.start))
      this.#put(start, end, was)
    this.#tell()
  }

  stop() {
    this.#stopping.abort()
    this.#swaps = []
    this.#value = ""
  }

  /** @param {number} start @param {number} end @param {string} text */
  #put(start, end, text) {
    this.#area.setRangeText(text, start, end, "preserve")
    this.#value = this.#area.value
    this.#move(start, end, text.length)
  }

  /** As if it had been typed: whoever keeps the text hears of it. */
  #tell() {
    this.#area.dispatchEvent(new Event("input", { bubbles: true }))
  }

  /** Finds out what was typed since last time. */
  #follow() {
    const [before, now] = [this.#value, this.#area.value]
    this.#value = now
    if (this.#swaps.length === 0 || before === now) return
    const shorter = Math.min(before.length, now.length)
    let start = 0
    while (start < shorter && before[start] === now[start]) start += 1
    let same = 0
    while (same < shorter - start && before.at(-1 - same) === now.at(-1 - same)) same += 1
    this.#move(start, before.length - same, now.length - same - start)
    this.#swaps = this.#swaps.filter(({ places }) => places.length > 0)
  }

  /** What stood between `start` and `end` is `length` long now. @param {number} start @param {number} end @param {number} length */
  #move(start, end, length) {
    for (const swap of this.#swaps)
      swap.places = swap.places.flatMap((place) => {
        if (place.end <= start) return [place]
        const by = length - (end - start)
        return place.start >= end ? [{ ...place, start: place.start + by, end: place.end + by }] : []
      })
  }
}

/** Taking a word out takes one of the spaces beside it along. @param {string} text @param {Place} place @returns {Place} */
function withSpace(text, { start, end }) {
  if (text[start - 1] === " ") return { start: start - 1, end }
  return { start, end: start === 0 && text[end] === " " ? end + 1 : end }
}

/** @param {string} text @param {number} start */
function startsSentence(text, start) {
  return start === 0 || /(?:[.!?]\s|\n)[«"]?$/.test(text.slice(Math.max(0, start - 3), start))
}
