import { delayAfter } from "../core/backoff.js"
import { ExchangeFailure } from "./exchange.js"
import { flushAll } from "./flush.js"
import { readMeta } from "../store/meta.js"
import { Catchup } from "./pull.js"
import { onOccasions } from "./triggers.js"
import { alone } from "./turns.js"

/** @typedef {import("../store/notebook.js").Notebook} Notebook */
/** @typedef {import("./exchange.js").Transport} Transport */
/** @typedef {import("./pull.js").Round} Round */

/** How often a visible page asks for news by itself, in milliseconds. */
const RHYTHM = 2 * 60_000
/** Several saves in one breath are one request. */
const BREATH = 50

/**
 * Keeps a notebook and the server alike: on every save, on opening, on focus, when the network comes back, and in its own
 * rhythm while the page is visible, slower after each failure. Dispatches `build` (detail: the server's) when the server
 * runs another version of the app, and `astray` when we did not hold what the server does and had to begin again, with
 * nothing to explain it: a mistake of ours, that has been mended and should be known. Dispatches `closed` when somebody has
 * closed this device: nothing readable is left on its disk.
 */
export class Engine extends EventTarget {
  #notebook
  #transport
  #random
  #tries = 0
  /** What the server has asked us to wait, and when it asked, by both clocks. */
  #asked = { wait: 0, now: 0, monotonic: 0 }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {Promise<void> | null} */
  #running = null
  #again = false
  #stopping = new AbortController()

  /**
   * @param {Notebook} notebook
   * @param {Transport} transport
   * @param {{random?: () => number}} [options]
   */
  constructor(notebook, transport, { random = Math.random } = {}) {
    super()
    this.#notebook = notebook
    this.#transport = transport
    this.#random = random
  }

  start() {
    const { signal } = this.#stopping
    this.#notebook.addEventListener("saved", () => this.#soon(BREATH), { signal })
    onOccasions(() => this.#soon(0), signal)
    this.#soon(0)
  }

  stop() {
    this.#stopping.abort()
    clearTimeout(this.#timer)
  }

  /**
   * Now, whatever the rhythm says. Somebody who asks again while it runs gets a run that starts after they asked.
   * @returns {Promise<void>} resolves when it is over, well or not: `notebook.syncState()` says
   */
  async syncNow() {
    if (this.#running) {
      this.#again = true
      return this.#running
    }
    this.#running = this.#untilDone().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #untilDone() {
    do {
      this.#again = false
      await this.#once()
    } while (this.#again && !this.#stopping.signal.aborted)
  }

  async #once() {
    clearTimeout(this.#timer)
    if (this.#stopping.signal.aborted) return
    this.#notebook.setSync({ phase: "syncing", problem: null })
    try {
      this.#ended(await alone(`ledvei-flush-${this.#notebook.store.name}`, () => this.#bothWays()))
    } catch (error) {
      this.#failed(error)
    }
    if (!this.#stopping.signal.aborted) this.#plan()
  }

  /** @returns {Promise<Round>} */
  async #bothWays() {
    const round = await this.#catchUp()
    const { store, person } = this.#notebook
    const meta = await readMeta(store, person.id)
    // What others have written on this device goes too; how that fares is not this person's to see. It may have been written
    // by this person, before they were enrolled again.
    const before = this.#notebook.syncState().waiting
    const { settled } = await flushAll(store, this.#transport, meta ? [meta.device] : [])
    if (before === 0) return round
    await this.#notebook.refresh()
    const isSealed = await this.#notebook.sealAnew()
    return settled > 0 || isSealed ? this.#catchUp() : round
  }

  #catchUp() {
    const tell = (/** @type {object} */ detail) => this.dispatchEvent(new CustomEvent("astray", { detail }))
    return new Catchup(this.#notebook, this.#transport, this.#stopping.signal, tell).run()
  }

  /** @param {Round} round */
  #ended({ signedIn, equal, failed, problem, build, opens }) {
    if (failed) return this.#failed(new ExchangeFailure("refused", { status: 200, code: "server_failed" }))
    this.#tries = 0
    this.#asked.wait = 0
    const phase = signedIn && !problem ? "idle" : "signed_out"
    this.#notebook.setSync({ phase, equal, problem, opens, progress: null })
    if (problem === "device_revoked") this.dispatchEvent(new Event("closed"))
    if (build && build !== this.#transport.build)
      this.dispatchEvent(new CustomEvent("build", { detail: build }))
  }

  /** @param {unknown} error */
  #failed(error) {
    if (this.#stopping.signal.aborted) return
    this.#tries += 1
    this.#notebook.setSync({ equal: false, progress: null, ...stateAfter(error) })
    if (error instanceof ExchangeFailure && error.wait) {
      const { wait } = error
      this.#asked = { wait, now: this.#transport.now(), monotonic: performance.now() }
    }
    // It speaks a language that this version does not: a newer one is there to be had.
    if (error instanceof ExchangeFailure && error.status === 426)
      this.dispatchEvent(new CustomEvent("build", { detail: "" }))
    if (!isExpected(error)) this.dispatchEvent(new CustomEvent("error", { detail: error }))
  }

  /** The next time by ourselves. */
  #plan() {
    const rhythm =
      this.#tries > 0 ? delayAfter(this.#tries, this.#random) : RHYTHM * (0.8 + 0.4 * this.#random())
    this.#soon(rhythm)
  }

  /** @param {number} wait milliseconds */
  #soon(wait) {
    clearTimeout(this.#timer)
    if (this.#stopping.signal.aborted) return
    this.#timer = setTimeout(() => this.#whenVisible(), Math.max(wait, this.#askedToWait()))
    // Node need not stay awake for the rhythm; a browser's timer is a number and has nothing to let go of.
    Reflect.get(Object(this.#timer), "unref")?.call(this.#timer)
  }

  /** The clock on the wall may be set, and the other one stands still while a computer sleeps. */
  #askedToWait() {
    const { wait, now, monotonic } = this.#asked
    return wait - Math.max(this.#transport.now() - now, performance.now() - monotonic)
  }

  #whenVisible() {
    // A hidden page still sends what waits, and leaves the news until somebody looks.
    if (globalThis.document?.hidden && this.#notebook.waiting().count === 0) return this.#plan()
    void this.syncNow()
  }
}

/**
 * @param {unknown} error
 * @returns {{phase: import("../store/notebook.js").Phase, problem: string | null}}
 */
function stateAfter(error) {
  if (!(error instanceof ExchangeFailure)) return { phase: "failed", problem: codeOf(error) }
  if (error.kind === "offline") return { phase: "offline", problem: null }
  // A 401 too: ours takes operations from whoever is signed out, so it came from something on the way, and took nothing.
  return { phase: "failed", problem: error.code || String(error.status) }
}

/** @param {unknown} error */
function codeOf(error) {
  const code = /** @type {{code?: unknown} | undefined} */ (error)?.code
  return typeof code === "string" ? code : "unknown"
}

/** @param {unknown} error */
function isExpected(error) {
  return error instanceof ExchangeFailure || (error instanceof Error && error.name === "StoreProblem")
}
