// A browser's storage and a person on a device, in Node.
import "fake-indexeddb/auto"
import { makeVault } from "../../../ledvei_pwa/static/js/vault/vault.js"
import { Store } from "../../../ledvei_pwa/static/js/store/db.js"
import { Notebook } from "../../../ledvei_pwa/static/js/store/notebook.js"
import { enrol } from "../../../ledvei_pwa/static/js/sync/enrol.js"

export const PASSPHRASE = "seks kloke katter sover"
/** So that a test does not wait for what a thief must wait for. */
export const ROUNDS = 1_000

let stores = 0

/** An empty browser of its own. */
export function newStore() {
  stores += 1
  return new Store(`test-${stores}`)
}

export async function newVault(person = "anna") {
  const { vault } = await makeVault(person, PASSPHRASE, { rounds: ROUNDS })
  return vault
}

/**
 * A device of `person`, enrolled at `server` and unlocked.
 * @returns {Promise<{store: Store, notebook: Notebook, vault: import("../../../ledvei_pwa/static/js/vault/vault.js").Vault}>}
 */
export async function newDevice(server, person, { store = newStore(), now } = {}) {
  const vault = await enrol(store, await server.register(person), PASSPHRASE, { rounds: ROUNDS })
  return { store, vault, notebook: await Notebook.open(store, vault, { now }) }
}

/** Close the notebook and open it again from what is on disk: another start of the app. */
export async function reopened({ store, vault, notebook }) {
  await notebook.close()
  return { store, vault, notebook: await Notebook.open(store, vault) }
}
