import { toUtf8 } from "../core/bytes.js"

/** @typedef {import("../core/bytes.js").Bytes} Bytes */

/** OWASP's figure for PBKDF2 with SHA-256 (Password Storage Cheat Sheet, 2023). */
export const ROUNDS = 600_000

/**
 * The data key, encrypted under a key that a passphrase makes.
 * @typedef {object} PassphraseWrapping
 * @property {"passphrase"} type
 * @property {Bytes} salt random, 16 bytes, for this wrapping alone
 * @property {number} rounds
 * @property {Bytes} iv
 * @property {Bytes} key
 */
/**
 * The same under a key that a passkey makes: what its pseudo-random function says to the salt (Web Authentication, level 3,
 * `prf`).
 * @typedef {object} PasskeyWrapping
 * @property {"passkey"} type
 * @property {Bytes} credential the passkey's id
 * @property {Bytes} salt random, 32 bytes, for this wrapping alone
 * @property {string} made ISO
 * @property {Bytes} iv
 * @property {Bytes} key
 */
/** @typedef {PassphraseWrapping | PasskeyWrapping} Wrapping */

/**
 * @param {Bytes} raw the data key
 * @param {string} person
 * @param {string} passphrase
 * @param {number} [rounds]
 * @returns {Promise<PassphraseWrapping>}
 */
export async function wrapKey(raw, person, passphrase, rounds = ROUNDS) {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const wrapper = await passphraseKey(passphrase, { salt, rounds })
  const key = new Uint8Array(await crypto.subtle.encrypt(wrappingCipher(iv, person), wrapper, raw))
  return { type: "passphrase", salt, rounds, iv, key }
}

/**
 * @param {Pick<Wrapping, "iv" | "key">} wrapping
 * @param {string} person
 * @param {CryptoKey} wrapper
 * @returns {Promise<Bytes | null>} null when it is the wrong key
 */
export async function unwrapKey({ iv, key }, person, wrapper) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(wrappingCipher(iv, person), wrapper, key))
  } catch {
    return null
  }
}

/**
 * @param {string} passphrase
 * @param {{salt: Bytes, rounds: number}} how
 */
export async function passphraseKey(passphrase, { salt, rounds }) {
  const secret = await crypto.subtle.importKey("raw", toUtf8(tidied(passphrase)), "PBKDF2", false, [
    "deriveKey",
  ])
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
}

/**
 * Phones add a space after a word and write å in two ways; neither is another passphrase.
 * @param {string} passphrase
 */
export function tidied(passphrase) {
  return passphrase.normalize("NFKC").trim().replace(/\s+/g, " ")
}

/**
 * @param {Bytes} iv
 * @param {string} person
 */
export function wrappingCipher(iv, person) {
  return { name: "AES-GCM", iv, additionalData: toUtf8(`ledvei/1/vault/${person}`) }
}
