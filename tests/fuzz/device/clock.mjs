// The time of all devices, and the order in which things happen on them. Nothing here waits for the real world, so that
// a seed gives the same run on every machine.

const realImmediate = setImmediate

/**
 * One queue for all that a browser would do "later". fake-indexeddb puts its steps here too: it asks for `setImmediate`.
 */
export class Tasks {
  #waiting = []
  #next = 0
  /** How many have been done since the beginning. */
  done = 0

  /** @param {() => void} task */
  add = (task) => {
    this.#waiting.push(task)
  }

  /**
   * Do what is to be done, and what follows from it, until there is nothing more.
   * @param {number} [most] stop after so many
   * @returns {Promise<boolean>} whether there is nothing more to do
   */
  async run(most = Number.POSITIVE_INFINITY) {
    for (let count = 0; ; count += 1) {
      await microtasks()
      if (this.#next === this.#waiting.length) break
      if (count >= most) return false
      const task = this.#waiting[this.#next]
      this.#waiting[this.#next] = null
      this.#next += 1
      this.done += 1
      task()
    }
    this.#waiting = []
    this.#next = 0
    return true
  }

  forget() {
    this.#waiting = []
    this.#next = 0
    this.done = 0
  }
}

/** All promises that can be settled are, when the next turn of the real loop comes. */
function microtasks() {
  return new Promise((resolve) => realImmediate(resolve))
}

/** A clock that stands still until it is told to go on. Milliseconds since 1970 as the world has them. */
export class Clock {
  now = 0
  /** Since the world began; goes on only. */
  #begun = 0
  #timers = []
  #count = 0

  /** @param {number} now */
  reset(now) {
    this.now = now
    this.#begun = now
    this.#timers = []
    this.#count = 0
  }

  get elapsed() {
    return this.now - this.#begun
  }

  /**
   * @param {object} owner whose timer it is
   * @param {() => void} work
   * @param {number} wait milliseconds
   * @returns {number}
   */
  set(owner, work, wait) {
    this.#count += 1
    const id = this.#count
    this.#timers.push({ id, owner, work, at: this.now + Math.max(0, Number(wait) || 0) })
    return id
  }

  /** @param {number | undefined} id */
  clear(id) {
    this.#timers = this.#timers.filter((timer) => timer.id !== id)
  }

  /** @param {object} owner */
  clearAllOf(owner) {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner)
  }

  /**
   * Go on to the next timer, or to `until` when there is none before.
   * @param {number} until
   * @returns {(() => void) | null} what is to be done then
   */
  step(until) {
    const due = this.#timers.filter(({ at }) => at <= until)
    if (due.length === 0) {
      this.now = Math.max(this.now, until)
      return null
    }
    const first = due.reduce((one, other) =>
      other.at < one.at || (other.at === one.at && other.id < one.id) ? other : one,
    )
    this.clear(first.id)
    this.now = Math.max(this.now, first.at)
    return first.work
  }
}
