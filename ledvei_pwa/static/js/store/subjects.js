/** @typedef {import("./items.js").EntryItem} EntryItem */
/** @typedef {import("./items.js").Item} Item */

/**
 * What the server has shown, in memory. What it had no words for, and this device neither, is held and not shown.
 */
export class Subjects {
  /** @type {Map<string, Map<string, Item>>} */
  #types = new Map()
  /** @type {Map<string, EntryItem>} removed since this page started, so that a removal can be undone */
  #gone = new Map()

  /**
   * @param {string} type
   * @param {string} id
   * @returns {Item | null}
   */
  get(type, id) {
    const item = this.held(type, id)
    return item?.unreadable ? null : item
  }

  /**
   * @param {string} type
   * @param {string} id
   * @returns {Item | null} also what cannot be shown
   */
  held(type, id) {
    return this.#types.get(type)?.get(id) ?? null
  }

  /** @param {string} type */
  all(type) {
    return Array.from(this.#types.get(type)?.values() ?? []).filter(({ unreadable }) => !unreadable)
  }

  /**
   * @param {string} id
   * @returns {EntryItem | null}
   */
  entry(id) {
    return /** @type {EntryItem | null} */ (this.get("entry", id))
  }

  /** @param {string} id */
  gone(id) {
    return this.#gone.get(id) ?? null
  }

  every() {
    return Array.from(this.#types.values()).flatMap((items) => Array.from(items.values()))
  }

  forget() {
    this.#types.clear()
    this.#gone.clear()
  }

  /** @param {{changes: Item[], removed: {type: string, id: string}[]}} news */
  apply({ changes, removed }) {
    for (const { type, id } of removed) this.#remove(type, id)
    for (const item of changes) this.#put(item)
  }

  /** @param {Item[]} items all there is */
  replace(items) {
    const left = new Set(items.map(({ type, id }) => `${type}/${id}`))
    for (const { type, id } of this.every()) if (!left.has(`${type}/${id}`)) this.#remove(type, id)
    for (const item of items) this.#put(item)
  }

  /** @param {Item} item */
  #put(item) {
    const items = this.#types.get(item.type) ?? new Map()
    this.#types.set(item.type, items.set(item.id, item))
  }

  /**
   * @param {string} type
   * @param {string} id
   */
  #remove(type, id) {
    const item = this.entry(id)
    if (type === "entry" && item) this.#gone.set(id, item)
    this.#types.get(type)?.delete(id)
  }
}
