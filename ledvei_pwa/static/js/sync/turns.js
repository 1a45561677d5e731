// Safe in the worker.

/**
 * So long one waits for one's turn, in milliseconds. Whoever has it may stand still and never give it back: Safari stops tabs
 * that are in the background, and some of its versions the pages kept for "back" too, with what they hold.
 */
const PATIENCE = 2 * 60_000

/** @type {Map<string, Promise<unknown>>} */
const queues = new Map()

/**
 * Do `work` while no other tab, nor the worker, does the same. Where there are no Web Locks only this page queues up, and
 * where a turn does not come in time it is taken; then two may send the same operation, which is safe: the server knows it
 * by its id.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(name, work) {
  const locks = globalThis.navigator?.locks
  if (locks) return amongAll(locks, name, work)
  const turn = (queues.get(name) ?? Promise.resolve()).then(work, work)
  queues.set(name, turn)
  return turn
}

/**
 * @template T
 * @param {LockManager} locks
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function amongAll(locks, name, work) {
  const waiting = new AbortController()
  const timer = setTimeout(() => waiting.abort(), PATIENCE)
  let hasBegun = false
  const begin = () => {
    hasBegun = true
    clearTimeout(timer)
    return work()
  }
  try {
    return /** @type {T} */ (await locks.request(name, { signal: waiting.signal }, begin))
  } catch (error) {
    if (hasBegun || !waiting.signal.aborted) throw error
    return work()
  }
}
