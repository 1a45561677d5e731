import { fromBase64Url, fromUtf8, joined, toBase64Url, toUtf8 } from "../core/bytes.js"
import { readyToSeal } from "./seal.js"

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./vault.js").Vault} Vault */

/**
 * A pair of keys for what is written while the vault is locked: the public half lies in the open and can only close, the
 * private one lies in the vault and opens.
 * @typedef {object} Pen
 * @property {string} public base64url of the uncompressed P-256 point
 * @property {Bytes} box the private half, encrypted
 */

const PLACE = ["pen"]
/** Bytes of an encapsulated key: an uncompressed P-256 point. */
const ENCAPSULATED = 65

/**
 * @param {Vault} vault unlocked
 * @returns {Promise<Pen>}
 */
export async function makePen(vault) {
  const { kem } = await readyToSeal()
  const { publicKey, privateKey } = await kem.generateKeyPair()
  const box = await vault.encrypt(await crypto.subtle.exportKey("jwk", privateKey), PLACE)
  return { public: toBase64Url(new Uint8Array(await kem.serializePublicKey(publicKey))), box }
}

/**
 * Close something with nothing but what lies in the open: HPKE (RFC 9180) in base mode, the encapsulated key first.
 * @param {Pen} pen
 * @param {string} person whose it is
 * @param {unknown} value anything that JSON can hold
 * @param {string[]} place where it will lie; it opens nowhere else
 * @returns {Promise<Bytes>}
 */
export async function writeWith(pen, person, value, place) {
  const suite = await readyToSeal()
  const recipientPublicKey = await suite.kem.deserializePublicKey(fromBase64Url(pen.public))
  const how = { recipientPublicKey, info: labelOf(person, place) }
  const { enc, ct } = await suite.seal(how, toUtf8(JSON.stringify(value)))
  return joined(new Uint8Array(enc), ct)
}

/**
 * @param {Pen} pen
 * @param {Vault} vault unlocked, of the same person
 * @param {Bytes} box that `writeWith` has closed
 * @param {string[]} place
 * @returns {Promise<any>}
 * @throws {import("./vault.js").VaultLocked} and when it is not what was put there
 */
export async function readWith(pen, vault, box, place) {
  const suite = await readyToSeal()
  // Both halves: Firefox cannot find the public one in the other (hpke-js, `derivePublicKey`).
  const privateKey = await suite.kem.importKey("jwk", await vault.decrypt(pen.box, PLACE), false)
  const publicKey = await suite.kem.deserializePublicKey(fromBase64Url(pen.public))
  const recipientKey = { privateKey, publicKey }
  const how = { recipientKey, enc: box.slice(0, ENCAPSULATED), info: labelOf(vault.person, place) }
  return JSON.parse(fromUtf8(await suite.open(how, box.slice(ENCAPSULATED))))
}

/**
 * @param {string} person
 * @param {string[]} place
 */
function labelOf(person, place) {
  return toUtf8(JSON.stringify(["ledvei/1/pen", person, ...place]))
}
