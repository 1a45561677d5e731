import { allOf } from "./db.js"

// Safe in the worker: what is readable here goes, and no key is needed for that. What waits, sealed, stays.

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./db.js").Transaction} Transaction */

/** The tables with something readable in them. */
export const READABLE = /** @type {import("./db.js").TableName[]} */ ([
  "vaults",
  "records",
  "drafts",
  "pending",
  "kept",
])

/**
 * The person has forgotten the passphrase: everything readable goes.
 * @param {Store} store
 * @param {string} person
 */
export function wipeReadable(store, person) {
  return store.write(READABLE, (tx) => wipe(tx, person))
}

/**
 * The server says that this device has been closed: the same. What somebody wrote here on a device of before is no reason,
 * when they have been registered again since.
 * @param {Store} store
 * @param {string} person
 * @param {string} device
 * @returns {Promise<boolean>} whether it is their device
 */
export function wipeClosed(store, person, device) {
  return store.write([...READABLE, "meta"], async (tx) => {
    const isTheirs = (await tx.objectStore("meta").get(person))?.device === device
    if (isTheirs) await wipe(tx, person)
    return isTheirs
  })
}

/**
 * @param {Transaction} tx over `READABLE`
 * @param {string} person
 */
export async function wipe(tx, person) {
  await forgetReadable(tx, person)
  await tx.objectStore("vaults").delete(person)
}

/**
 * @param {Transaction} tx over `READABLE`
 * @param {string} person
 */
export async function forgetReadable(tx, person) {
  await tx.objectStore("records").delete(allOf(person))
  await tx.objectStore("drafts").delete(allOf(person))
  const pending = tx.objectStore("pending")
  for (const id of await pending.index("person").getAllKeys(person)) await pending.delete(id)
  const kept = tx.objectStore("kept")
  for (const row of await kept.index("person").getAll(person))
    if (row.box) await kept.put({ ...row, box: null })
}
