import { readChanges } from "./changes.js"
import { allOf } from "./db.js"
import { readRecords } from "./records.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").PendingChange} PendingChange */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("./outbox.js").OutboxRow} OutboxRow */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/**
 * @typedef {object} Standing
 * @property {MetaRow | undefined} meta
 * @property {PendingChange[]} changes in the order of writing
 * @property {OutboxRow[]} outbox in the order of writing
 * @property {Item[] | null} items all that the server has shown and can be read; null when they are those known already
 * @property {boolean} isDamaged some cannot be read: they are fetched again, since the digest will differ
 */

/**
 * What this device holds, as it stood at one moment. Another tab takes in a text and lets go of the change that it came of at
 * once: who reads the changes after the records, or alone, finds it in neither, and would write over it as if it had been seen.
 * @param {Store} store
 * @param {Vault} vault
 * @param {string | null} known how far the records had come that the reader has
 * @returns {Promise<Standing>}
 */
export async function loadStanding(store, vault, known) {
  const { person } = vault
  const { meta, outbox, copies, records } = await store.read(
    ["meta", "outbox", "pending", "records"],
    async (tx) => {
      const meta = await tx.objectStore("meta").get(person)
      const isKnown = known !== null && known === howFar(meta)
      return {
        meta,
        outbox: await tx.objectStore("outbox").index("person").getAll(person),
        copies: await tx.objectStore("pending").index("person").getAll(person),
        records: isKnown ? null : await tx.objectStore("records").getAll(allOf(person)),
      }
    },
  )
  const changes = await readChanges(vault, copies)
  const items = records && (await readRecords(vault, records))
  return { meta, changes, outbox, items, isDamaged: (items?.length ?? 0) < (records?.length ?? 0) }
}

/**
 * While this is the same, so are the records: they change with it in one transaction (see intake.js).
 * @param {MetaRow | undefined} meta
 */
export function howFar({ cursor, epoch, fill, filled } = /** @type {MetaRow} */ ({})) {
  return JSON.stringify([cursor, epoch, fill, filled])
}
