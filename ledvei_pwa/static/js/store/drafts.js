import { readable } from "../vault/vault.js"
import { allOf } from "./db.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("../vault/vault.js").Vault} Vault */
/** @typedef {{key: string, fields: Record<string, any>, at: string}} Draft */

/**
 * What is being written, encrypted, a second behind the fingers. Memory answers at once; the disk follows in order.
 */
export class Drafts {
  #store
  #vault
  /** @type {Map<string, Draft>} */
  #drafts = new Map()
  /** @type {Map<string, Promise<void>>} the write under way for each key */
  #writing = new Map()

  /**
   * @param {Store} store
   * @param {Vault} vault
   */
  constructor(store, vault) {
    this.#store = store
    this.#vault = vault
  }

  async load() {
    const { person } = this.#vault
    const rows = await this.#store.read(["drafts"], (tx) => tx.objectStore("drafts").getAll(allOf(person)))
    const drafts = await Promise.all(rows.map(({ key, box }) => readable(this.#vault, box, ["drafts", key])))
    this.#drafts = new Map(drafts.filter((draft) => draft !== null).map((draft) => [draft.key, draft]))
  }

  /** @param {string} key */
  get(key) {
    return this.#drafts.get(key) ?? null
  }

  all() {
    return Array.from(this.#drafts.values()).sort((one, other) => other.at.localeCompare(one.at))
  }

  /**
   * @param {string} key
   * @param {Record<string, any>} fields
   * @param {string} at ISO
   */
  save(key, fields, at) {
    this.#drafts.set(key, { key, fields, at })
    return this.#bringToDisk(key)
  }

  /** @param {string} key */
  drop(key) {
    this.#drafts.delete(key)
    return this.#bringToDisk(key)
  }

  /** The draft has left the disk in somebody else's transaction. @param {string} key */
  forget(key) {
    this.#drafts.delete(key)
    // A write that was under way may come after that transaction; it must find the draft gone.
    return this.#writing.has(key) ? this.#bringToDisk(key) : Promise.resolve()
  }

  /** Resolves when all that has been said is on disk. */
  async settled() {
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing.values())
  }

  /**
   * One write at a time for each draft, and always of the newest text.
   * @param {string} key
   * @returns {Promise<void>}
   */
  #bringToDisk(key) {
    const before = this.#writing.get(key) ?? Promise.resolve()
    const write = before.catch(() => {}).then(() => this.#write(key))
    this.#writing.set(key, write)
    const clear = () => {
      if (this.#writing.get(key) === write) this.#writing.delete(key)
    }
    write.then(clear, clear)
    return write
  }

  /** @param {string} key */
  async #write(key) {
    const { person } = this.#vault
    const draft = this.#drafts.get(key)
    const box = draft && (await this.#vault.encrypt(draft, ["drafts", key]))
    await this.#store.write(["drafts"], async (tx) => {
      if (box) await tx.objectStore("drafts").put({ person, key, box })
      else await tx.objectStore("drafts").delete([person, key])
    })
  }
}
