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
 * @property {number} [lastNumber] the highest number the server has had from this device
 * @property {string[]} shown operations whose readable copy is no longer needed: the records hold their result
 */

/**
 * @param {Store} store
 * @param {Vault} vault
 * @param {News} news
 * @returns {Promise<Partial<MetaRow> | null>} what is remembered now; null when another tab has moved the cursor meanwhile
 */
export async function takeIn(store, vault, { changes, removed, since, meta, lastNumber = 0, shown }) {
  const { person } = vault
  const rows = await Promise.all(changes.map((item) => asRow(vault, item)))
  return store.write(["meta", "records", "pending"], async (tx) => {
    const now = await tx.objectStore("meta").get(person)
    if (now?.cursor !== since) return null
    const records = tx.objectStore("records")
    for (const { type, id } of removed) await records.delete([person, type, id])
    for (const row of rows) await records.put(row)
    for (const id of shown) await forgetSent(tx, id)
    const next = { ...meta, ...numbers(now, lastNumber) }
    await changeMeta(tx, person, next)
    return next
  })
}

/**
 * The server has had more from this device than the device remembers: its store was emptied, or put back in time. Numbers
 * go on after those it has used.
 * @param {MetaRow} now
 * @param {number} last
 * @returns {Partial<MetaRow>}
 */
function numbers({ next_number }, last) {
  return last >= next_number ? { next_number: last + 1, emptied: true } : {}
}

/**
 * @param {import("./db.js").Transaction} tx
 * @param {string} id
 */
async function forgetSent(tx, id) {
  const row = await tx.objectStore("pending").get(id)
  if (row?.state === "sent") await tx.objectStore("pending").delete(id)
}
