import { Store } from "../store/db.js"
import { flush } from "../sync/flush.js"

/**
 * Background Sync: send what waits, sealed as it is. A failure is handed on, so that the browser tries again.
 * @param {string} build
 */
export async function send(build) {
  const store = new Store()
  try {
    const { failure } = await flush(store, { fetch: (...what) => fetch(...what), now: Date.now, build })
    if (failure) throw failure
  } finally {
    await store.close()
  }
}
