/**
 * How long it has been quiet, whatever is done to the clock. A steady clock (`performance.now`) cannot be set, but stands
 * still in some browsers while the device sleeps; the wall clock goes on then, but can be set. So the time is added up
 * step by step, and each step is the longer of the two: a wall clock set back costs nothing, one set forward looks like a
 * sleep, and ends in a lock.
 */
export class Quiet {
  #wall
  #steady
  #sum = 0
  #atWall = 0
  #atSteady = 0

  /**
   * @param {{wall?: () => number, steady?: () => number}} [clocks] milliseconds; for tests
   */
  constructor({ wall = Date.now, steady = () => performance.now() } = {}) {
    this.#wall = wall
    this.#steady = steady
    this.begin()
  }

  /** From now on. */
  begin() {
    this.#sum = 0
    this.#atWall = this.#wall()
    this.#atSteady = this.#steady()
  }

  /** Milliseconds since `begin`. Ask often: a step in which the wall clock was set back counts what the steady one says. */
  for() {
    const wall = this.#wall()
    const steady = this.#steady()
    this.#sum += Math.max(wall - this.#atWall, steady - this.#atSteady, 0)
    this.#atWall = wall
    this.#atSteady = steady
    return this.#sum
  }
}
