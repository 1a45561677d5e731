// Safe in the worker.

/** @type {Map<string, Promise<unknown>>} */
const queues = new Map()

/**
 * Do `work` while no other tab, nor the worker, does the same. Where there are no Web Locks only this page queues up; then
 * two may send the same operation, which is safe: the server knows it by its id.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(name, work) {
  if (globalThis.navigator?.locks) return /** @type {Promise<T>} */ (navigator.locks.request(name, work))
  const turn = (queues.get(name) ?? Promise.resolve()).then(work, work)
  queues.set(name, turn)
  return turn
}
