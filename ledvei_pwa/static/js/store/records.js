import { readable } from "../vault/vault.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./db.js").RecordRow} RecordRow */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/**
 * @param {Store} store
 * @param {Vault} vault
 * @param {[string, string][]} keys type and id
 * @returns {Promise<Item[]>}
 */
export async function loadSome(store, vault, keys) {
  const rows = await store.read(["records"], (tx) =>
    Promise.all(keys.map(([type, id]) => tx.objectStore("records").get([vault.person, type, id]))),
  )
  return readRecords(
    vault,
    rows.filter((row) => row !== undefined),
  )
}

/**
 * @param {Vault} vault
 * @param {Item} item
 * @returns {Promise<RecordRow>}
 */
export async function asRow(vault, item) {
  const { type, id, version } = item
  return { person: vault.person, type, id, version, box: await vault.encrypt(item, ["records", type, id]) }
}

/**
 * @param {Vault} vault
 * @param {RecordRow[]} rows
 * @returns {Promise<Item[]>} what cannot be read is left out
 */
export async function readRecords(vault, rows) {
  const items = await Promise.all(
    rows.map(({ type, id, box }) => readable(vault, box, ["records", type, id])),
  )
  return items.filter((item) => item !== null)
}
