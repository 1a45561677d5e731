import { changeMeta } from "./meta.js"
import { asRow } from "./records.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/**
 * @typedef {object} News
 * @property {Item[]} changes
 * @property {{type: string, id: string}[]} removed
 * @property {number} since the cursor that the server answered to; nothing is taken in when it is no longer ours
 * @property {Partial<MetaRow>} meta what else is to be remembered: cursor, epoch, keys, last_sync
 * @property {string[]} shown operations whose readable copy is no longer needed: the records hold their result
 */

/**
 * @param {Store} store
 * @param {Vault} vault
 * @param {News} news
 * @returns {Promise<boolean>} false when another tab has moved the cursor meanwhile
 */
export async function takeIn(store, vault, { changes, removed, since, meta, shown }) {
  const { person } = vault
  const rows = await Promise.all(changes.map((item) => asRow(vault, item)))
  return store.write(["meta", "records", "pending"], async (tx) => {
    const now = await tx.objectStore("meta").get(person)
    if (now?.cursor !== since) return false
    const records = tx.objectStore("records")
    for (const { type, id } of removed) await records.delete([person, type, id])
    for (const row of rows) await records.put(row)
    for (const id of shown) await forgetSent(tx, id)
    await changeMeta(tx, person, meta)
    return true
  })
}

/**
 * @param {import("./db.js").Transaction} tx
 * @param {string} id
 */
async function forgetSent(tx, id) {
  const row = await tx.objectStore("pending").get(id)
  if (row?.state === "sent") await tx.objectStore("pending").delete(id)
}
