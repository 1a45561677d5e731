import { delayAfter } from "../core/backoff.js"
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
 * @property {string} [carried] the mark of the one that was under way when the vault was locked; it may still come through
 */

/**
 * A draft that the disk had not taken when the vault was locked, encrypted.
 * @typedef {{key: string, box: import("../core/bytes.js").Bytes}} Carried
 */

/** A disk that has not answered for so long is as good as one that says no, in milliseconds. */
const PATIENCE = 3_000
/** How many times the wait before the next try doubles. */
const MOST_TRIES = 4

/** Between a draft's key and what tells it from another tab's draft of the same. No key holds it. */
export const COPY = " ~"

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
  /** @type {Set<string>} keys of those that the disk has not taken: they are here alone, and are tried again */
  #unsaved = new Set()
  #tries = 0
  #hasLeft = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  #onUnsaved

  /**
   * @param {Store} store
   * @param {Vault} vault
   * @param {() => void} [onUnsaved] what `unsaved` says has changed
   */
  constructor(store, vault, onUnsaved = () => {}) {
    this.#store = store
    this.#vault = vault
    this.#onUnsaved = onUnsaved
  }

  /** The keys of the drafts that are in this page's memory and nowhere else. */
  unsaved() {
    return [...this.#unsaved]
  }

  /** From disk: all, save what this tab is just writing. */
  async load() {
    const { person } = this.#vault
    const rows = await this.#store.read(["drafts"], (tx) => tx.objectStore("drafts").getAll(allOf(person)))
    const drafts = await Promise.all(rows.map(({ key, box }) => readable(this.#vault, box, ["drafts", key])))
    const busy = new Set(this.#busy().map((key) => this.placeOf(key).key))
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
    if (this.#writing.has(key)) await this.#bringToDisk(key).catch(() => {})
    this.#note(key, false)
    this.#own.delete(key)
  }

  /** Out of memory. What lies on disk stays there. */
  forgetAll() {
    this.#drafts.clear()
    this.#marks.clear()
    this.#own.clear()
  }

  /** Resolves when all that has been said is on disk, or has been refused by it. */
  async settled() {
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing.values())
  }

  /**
   * The vault is about to be locked: what the disk has not taken, for `takeBack` when it is open again.
   * @returns {Promise<Carried[]>}
   */
  carry() {
    clearTimeout(this.#timer)
    this.#hasLeft = true
    const held = this.#busy().map((key) => ({ key, place: this.placeOf(key) }))
    const drafts = held.map(({ key, place }) => ({ key, place, draft: this.#drafts.get(place.key) }))
    const encrypted = drafts
      .filter(({ draft }) => draft)
      .map(async ({ key, ...held }) => ({ key, box: await this.#vault.encrypt(held, ["carried", key]) }))
    return Promise.all(encrypted)
  }

  /** @param {Carried[]} carried */
  async takeBack(carried) {
    for (const { key, box } of carried) {
      const held = await readable(this.#vault, box, ["carried", key])
      if (held) this.#takeBack(key, held)
    }
  }

  /**
   * @param {string} key
   * @param {{place: Place, draft: Draft}} held
   */
  #takeBack(key, { place, draft }) {
    this.#own.set(key, { key: place.key, mark: place.mark, carried: place.writing })
    this.#drafts.set(place.key, draft)
    this.#note(key, true)
    this.#bringToDisk(key).catch(() => {})
  }

  #busy() {
    return [...new Set([...this.#unsaved, ...this.#writing.keys()])]
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
    const slow = setTimeout(() => this.#note(key, true), PATIENCE)
    Reflect.get(Object(slow), "unref")?.call(slow)
    const end = (/** @type {boolean} */ isOnDisk) => {
      clearTimeout(slow)
      if (this.#writing.get(key) !== write) return
      this.#writing.delete(key)
      this.#note(key, !isOnDisk && this.#drafts.has(this.placeOf(key).key))
      if (isOnDisk) this.#tries = 0
      else this.#tryAgain()
    }
    write.then(
      () => end(true),
      () => end(false),
    )
    return write
  }

  /**
   * @param {string} key
   * @param {boolean} isUnsaved
   */
  #note(key, isUnsaved) {
    if (isUnsaved === this.#unsaved.has(key)) return
    if (isUnsaved) this.#unsaved.add(key)
    else this.#unsaved.delete(key)
    this.#onUnsaved()
  }

  /** By themselves: whoever wrote them may have left the form. */
  #tryAgain() {
    clearTimeout(this.#timer)
    if (this.#hasLeft || this.#unsaved.size === 0) return
    this.#tries = Math.min(this.#tries + 1, MOST_TRIES)
    this.#timer = setTimeout(() => {
      for (const key of this.#unsaved) if (!this.#writing.has(key)) this.#bringToDisk(key).catch(() => {})
    }, delayAfter(this.#tries))
    Reflect.get(Object(this.#timer), "unref")?.call(this.#timer)
  }

  /** @param {string} key */
  async #write(key) {
    const place = this.placeOf(key)
    const draft = this.#drafts.get(place.key)
    if (!draft) return this.#takeAway(place)
    const mark = newId()
    place.writing = mark
    const box = await this.#vault.encrypt(draft, ["drafts", place.key])
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
      if (there && there.mark !== row.mark && !isOurs(there, place)) return false
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
    if (this.#writing.has(key) || this.#unsaved.has(key)) return this.placeOf(key)
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
export async function deleteDraft(tx, person, place) {
  const row = await tx.objectStore("drafts").get([person, place.key])
  if (row && (isOurs(row, place) || row.mark === place.writing))
    await tx.objectStore("drafts").delete([person, place.key])
}

/**
 * @param {import("./db.js").DraftRow} row
 * @param {Place} place
 */
function isOurs(row, { mark, carried }) {
  return row.mark === mark || (carried !== undefined && row.mark === carried)
}

/** @param {string} key as on disk */
function plainKey(key) {
  return key.split(COPY)[0]
}
