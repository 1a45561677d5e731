import { makeVault, rewrapRow, unlockRow } from "../vault/vault.js"
import { forgetReadable, READABLE, wipe } from "./wipe.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("../vault/vault.js").Vault} Vault */
/** @typedef {import("../vault/vault.js").VaultRow} VaultRow */

/** After so many wrong passphrases in a row the readable copies go. What waits, sealed, stays and is still sent. */
export const TRIES = 10

/**
 * @typedef {object} Unlocking
 * @property {Vault | null} vault
 * @property {number} left how many tries before the readable copies go
 * @property {boolean} wiped they have just gone
 */

/**
 * @param {Store} store
 * @returns {Promise<string[]>} the people who have a vault here
 */
export function vaultPeople(store) {
  return store.read(["vaults"], (tx) => tx.objectStore("vaults").getAllKeys())
}

/**
 * @param {Store} store
 * @param {string} person
 * @param {string} passphrase
 * @param {{rounds?: number}} [options] for tests
 * @returns {Promise<Vault>} a new vault, in place of any older one of this person, whose readable copies are gone
 */
export async function createVault(store, person, passphrase, options) {
  const { vault, row } = await makeVault(person, passphrase, options)
  await store.write(READABLE, async (tx) => {
    await forgetReadable(tx, person)
    await tx.objectStore("vaults").put(row)
  })
  return vault
}

/**
 * Try the passphrase on one person's vault, or on each in turn: the lock screen names nobody, so that two people who
 * share a device cannot see of each other. Only a passphrase that opens none of them counts as wrong.
 * @param {Store} store
 * @param {string[]} people
 * @param {string} passphrase
 * @returns {Promise<Unlocking>}
 */
export async function openVault(store, people, passphrase) {
  const rows = await store.read(["vaults"], (tx) =>
    Promise.all(people.map((id) => tx.objectStore("vaults").get(id))),
  )
  for (const row of rows) {
    const vault = row && (await unlockRow(row, passphrase))
    if (!vault) continue
    await forgiveTries(store, people)
    return { vault, left: TRIES, wiped: false }
  }
  return countWrong(store, people)
}

/**
 * @param {Store} store
 * @param {string} person
 * @param {string} old
 * @param {string} passphrase
 * @param {{rounds?: number}} [options] for tests
 * @returns {Promise<boolean>} false when `old` is not the passphrase
 */
export async function changePassphrase(store, person, old, passphrase, options) {
  const row = await store.read(["vaults"], (tx) => tx.objectStore("vaults").get(person))
  const renewed = row && (await rewrapRow(row, old, passphrase, options))
  if (!renewed) return false
  await store.write(["vaults"], (tx) => tx.objectStore("vaults").put(renewed))
  return true
}

/**
 * @param {Store} store
 * @param {string[]} people
 * @returns {Promise<Unlocking>}
 */
function countWrong(store, people) {
  return store.write(READABLE, async (tx) => {
    const vaults = tx.objectStore("vaults")
    let left = TRIES
    for (const person of people) {
      const row = await vaults.get(person)
      if (!row) continue
      const wrong = row.wrong + 1
      left = Math.min(left, TRIES - wrong)
      if (wrong < TRIES) await vaults.put({ ...row, wrong })
      else await wipe(tx, person)
    }
    return { vault: null, left, wiped: left <= 0 }
  })
}

/**
 * @param {Store} store
 * @param {string[]} people
 */
export function forgiveTries(store, people) {
  return store.write(["vaults"], async (tx) => {
    for (const person of people) {
      const row = await tx.objectStore("vaults").get(person)
      if (row?.wrong) await tx.objectStore("vaults").put({ ...row, wrong: 0 })
    }
  })
}
