import { fromBase64Url, joined, toBase64Url, toUtf8 } from "../core/bytes.js"

/** @typedef {import("../store/meta.js").SealingKey} SealingKey */

/** @typedef {import("../../vendor/hpke.js").CipherSuite} CipherSuite */

const info = toUtf8("ledvei/1/operation")
/** @type {Promise<CipherSuite> | null} */
let ready = null

/**
 * Fetch what sealing needs: the heaviest part, which nobody needs before they write. A notebook opens only when it is here,
 * so that writing never waits for a network.
 * @returns {Promise<CipherSuite>}
 */
export function readyToSeal() {
  ready ??= makeSuite().catch((error) => {
    ready = null
    throw error
  })
  return ready
}

async function makeSuite() {
  const { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } = await import("../../vendor/hpke.js")
  return new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
}

/**
 * Close an operation so that only the server can open it: HPKE (RFC 9180) in base mode, the encapsulated key first.
 * @param {object} plain what goes in the envelope
 * @param {SealingKey} key the server's
 * @returns {Promise<{key: string, sealed: string}>}
 */
export async function sealOperation(plain, key) {
  const suite = await readyToSeal()
  const recipientPublicKey = await suite.kem.deserializePublicKey(fromBase64Url(key.public))
  const { enc, ct } = await suite.seal({ recipientPublicKey, info }, toUtf8(JSON.stringify(plain)))
  return { key: key.id, sealed: toBase64Url(joined(enc, ct)) }
}
