import { readable } from "../vault/vault.js"
import { allOf } from "./db.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./db.js").RecordRow} RecordRow */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/**
 * @param {Store} store
 * @param {Vault} vault
 * @returns {Promise<{items: Item[], isDamaged: boolean, meta: MetaRow | undefined}>} all that can be read, and how far they
 *   had come; what cannot be read is left out, and fetched again since the digest will differ
 */
export async function loadRecords(store, vault) {
  const { rows, meta } = await store.read(["records", "meta"], async (tx) => ({
    rows: await tx.objectStore("records").getAll(allOf(vault.person)),
    meta: await tx.objectStore("meta").get(vault.person),
  }))
  const items = await readables(rows, vault)
  return { items, isDamaged: items.length < rows.length, meta }
}

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
  return readables(
    rows.filter((row) => row !== undefined),
    vault,
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
 * @param {RecordRow[]} rows
 * @param {Vault} vault
 */
async function readables(rows, vault) {
  const items = await Promise.all(
    rows.map(({ type, id, box }) => readable(vault, box, ["records", type, id])),
  )
  return items.filter((item) => item !== null)
}
