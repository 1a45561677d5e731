import { toBase64Url } from "../core/bytes.js"
import { makeVault, rawKey, rewrapRow, unlockRow } from "../vault/vault.js"
import { tidied } from "./problem.js"
import { forgetReadable, READABLE, wipe } from "./wipe.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("../vault/vault.js").Vault} Vault */
/** @typedef {import("../vault/vault.js").VaultRow} VaultRow */

/** After so many wrong passphrases in a row the readable copies go. What waits, sealed, stays and is still sent. */
export const TRIES = 10

/** Somebody else on the device has this passphrase: each would open the other's. */
export class PassphraseTaken extends Error {
  name = "PassphraseTaken"
  code = "taken"
}

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
 * @throws {PassphraseTaken}
 */
export async function changePassphrase(store, person, old, passphrase, options) {
  const row = await store.read(["vaults"], (tx) => tx.objectStore("vaults").get(person))
  const renewed = row && (await rewrapRow(row, old, passphrase, options))
  if (!renewed) return false
  await seeItIsFree(store, person, passphrase)
  return putWrappings(store, row, renewed)
}

/**
 * The lock screen asks nobody for a name, so a passphrase must not be two people's.
 * @param {Store} store
 * @param {string} person who wants it
 * @param {string} passphrase
 * @throws {PassphraseTaken}
 */
export async function seeItIsFree(store, person, passphrase) {
  const rows = await store.read(["vaults"], (tx) => tx.objectStore("vaults").getAll())
  for (const row of rows.filter((each) => each.person !== person)) {
    const found = await rawKey(row, passphrase)
    found?.raw.fill(0)
    if (found) throw new PassphraseTaken()
  }
}

/**
 * Other ways in to the same vault; unless another tab has changed them, or begun anew, meanwhile: then these belong to what
 * is gone.
 * @param {Store} store
 * @param {VaultRow} row as it was
 * @param {VaultRow} renewed
 * @returns {Promise<boolean>} whether it was still the same
 */
export function putWrappings(store, row, { wrappings }) {
  return store.write(["vaults"], async (tx) => {
    const now = await tx.objectStore("vaults").get(row.person)
    const isSame = now !== undefined && keysOf(now) === keysOf(row)
    if (isSame) await tx.objectStore("vaults").put({ ...now, wrappings })
    return isSame
  })
}

/** @param {VaultRow} row */
function keysOf({ wrappings }) {
  return wrappings.map(({ key }) => toBase64Url(key)).join(" ")
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
  const forgiven = store.write(["vaults"], async (tx) => {
    for (const person of people) {
      const row = await tx.objectStore("vaults").get(person)
      if (row?.wrong) await tx.objectStore("vaults").put({ ...row, wrong: 0 })
    }
  })
  return tidied(forgiven)
}
