import { keptEpoch } from "./meta.js"

// Safe in the worker. The server acknowledges what is on its disk; then the disk is replaced by yesterday's copy. So what it
// has acknowledged stays here, sealed as it was, longer than a backup should be old, and is sent again in a new epoch.

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./db.js").Transaction} Transaction */
/** @typedef {import("./outbox.js").OutboxRow} OutboxRow */

/**
 * @typedef {object} KeptRow
 * @property {string} id of the operation
 * @property {string} person
 * @property {string} device
 * @property {number} number
 * @property {number} [place] that it had in the outbox, and has again
 * @property {string} key
 * @property {string} sealed
 * @property {string} at
 * @property {string} taken ISO, by the server's clock: the device's may be years off
 * @property {Bytes | null} box its readable copy, encrypted, once it is not needed in `pending` any more
 */

const KEPT_FOR = 30 * 24 * 60 * 60_000

/**
 * The server has it.
 * @param {Transaction} tx over `outbox` and `kept`
 * @param {OutboxRow} row
 * @param {{number: number, taken: string}} how
 */
export async function keep(tx, { state: _state, ...row }, { number, taken }) {
  await tx.objectStore("outbox").delete(/** @type {number} */ (row.place))
  await tx.objectStore("kept").put({ ...row, number, taken, box: null })
}

/**
 * The readable copy is not needed for showing any more: it goes where the sealed one lies.
 * @param {Transaction} tx over `pending` and `kept`
 * @param {string} id of the operation
 */
export async function letGo(tx, id) {
  const copy = await tx.objectStore("pending").get(id)
  if (copy?.state !== "sent") return
  await tx.objectStore("pending").delete(id)
  const row = await tx.objectStore("kept").get(id)
  if (row) await tx.objectStore("kept").put({ ...row, box: copy.box })
}

/**
 * The service has come back from a backup: all that it had acknowledged goes back to the outbox, of everybody here who knew
 * it by the same epoch, and what has come in a sealed file of somebody who has nothing else here to know it by. It knows by
 * the ids what it has still.
 * @param {Transaction} tx over `meta`, `outbox`, `pending` and `kept`
 * @param {{from: string | null, to: string, now: string}} epochs
 */
export async function sendAgain(tx, { from, to, now }) {
  const metas = tx.objectStore("meta")
  const all = await metas.getAll()
  for (const meta of all) {
    if (keptEpoch(meta) !== from) continue
    const sent_again = (meta.sent_again ?? 0) + (await putBack(tx, "person", meta.person))
    await metas.put({ ...meta, kept_epoch: to, acknowledged: 0, restored: now, sent_again })
  }
  const here = new Set(all.map(({ person }) => person))
  const rows = await tx.objectStore("kept").getAll()
  const others = new Set(rows.map(({ person }) => person).filter((person) => !here.has(person)))
  for (const person of others) await putBack(tx, "person", person)
}

/**
 * @param {Transaction} tx over `outbox`, `pending` and `kept`
 * @param {"person" | "device"} whose
 * @param {string} id
 * @returns {Promise<number>} how many
 */
export async function putBack(tx, whose, id) {
  const rows = await tx.objectStore("kept").index(whose).getAll(id)
  // Each at its place: before all that has been written since.
  for (const { taken: _taken, box, ...row } of rows) {
    await tx.objectStore("kept").delete(row.id)
    await tx.objectStore("outbox").add({ ...row, state: "waiting" })
    await wait(tx, row, box)
  }
  return rows.length
}

/**
 * @param {Transaction} tx over `kept`
 * @param {string} now ISO, the server's
 */
export async function forgetOld(tx, now) {
  const kept = tx.objectStore("kept")
  const oldest = new Date(Date.parse(now) - KEPT_FOR).toISOString()
  for (const id of await kept.index("taken").getAllKeys(IDBKeyRange.upperBound(oldest))) await kept.delete(id)
}

/**
 * @param {Transaction} tx over `pending`
 * @param {{id: string, person: string, number: number}} row
 * @param {Bytes | null} box
 */
async function wait(tx, { id, person, number }, box) {
  const pending = tx.objectStore("pending")
  const copy = (await pending.get(id)) ?? (box && { id, person, number, box })
  if (copy) await pending.put({ ...copy, state: "waiting", revision: null })
}
