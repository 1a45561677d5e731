import { fromUtf8, joined, toUtf8 } from "../core/bytes.js"
import { passphraseKey, unwrapKey, wrapKey } from "./wrapping.js"

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./wrapping.js").Wrapping} Wrapping */

/**
 * One row for each person on the device. More ways to unwrap the same key (a passkey) are more wrappings.
 * @typedef {object} VaultRow
 * @property {string} person
 * @property {Wrapping[]} wrappings
 * @property {number} wrong passphrases in a row
 * @property {import("./pen.js").Pen} [pen] for what is written while it is locked
 */

/** The vault is locked: there is no key in this page. */
export class VaultLocked extends Error {
  name = "VaultLocked"
}

/** Something is not what was put there under that place, or another key made it. */
export class VaultUnreadable extends Error {
  name = "VaultUnreadable"
}

const IV = 12

/**
 * An unlocked vault: keeps the data key in memory until `lock()`. Dispatches `lock`.
 */
export class Vault extends EventTarget {
  /** @type {CryptoKey | null} */
  #key

  /**
   * @param {string} person
   * @param {CryptoKey} key AES-256-GCM
   */
  constructor(person, key) {
    super()
    this.person = person
    this.#key = key
  }

  get isLocked() {
    return this.#key === null
  }

  /**
   * @param {unknown} value anything that JSON can hold
   * @param {string[]} place where it will lie; it opens nowhere else
   * @returns {Promise<Bytes>}
   * @throws {VaultLocked}
   */
  async encrypt(value, place) {
    const iv = crypto.getRandomValues(new Uint8Array(IV))
    const how = { name: "AES-GCM", iv, additionalData: this.#label(place) }
    return joined(iv, await crypto.subtle.encrypt(how, this.#openKey(), toUtf8(JSON.stringify(value))))
  }

  /**
   * @param {Bytes} box
   * @param {string[]} place
   * @returns {Promise<any>}
   * @throws {VaultLocked | VaultUnreadable}
   */
  async decrypt(box, place) {
    const how = { name: "AES-GCM", iv: box.subarray(0, IV), additionalData: this.#label(place) }
    const key = this.#openKey()
    const plain = await crypto.subtle.decrypt(how, key, box.subarray(IV)).catch((cause) => {
      throw new VaultUnreadable(`Unreadable: ${place[0]}`, { cause })
    })
    return JSON.parse(fromUtf8(plain))
  }

  lock() {
    if (this.isLocked) return
    this.#key = null
    this.dispatchEvent(new Event("lock"))
  }

  #openKey() {
    if (!this.#key) throw new VaultLocked("The vault is locked")
    return this.#key
  }

  /** @param {string[]} place */
  #label(place) {
    return toUtf8(JSON.stringify(["ledvei/1", this.person, ...place]))
  }
}

/**
 * What lies in a box, or null when it cannot be read: one damaged row must keep nobody from all the others.
 * @param {Vault} vault
 * @param {Bytes} box
 * @param {string[]} place
 * @returns {Promise<any>}
 * @throws {VaultLocked}
 */
export function readable(vault, box, place) {
  return vault.decrypt(box, place).catch((error) => {
    if (vault.isLocked) throw error
    return null
  })
}

/**
 * @param {string} person
 * @param {string} passphrase
 * @param {{rounds?: number}} [options] fewer rounds are for tests
 * @returns {Promise<{vault: Vault, row: VaultRow}>} the row to keep; nothing is stored here
 */
export async function makeVault(person, passphrase, { rounds } = {}) {
  const raw = crypto.getRandomValues(new Uint8Array(32))
  const wrapping = await wrapKey(raw, person, passphrase, rounds)
  return { vault: await vaultFrom(person, raw), row: { person, wrappings: [wrapping], wrong: 0 } }
}

/**
 * @param {VaultRow} row
 * @param {string} passphrase
 * @returns {Promise<Vault | null>} null when the passphrase opens no wrapping
 */
export async function unlockRow(row, passphrase) {
  const found = await rawKey(row, passphrase)
  return found && vaultFrom(row.person, found.raw)
}

/**
 * The same data key under another passphrase: nothing that lies on the device need be touched.
 * @param {VaultRow} row
 * @param {string} old
 * @param {string} passphrase
 * @param {{rounds?: number}} [options]
 * @returns {Promise<VaultRow | null>} null when the old one opens no wrapping
 */
export async function rewrapRow(row, old, passphrase, { rounds } = {}) {
  const found = await rawKey(row, old)
  if (!found) return null
  const renewed = await wrapKey(found.raw, row.person, passphrase, rounds)
  found.raw.fill(0)
  return { ...row, wrappings: row.wrappings.map((each) => (each === found.wrapping ? renewed : each)) }
}

/**
 * The data key itself: wipe it as soon as it has been used.
 * @param {VaultRow} row
 * @param {string} passphrase
 * @returns {Promise<{raw: Bytes, wrapping: Wrapping} | null>} null when the passphrase opens no wrapping
 */
export async function rawKey(row, passphrase) {
  for (const wrapping of row.wrappings) {
    if (wrapping.type !== "passphrase") continue
    const raw = await unwrapKey(wrapping, row.person, await passphraseKey(passphrase, wrapping))
    if (raw) return { raw, wrapping }
  }
  return null
}

/**
 * @param {string} person
 * @param {Bytes} raw the data key; it is wiped
 */
export async function vaultFrom(person, raw) {
  const vault = new Vault(person, await importDataKey(raw))
  raw.fill(0)
  return vault
}

/** @param {Bytes} raw */
function importDataKey(raw) {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"])
}
