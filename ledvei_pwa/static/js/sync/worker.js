/** The worker's address is fixed, since its address decides what it may answer for. */
const ADDRESS = "/sw.js"

/**
 * Register the worker that keeps the app on the device. A few browsers, and private windows of others, have none: then the
 * app works as long as the server can be reached.
 * @returns {Promise<ServiceWorkerRegistration | undefined>}
 */
export async function registerWorker() {
  const container = globalThis.navigator?.serviceWorker
  return container
    ?.register(trusted(ADDRESS), { scope: "/", type: "module", updateViaCache: "imports" })
    .catch((error) => {
      console.warn("The worker could not be registered:", error.name)
      return undefined
    })
}

/**
 * Where Trusted Types are enforced, an address for a script must come out of a named policy: this one knows one address.
 * @param {string} address
 * @returns {string}
 */
function trusted(address) {
  const factory = Reflect.get(globalThis, "trustedTypes")
  if (!factory) return address
  const createScriptURL = (/** @type {string} */ wanted) => {
    if (wanted !== ADDRESS) throw new TypeError("Only our own worker")
    return wanted
  }
  return factory.createPolicy("ledvei", { createScriptURL }).createScriptURL(address)
}
