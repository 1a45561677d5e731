import { toBase64Url, toUtf8 } from "../core/bytes.js"
import { rawKey, vaultFrom } from "./vault.js"
import { unwrapKey, wrappingCipher } from "./wrapping.js"

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./vault.js").Vault} Vault */
/** @typedef {import("./vault.js").VaultRow} VaultRow */
/** @typedef {import("./wrapping.js").PasskeyWrapping} PasskeyWrapping */
/** @typedef {Pick<PasskeyWrapping, "credential" | "salt">} Way */

/**
 * What a passkey has answered: its id, and what its function says to the salt. Whoever has that opens the vault.
 * @typedef {{credential: Bytes, secret: Bytes}} Answer
 */

/**
 * The data key under one more way in. The passphrase goes on opening it.
 * @param {VaultRow} row
 * @param {string} passphrase
 * @param {Answer & {salt: Bytes, made: string}} passkey
 * @returns {Promise<VaultRow | null>} null when it is not the passphrase
 */
export async function withPasskey(row, passphrase, { credential, secret, salt, made }) {
  const found = await rawKey(row, passphrase)
  if (!found) return null
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const how = wrappingCipher(iv, row.person)
  const key = new Uint8Array(await crypto.subtle.encrypt(how, await keyFrom(secret), found.raw))
  found.raw.fill(0)
  const wrapping = /** @type {PasskeyWrapping} */ ({ type: "passkey", credential, salt, made, iv, key })
  return { ...row, wrappings: [...withoutPasskey(row, credential).wrappings, wrapping] }
}

/**
 * The passphrase always stays: a passkey can be lost with the account that keeps it.
 * @param {VaultRow} row
 * @param {Bytes} credential
 * @returns {VaultRow}
 */
export function withoutPasskey(row, credential) {
  const wrappings = row.wrappings.filter((each) => each.type !== "passkey" || !isIt(each, credential))
  return { ...row, wrappings }
}

/** @param {VaultRow} row @returns {PasskeyWrapping[]} */
export function passkeysOf(row) {
  return row.wrappings.filter((each) => each.type === "passkey")
}

/**
 * @param {VaultRow} row
 * @param {Answer} answer
 * @returns {Promise<Vault | null>} null when it opens no wrapping here
 */
export async function openRow(row, { credential, secret }) {
  for (const wrapping of passkeysOf(row).filter((each) => isIt(each, credential))) {
    const raw = await unwrapKey(wrapping, row.person, await keyFrom(secret))
    if (raw) return vaultFrom(row.person, raw)
  }
  return null
}

/**
 * Ask the browser for a passkey. It needs no network, and no server checks the answer: what it says opens the vault, or not.
 * @param {{ways: Way[]} | {salt: Bytes}} about those that open something here, or the salt for one that is chosen now
 * @returns {Promise<Answer | null>} null when the passkey has no such function
 * @throws {DOMException} when the person or the browser says no
 */
export async function askForPasskey(about) {
  const known = "ways" in about ? about.ways : []
  const evalByCredential = Object.fromEntries(
    known.map(({ credential, salt }) => [toBase64Url(credential), { first: salt }]),
  )
  const prf = "ways" in about ? { evalByCredential } : { eval: { first: about.salt } }
  const publicKey = {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    allowCredentials: known.map(({ credential: id }) => ({ type: /** @type {const} */ ("public-key"), id })),
    userVerification: /** @type {const} */ ("required"),
    extensions: { prf },
  }
  const found = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({ publicKey }))
  const secret = found.getClientExtensionResults().prf?.results?.first
  if (!secret) return null
  return { credential: new Uint8Array(found.rawId), secret: bytesOf(secret) }
}

/** @param {BufferSource} source */
function bytesOf(source) {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(/** @type {Bytes} */ (source))
    : new Uint8Array(/** @type {ArrayBuffer} */ (source))
}

/** @param {PasskeyWrapping} wrapping @param {Bytes} credential */
function isIt(wrapping, credential) {
  return toBase64Url(wrapping.credential) === toBase64Url(credential)
}

/** @param {Bytes} secret */
async function keyFrom(secret) {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"])
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: toUtf8("ledvei/1/passkey") }
  return crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ])
}
