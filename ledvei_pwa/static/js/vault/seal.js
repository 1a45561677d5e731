import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "../../vendor/hpke.js"
import { fromBase64Url, joined, toBase64Url, toUtf8 } from "../core/bytes.js"

/** @typedef {import("../store/meta.js").SealingKey} SealingKey */

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const info = toUtf8("ledvei/1/operation")

/**
 * Close an operation so that only the server can open it: HPKE (RFC 9180) in base mode, the encapsulated key first.
 * @param {object} plain what goes in the envelope
 * @param {SealingKey} key the server's
 * @returns {Promise<{key: string, sealed: string}>}
 */
export async function sealOperation(plain, key) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(fromBase64Url(key.public))
  const { enc, ct } = await suite.seal({ recipientPublicKey, info }, toUtf8(JSON.stringify(plain)))
  return { key: key.id, sealed: toBase64Url(joined(enc, ct)) }
}
