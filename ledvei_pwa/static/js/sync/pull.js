import { digestOf, digestsAgree } from "../core/digest.js"
import { isUnknown, readMeta } from "../store/meta.js"
import { plainQuestion, push, stillToSend, waitingOf } from "./flush.js"

// The page's half: what waits goes out and what is new comes in, in one round trip.

/** @typedef {import("../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../store/meta.js").MetaRow} MetaRow */
/** @typedef {import("./exchange.js").Answer} Answer */
/** @typedef {import("./exchange.js").Transport} Transport */

/**
 * @typedef {object} Round
 * @property {boolean} signedIn
 * @property {boolean} equal
 * @property {boolean} failed the server took what was sent and could not tell the rest
 * @property {"device_unknown" | "device_revoked" | null} problem
 * @property {string | null} [opens] ISO: nothing is given to this sign-in before then
 * @property {string} build
 */

/** A guard against a server that always has more to say. */
const MOST_ROUNDS = 1_000

/**
 * Everything the notebook's person should see, as it is brought up to date.
 */
export class Catchup {
  #notebook
  #transport
  #signal
  #onAstray
  #hasRefilled = false
  /** @type {Set<string>} asked for in this run; no answer about them is no reason to ask at once again */
  #asked = new Set()
  #sent = 0
  #fetched = 0

  /**
   * @param {Notebook} notebook
   * @param {Transport} transport
   * @param {AbortSignal} [signal]
   * @param {(detail: object) => void} [onAstray] we do not hold what the server does, and nothing that is known explains it
   */
  constructor(notebook, transport, signal, onAstray = () => {}) {
    this.#notebook = notebook
    this.#transport = transport
    this.#signal = signal
    this.#onAstray = onAstray
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
    return { signedIn: true, equal: false, failed: true, problem: null, build: this.#transport.build }
  }

  /** @returns {Promise<Round | null>} null when there is more to do */
  async #round() {
    const notebook = this.#notebook
    const meta = await this.#meta()
    const shown = notebook.sent()
    const rows = await this.#waiting(meta)
    if (rows.length > 0) this.#tell("sending", this.#sent, rows.length)
    const question = await this.#question(meta)
    const asker = { person: meta.person, device: meta.device, meta }
    const sending = { rows, question, asker, transport: this.#transport, signal: this.#signal }
    const { answer, asked, settled } = await push(notebook.store, sending)
    for (const id of asked) this.#asked.add(id)
    this.#sent += settled.length
    if (settled.length > 0 || !answer || isOtherEpoch(meta, answer) || !answer.device)
      await notebook.refresh()
    if (!answer) return null
    const notBackYet = answer.results.filter(({ reason }) => reason === "not_back_yet").map(({ id }) => id)
    if (notBackYet.length > 0) await notebook.notBackYet(notBackYet)
    if (!answer.signed_in || answer.failed)
      return (await this.#waiting(meta)).length > 0 ? null : this.#done(answer, false)
    if (isOtherEpoch(meta, answer)) return this.#meetEpoch(meta, answer)
    return this.#take(meta, answer, [...shown, ...settled])
  }

  /**
   * @param {MetaRow} meta
   * @param {Answer} answer
   * @param {string[]} shown operations whose results are in this answer, if it is the last
   * @returns {Promise<Round | null>}
   */
  async #take(meta, answer, shown) {
    const { changes, removed, more, left, cursor, epoch, keys, now } = answer
    const next = { cursor, epoch, keys: keys ?? meta.keys }
    const taken = await this.#notebook.takeIn({
      changes: changes.map((item) => withEpoch(item, epoch)),
      removed,
      since: meta,
      meta: more ? next : { ...next, last_sync: new Date(this.#transport.now()).toISOString() },
      lastNumber: answer.device?.last_number,
      shown: more ? [] : shown,
      now: more ? undefined : now,
    })
    this.#fetched += changes.length + removed.length
    if (more && left !== undefined) this.#tell("fetching", this.#fetched, left)
    if (!taken || more || (await this.#waiting(meta)).length > 0) return null
    return this.#compare(meta, answer)
  }

  /**
   * @param {MetaRow} meta
   * @param {Answer} answer
   * @returns {Promise<Round | null>}
   */
  async #compare(meta, answer) {
    const { digest = null, cursor } = answer
    if (digest === null) return this.#done(answer, false)
    if (digestsAgree(await this.#digest(), digest)) return this.#done(answer, true)
    // Another tab may have taken in what this page has not heard of: the disk knows.
    if (!(await this.#notebook.reread({ cursor, epoch: answer.epoch }))) return null
    const ours = await this.#digest()
    const equal = digestsAgree(ours, digest)
    if (equal || this.#hasRefilled) return this.#done(answer, equal)
    if (!this.#notebook.isDamaged) this.#onAstray({ ours, theirs: digest, cursor, epoch: answer.epoch })
    return this.#startAgain({ ...meta, cursor }, answer)
  }

  /**
   * The server was restored from a backup. What it had acknowledged waits again by now.
   * @param {MetaRow} meta
   * @param {Answer} answer
   */
  #meetEpoch(meta, answer) {
    this.#asked.clear()
    return this.#startAgain(meta, answer)
  }

  /**
   * Fetch everything once more: the server's memory is another, or we do not hold the same as it does.
   * @param {MetaRow} meta
   * @param {Answer} answer
   * @returns {Promise<null>}
   */
  async #startAgain(meta, { epoch }) {
    this.#hasRefilled = true
    this.#fetched = 0
    await this.#notebook.takeIn({
      changes: [],
      removed: [],
      since: meta,
      meta: { cursor: 0, epoch, fill: (meta.fill ?? 0) + 1 },
      shown: [],
    })
    return null
  }

  /**
   * @param {Answer} answer
   * @param {boolean} equal
   * @returns {Promise<Round>}
   */
  async #done({ signed_in, failed = false, device, build, opens = null }, equal) {
    const meta = await this.#meta()
    const revoked = device?.revoked ? "device_revoked" : null
    const problem = isUnknown(meta, meta.device) ? "device_unknown" : revoked
    return { signedIn: signed_in, equal, failed, problem, build, opens }
  }

  /** @param {MetaRow} meta */
  async #question(meta) {
    const digest = await this.#digest()
    const plain = plainQuestion(meta.device, this.#transport.build, meta)
    return { ...plain, read: this.#notebook.readCredential, digest }
  }

  #digest() {
    return digestOf(this.#notebook.shown())
  }

  /** @param {MetaRow} meta */
  async #waiting({ device }) {
    return stillToSend(await waitingOf(this.#notebook.store, device), this.#asked)
  }

  async #meta() {
    const meta = await readMeta(this.#notebook.store, this.#notebook.person.id)
    if (!meta) throw new Error("This device is not enrolled")
    return meta
  }

  /**
   * @param {"sending" | "fetching"} phase
   * @param {number} done
   * @param {number} left
   */
  #tell(phase, done, left) {
    this.#notebook.setSync({ progress: { phase, done, total: done + left } })
  }
}

/**
 * Fetching everything anew takes a while, in which numbers of before lie beside those of now.
 * @param {import("../store/items.js").Item} item
 * @param {string | null} epoch
 */
function withEpoch(item, epoch) {
  return item.type === "entry" ? { ...item, epoch } : item
}

/**
 * @param {MetaRow} meta
 * @param {Answer} answer
 */
function isOtherEpoch(meta, answer) {
  return answer.epoch !== null && meta.epoch !== null && meta.epoch !== answer.epoch
}
