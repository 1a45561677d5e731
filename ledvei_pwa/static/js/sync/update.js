// A new version waits until nobody would lose anything: the key lives in this page's memory, so a reload costs the
// passphrase, and it must never come under a text.

/** How often a page that stays open asks for a new version, in milliseconds. */
const RHYTHM = 60 * 60_000

/**
 * @typedef {object} Surroundings
 * @property {() => boolean} isBusy somebody is unlocked, or has typed something
 * @property {() => void} reload
 * @property {ServiceWorkerContainer} container
 * @property {() => number} [now] of a clock that nobody sets
 */

/**
 * Watches for a new worker and lets it take over when nobody is busy. Dispatches `waiting` when one has come meanwhile.
 */
export class Updates extends EventTarget {
  #registration
  #isBusy
  #reload
  #container
  #now
  #asked
  #hasAgreed = false

  /**
   * @param {ServiceWorkerRegistration} registration
   * @param {Surroundings} surroundings
   */
  constructor(registration, { isBusy, reload, container, now = () => performance.now() }) {
    super()
    this.#registration = registration
    this.#isBusy = isBusy
    this.#reload = reload
    this.#container = container
    this.#now = now
    this.#asked = now()
  }

  start() {
    this.#container.addEventListener("controllerchange", () => this.#takenOver())
    this.#registration.addEventListener("updatefound", () => this.#follow(this.#registration.installing))
    this.#follow(this.#registration.installing)
    this.consider()
  }

  get isWaiting() {
    return Boolean(this.#registration.waiting && this.#container.controller)
  }

  /** A good moment may have come: the vault has been locked, a form left. */
  consider() {
    if (!this.isWaiting) return
    if (this.#isBusy()) this.dispatchEvent(new Event("waiting"))
    else this.#agree()
  }

  /** Somebody has asked for it in so many words. */
  agreeNow() {
    if (this.isWaiting) this.#agree()
  }

  /**
   * Ask the server for a new version, now and then.
   * @param {{now?: boolean}} [options] `now`: we know that there is one
   */
  async look({ now = false } = {}) {
    if (!now && this.#now() - this.#asked < RHYTHM) return
    this.#asked = this.#now()
    await this.#registration.update().catch(() => {}) // off-line: later, then
  }

  #agree() {
    this.#hasAgreed = true
    this.#registration.waiting?.postMessage({ type: "activate" })
  }

  /** @param {ServiceWorker | null} worker */
  #follow(worker) {
    worker?.addEventListener("statechange", () => worker.state === "installed" && this.consider())
  }

  #takenOver() {
    // The first worker of all, or another tab's agreement: this page goes on with what it has.
    if (this.#hasAgreed && !this.#isBusy()) this.#reload()
  }
}
