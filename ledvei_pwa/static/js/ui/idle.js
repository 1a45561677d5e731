import { Quiet } from "./quiet.js"

/** The person is told so long before the lock, in milliseconds. */
const WARNING = 30_000
/** The time is read at least so often, so that a clock that is set costs no more than one such step. */
const STEP = 15_000

/**
 * Locks after a time without a sign of the person. A phone that slept has no timers: the time is read again when it
 * wakes. Calls `onWarning` half a minute before (once for each quiet time) and `onIdle` at the end. The person's other tabs
 * tell of signs there (`stir`), and are told of those here (`onSign`).
 */
export class IdleWatch {
  #minutes
  #quiet
  #warned = false
  #timer = 0
  #stopping = new AbortController()

  /**
   * @param {object} options
   * @param {() => number} options.minutes how long it may be quiet
   * @param {() => void} options.onWarning
   * @param {() => void} options.onBack the person is back after a warning
   * @param {() => void} options.onIdle
   * @param {() => void} [options.onSign] a sign of the person in this tab
   * @param {Quiet} [options.quiet] for tests
   */
  constructor({ minutes, onWarning, onBack, onIdle, onSign = () => {}, quiet = new Quiet() }) {
    this.#minutes = minutes
    this.#quiet = quiet
    this.onWarning = onWarning
    this.onBack = onBack
    this.onIdle = onIdle
    this.onSign = onSign
  }

  start() {
    const { signal } = this.#stopping
    const options = { signal, passive: true, capture: true }
    for (const type of ["pointerdown", "keydown", "input", "scroll"])
      addEventListener(type, () => this.#touch(), options)
    document.addEventListener("visibilitychange", () => document.hidden || this.#check(), { signal })
    this.#quiet.begin()
    this.#touch()
  }

  /** A sign of the person. It comes too late when the time is over: whoever slept that long is asked who they are. */
  stir() {
    if (this.#quiet.for() >= this.#limit()) return this.#check()
    this.#quiet.begin()
    if (this.#warned) this.onBack()
    this.#warned = false
    this.#wait()
  }

  stop() {
    this.#stopping.abort()
    clearTimeout(this.#timer)
  }

  #touch() {
    if (this.#quiet.for() < this.#limit()) this.onSign()
    this.stir()
  }

  #check() {
    const left = this.#limit() - this.#quiet.for()
    if (left <= 0) return this.onIdle()
    if (left <= WARNING && !this.#warned) {
      this.#warned = true
      this.onWarning()
    }
    this.#wait()
  }

  #wait() {
    clearTimeout(this.#timer)
    const left = this.#limit() - this.#quiet.for()
    const next = this.#warned ? left : left - WARNING
    this.#timer = window.setTimeout(() => this.#check(), Math.min(STEP, Math.max(0, next)))
  }

  #limit() {
    return Math.max(1, this.#minutes()) * 60_000
  }
}
