import { Channel } from "../store/channel.js"
import { readMeta } from "../store/meta.js"
import { LockedText, penOf } from "../store/penned.js"
import { readyToSeal } from "../vault/seal.js"
import { flush } from "./flush.js"

/** @typedef {import("./exchange.js").Transport} Transport */
/** @typedef {import("../store/db.js").Store} Store */
/** @typedef {import("../store/items.js").Scope} Scope */

/** What can be written here without unlocking, as one person. */
export class LockedPen {
  #store
  #person
  #pen
  #transport
  /** Where a topic would be taken up, if that is known. @type {Scope | null} */
  next

  /**
   * @param {Store} store
   * @param {Transport} transport
   * @param {{person: string, pen: import("../vault/pen.js").Pen, next: Scope | null}} of
   */
  constructor(store, transport, { person, pen, next }) {
    this.#store = store
    this.#transport = transport
    this.#person = person
    this.#pen = pen
    this.next = next
  }

  /** @param {string} path where such a text is written, without the language */
  begin(path) {
    const now = () => new Date(this.#transport.now())
    return new LockedText(this.#store, { person: this.#person, pen: this.#pen, path, now })
  }

  /** Something has been written: the other tabs are told, and it is sent if that can be. It waits otherwise. */
  async send() {
    const channel = new Channel(this.#store.name)
    channel.tell({ type: "changed", person: this.#person, penned: true })
    channel.close()
    await flush(this.#store, this.#transport)
  }
}

/**
 * @param {Store} store
 * @param {string} person
 * @param {Transport} transport
 * @returns {Promise<LockedPen | null>} null where they have not unlocked since there have been pens
 */
export async function takePen(store, person, transport) {
  const [pen, meta] = await Promise.all([penOf(store, person), readMeta(store, person), readyToSeal()])
  return pen && meta ? new LockedPen(store, transport, { person, pen, next: meta.next ?? null }) : null
}
