import { digestOf, digestsAgree } from "../core/digest.js"
import { readMeta } from "../store/meta.js"
import { plainQuestion, push, waitingOf } from "./flush.js"

// The page's half: what waits goes out and what is new comes in, in one round trip.

/** @typedef {import("../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../store/meta.js").MetaRow} MetaRow */
/** @typedef {import("./exchange.js").Answer} Answer */
/** @typedef {import("./exchange.js").Transport} Transport */
/** @typedef {{signedIn: boolean, equal: boolean, build: string}} Round */

/** A guard against a server that always has more to say. */
const MOST_ROUNDS = 1_000

/**
 * Everything the notebook's person should see, as it is brought up to date.
 */
export class Catchup {
  #notebook
  #transport
  #signal
  /** @type {Set<string> | null} while everything is fetched again: what has come so far */
  #refilled = null
  #hasRefilled = false
  /** @type {Set<string>} asked for in this run; no answer about them is no reason to ask at once again */
  #asked = new Set()

  /**
   * @param {Notebook} notebook
   * @param {Transport} transport
   * @param {AbortSignal} [signal]
   */
  constructor(notebook, transport, signal) {
    this.#notebook = notebook
    this.#transport = transport
    this.#signal = signal
  }

  /**
   * Round trips until there is no more: one, on most days.
   * @returns {Promise<Round>}
   * @throws {import("./exchange.js").ExchangeFailure}
   */
  async run() {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const done = await this.#round()
      if (done) return done
    }
    return { signedIn: true, equal: false, build: this.#transport.build }
  }

  /** @returns {Promise<Round | null>} null when there is more to do */
  async #round() {
    const meta = await this.#meta()
    const shown = this.#notebook.sent()
    const question = await this.#question(meta)
    const waiting = await this.#waiting(meta)
    const { answer, asked, settled } = await push(
      this.#notebook.store,
      waiting,
      question,
      this.#transport,
      this.#signal,
    )
    for (const id of asked) this.#asked.add(id)
    if (settled.length > 0) await this.#notebook.refresh()
    if (!answer) return null
    if (!answer.signed_in) return (await this.#waiting(meta)).length > 0 ? null : this.#done(answer, false)
    if (isOtherEpoch(meta, answer)) return this.#startAgain(meta, answer)
    return this.#take(meta, answer, [...shown, ...settled])
  }

  /**
   * @param {MetaRow} meta
   * @param {Answer} answer
   * @param {string[]} shown operations whose results are in this answer, if it is the last
   * @returns {Promise<Round | null>}
   */
  async #take(meta, answer, shown) {
    const { changes, more, cursor, epoch, keys } = answer
    for (const { type, id } of changes) this.#refilled?.add(`${type}/${id}`)
    const removed = more ? answer.removed : [...answer.removed, ...this.#leftOver()]
    const next = { cursor, epoch, keys: keys ?? meta.keys }
    const last_sync = new Date(this.#transport.now()).toISOString()
    const taken = await this.#notebook.takeIn({
      changes,
      removed,
      since: meta.cursor,
      meta: more ? next : { ...next, last_sync },
      lastNumber: answer.device?.last_number,
      shown: more ? [] : shown,
    })
    if (!taken || more) return null
    this.#refilled = null
    return (await this.#waiting(meta)).length > 0 ? null : this.#compare(meta, answer)
  }

  /**
   * @param {MetaRow} meta
   * @param {Answer} answer
   * @returns {Promise<Round | null>}
   */
  async #compare(meta, answer) {
    const ours = await digestOf(this.#notebook.shown())
    const equal = digestsAgree(ours, answer.digest)
    if (equal || answer.digest === null || this.#hasRefilled) return this.#done(answer, equal)
    return this.#startAgain({ ...meta, cursor: answer.cursor }, answer)
  }

  /**
   * Fetch everything once more: the server was restored from a backup, or we do not hold the same as it does.
   * @param {MetaRow} meta
   * @param {Answer} answer
   * @returns {Promise<null>}
   */
  async #startAgain(meta, { epoch }) {
    this.#hasRefilled = true
    this.#refilled = new Set()
    await this.#notebook.takeIn({
      changes: [],
      removed: [],
      since: meta.cursor,
      meta: { cursor: 0, epoch },
      shown: [],
    })
    return null
  }

  /** What we hold and the server, telling us everything, did not speak of. */
  #leftOver() {
    const refilled = this.#refilled
    if (!refilled) return []
    return this.#notebook.shown().filter(({ type, id }) => !refilled.has(`${type}/${id}`))
  }

  /**
   * @param {Answer} answer
   * @param {boolean} equal
   * @returns {Round}
   */
  #done({ signed_in, build }, equal) {
    return { signedIn: signed_in, equal, build }
  }

  /** @param {MetaRow} meta */
  async #question(meta) {
    const { device, cursor, epoch } = meta
    const digest = await digestOf(this.#notebook.shown())
    return {
      ...plainQuestion(device, this.#transport.build),
      read: this.#notebook.readCredential,
      cursor,
      epoch,
      digest,
    }
  }

  /** @param {MetaRow} meta */
  async #waiting({ device }) {
    const rows = await waitingOf(this.#notebook.store, device)
    return rows.filter(({ id }) => !this.#asked.has(id))
  }

  async #meta() {
    const meta = await readMeta(this.#notebook.store, this.#notebook.person.id)
    if (!meta) throw new Error("This device is not enrolled")
    return meta
  }
}

/**
 * @param {MetaRow} meta
 * @param {Answer} answer
 */
function isOtherEpoch(meta, answer) {
  return meta.epoch !== null && meta.epoch !== answer.epoch
}
