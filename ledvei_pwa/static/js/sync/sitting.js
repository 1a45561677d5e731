import { Notebook } from "../store/notebook.js"
import { Engine } from "./engine.js"

export { addPasskey, passkeysHere, removePasskey, unlockByPasskey } from "../store/passkeys.js"
export { askForPasskey } from "../vault/passkey.js"
export { takePen } from "./locked.js"
export { EnrolmentProblem, enrol, registerDevice, remember } from "./enrol.js"

/**
 * What an unlocked person works with.
 * @param {import("../store/db.js").Store} store
 * @param {import("../vault/vault.js").Vault} vault
 * @param {import("./exchange.js").Transport} transport
 */
export async function sitDown(store, vault, transport) {
  const notebook = await Notebook.open(store, vault, { now: () => new Date(transport.now()) })
  return { notebook, engine: new Engine(notebook, transport) }
}
