import { newId } from "../core/ids.js"
import { readable } from "../vault/vault.js"
import { allOf } from "./db.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("../vault/vault.js").Vault} Vault */
/**
 * @typedef {{key: string, fields: Record<string, any>, at: string}} Draft
 * @typedef {object} Place where a draft lies on disk, and which writing of it is this tab's; always as it is now
 * @property {string} key
 * @property {string | undefined} mark
 * @property {string} [writing] the mark of the writing under way
 */

/** Between a draft's key and what tells it from another tab's draft of the same. No key holds it. */
const COPY = " ~"

/**
 * What is being written, encrypted, a second behind the fingers. Memory answers at once; the disk follows in order.
 *
 * Two tabs may write the same text. Each row has a mark that every writing changes: a tab writes over, and takes away, only
 * what it has itself written or taken up. What it finds there of another's stays, and its own goes beside it.
 */
export class Drafts {
  #store
  #vault
  /** @type {Map<string, Draft>} by the key on disk */
  #drafts = new Map()
  /** @type {Map<string, string | undefined>} the mark of each of them, as far as this tab knows */
  #marks = new Map()
  /** @type {Map<string, Place>} what this tab writes, by the key it was asked for with */
  #own = new Map()
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

  /** From disk: all, save what this tab is just writing. */
  async load() {
    const { person } = this.#vault
    const rows = await this.#store.read(["drafts"], (tx) => tx.objectStore("drafts").getAll(allOf(person)))
    const drafts = await Promise.all(rows.map(({ key, box }) => readable(this.#vault, box, ["drafts", key])))
    const busy = new Set([...this.#writing.keys()].map((key) => this.placeOf(key).key))
    const kept = [...this.#drafts].filter(([key]) => busy.has(key))
    const found = drafts.filter((draft) => draft !== null && !busy.has(draft.key))
    const read = found.map((draft) => /** @type {[string, Draft]} */ ([draft.key, draft]))
    this.#drafts = new Map([...read, ...kept])
    for (const { key, mark } of rows) if (!busy.has(key)) this.#marks.set(key, mark)
  }

  /**
   * What was being written. From now on this tab goes on with it.
   * @param {string} key
   */
  get(key) {
    const place = this.#takeUp(key)
    return this.#drafts.get(place.key) ?? null
  }

  /** All, by the key that each is asked for with, the newest first. */
  all() {
    const drafts = Array.from(this.#drafts.values(), (draft) => ({ ...draft, key: plainKey(draft.key) }))
    return drafts.sort((one, other) => other.at.localeCompare(one.at))
  }

  /**
   * @param {string} key
   * @param {Record<string, any>} fields
   * @param {string} at ISO
   */
  save(key, fields, at) {
    const place = this.placeOf(key)
    this.#drafts.set(place.key, { key: place.key, fields, at })
    return this.#bringToDisk(key)
  }

  /** @param {string} key */
  drop(key) {
    this.#drafts.delete(this.placeOf(key).key)
    return this.#bringToDisk(key)
  }

  /** The draft has left the disk in somebody else's transaction. @param {string} key */
  async forget(key) {
    this.#drafts.delete(this.placeOf(key).key)
    // A write that was under way may come after that transaction; it must find the draft gone.
    if (this.#writing.has(key)) await this.#bringToDisk(key)
    this.#own.delete(key)
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
    const place = this.placeOf(key)
    const draft = this.#drafts.get(place.key)
    if (!draft) return this.#takeAway(place)
    const mark = newId()
    const box = await this.#vault.encrypt(draft, ["drafts", place.key])
    place.writing = mark
    if (!(await this.#put(place, { person: this.#vault.person, key: place.key, mark, box })))
      return this.#writeBeside(key, draft)
    place.mark = mark
    this.#marks.set(place.key, mark)
  }

  /**
   * @param {Place} place
   * @param {import("./db.js").DraftRow} row
   * @returns {Promise<boolean>} false when another tab's lies there
   */
  #put(place, row) {
    return this.#store.write(["drafts"], async (tx) => {
      const there = await tx.objectStore("drafts").get([row.person, row.key])
      // A transaction that had been committed when its connection was lost is run again.
      if (there && there.mark !== place.mark && there.mark !== row.mark) return false
      await tx.objectStore("drafts").put(row)
      return true
    })
  }

  /**
   * @param {string} key
   * @param {Draft} draft
   */
  async #writeBeside(key, draft) {
    const beside = `${plainKey(key)}${COPY}${newId()}`
    this.#own.set(key, { key: beside, mark: undefined })
    this.#drafts.set(beside, { ...draft, key: beside })
    await this.#write(key)
    await this.load()
  }

  /** @param {Place} place */
  async #takeAway(place) {
    await this.#store.write(["drafts"], (tx) => deleteDraft(tx, this.#vault.person, place))
  }

  /**
   * Where this tab writes: where it has begun to, else where nobody it knows of has. For a transaction, too, that takes the
   * draft away together with something else.
   * @param {string} key
   * @returns {Place}
   */
  placeOf(key) {
    const place = this.#own.get(key) ?? { key, mark: undefined }
    this.#own.set(key, place)
    return place
  }

  /** @param {string} key */
  #takeUp(key) {
    if (this.#writing.has(key)) return this.placeOf(key)
    const keys = [...this.#drafts.keys()].filter((each) => plainKey(each) === key).sort()
    const own = this.#own.get(key)?.key ?? key
    const found = keys.includes(own) ? own : (keys[0] ?? key)
    const place = { key: found, mark: this.#marks.get(found) }
    this.#own.set(key, place)
    return place
  }
}

/**
 * Take a draft away, unless another tab has written there since.
 * @param {import("./db.js").Transaction} tx over `drafts`
 * @param {string} person
 * @param {Place} place
 */
export async function deleteDraft(tx, person, { key, mark, writing }) {
  const row = await tx.objectStore("drafts").get([person, key])
  if (row && (row.mark === mark || row.mark === writing)) await tx.objectStore("drafts").delete([person, key])
}

/** @param {string} key as on disk */
function plainKey(key) {
  return key.split(COPY)[0]
}
