import { askForPasskey, openRow, passkeysOf, withoutPasskey, withPasskey } from "../vault/passkey.js"
import { forgiveTries, putWrappings } from "./vaults.js"

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("../vault/passkey.js").Answer} Answer */
/** @typedef {import("../vault/wrapping.js").PasskeyWrapping} PasskeyWrapping */

/**
 * @param {Store} store
 * @param {string} [person] everybody here when left out
 * @returns {Promise<PasskeyWrapping[]>}
 */
export async function passkeysHere(store, person) {
  const rows = await store.read(["vaults"], (tx) => tx.objectStore("vaults").getAll())
  return rows.filter((row) => person === undefined || row.person === person).flatMap(passkeysOf)
}

/**
 * @param {Store} store
 * @param {import("../vault/passkey.js").Way[]} ways
 * @returns {Promise<import("../vault/vault.js").Vault | null>} null when the answer opens nobody's vault
 * @throws {DOMException} when the person or the browser says no
 */
export async function unlockByPasskey(store, ways) {
  const answer = await askForPasskey({ ways })
  const rows = await store.read(["vaults"], (tx) => tx.objectStore("vaults").getAll())
  for (const row of answer ? rows : []) {
    const vault = await openRow(row, /** @type {Answer} */ (answer))
    if (!vault) continue
    // A wrong passphrase counted for all of them, since nobody had said who it was.
    await forgiveTries(
      store,
      rows.map(({ person }) => person),
    )
    return vault
  }
  return null
}

/**
 * @param {Store} store
 * @param {string} person
 * @param {string} passphrase
 * @param {Answer & {salt: Bytes, made: string}} passkey
 * @returns {Promise<boolean>} false when it is not the passphrase
 */
export async function addPasskey(store, person, passphrase, passkey) {
  const row = await store.read(["vaults"], (tx) => tx.objectStore("vaults").get(person))
  const more = row && (await withPasskey(row, passphrase, passkey))
  return more ? putWrappings(store, row, more) : false
}

/**
 * @param {Store} store
 * @param {string} person
 * @param {Bytes} credential
 */
export function removePasskey(store, person, credential) {
  return store.write(["vaults"], async (tx) => {
    const row = await tx.objectStore("vaults").get(person)
    if (row) await tx.objectStore("vaults").put(withoutPasskey(row, credential))
  })
}
