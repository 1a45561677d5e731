// The part of Web Crypto that the app uses, done at once by node:crypto. The browser's own works in threads, which end in
// another order every time; here the same seed must give the same run. The bytes are the same: the server opens them.
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  hkdfSync,
  pbkdf2Sync,
} from "node:crypto"

const TAG = 16
const CURVE = "prime256v1"
const HASHES = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" }

/** @param {BufferSource} source */
const bytesOf = (source) =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)

/** @param {Uint8Array} bytes an `ArrayBuffer` of its own, as Web Crypto gives */
const asBuffer = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)

const nameOf = (algorithm) => (typeof algorithm === "string" ? algorithm : algorithm.name)
const hashOf = (hash) => HASHES[nameOf(hash)]

class Key {
  constructor(type, algorithm, raw, more = {}) {
    Object.assign(this, { type, algorithm, raw, extractable: true, usages: [], ...more })
  }
}

/**
 * @param {() => number} next 32 random bits
 * @returns {Crypto}
 */
export function seededCrypto(next) {
  const fill = (view) => {
    const bytes = bytesOf(view)
    for (let place = 0; place < bytes.length; place += 4) {
      let value = next()
      for (let end = Math.min(place + 4, bytes.length), at = place; at < end; at += 1) {
        bytes[at] = value & 0xff
        value >>>= 8
      }
    }
    return view
  }
  const randomUUID = () => {
    const bytes = fill(new Uint8Array(16))
    bytes[6] = 0x40 | (bytes[6] & 0x0f)
    bytes[8] = 0x80 | (bytes[8] & 0x3f)
    return Buffer.from(bytes)
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  }
  return { getRandomValues: fill, randomUUID, subtle: new Subtle(fill) }
}

class Subtle {
  #fill

  constructor(fill) {
    this.#fill = fill
  }

  async digest(algorithm, data) {
    return asBuffer(createHash(hashOf(algorithm)).update(bytesOf(data)).digest())
  }

  async importKey(format, data, algorithm) {
    if (format === "jwk") return privateKeyOf(algorithm, new Uint8Array(Buffer.from(data.d, "base64url")))
    if (format !== "raw") throw new DOMException(`${format} is not known here`, "NotSupportedError")
    const raw = bytesOf(data).slice()
    const named = typeof algorithm === "string" ? { name: algorithm } : { ...algorithm }
    if (named.name !== "ECDH") return new Key("secret", named, raw)
    return new Key("public", named, raw)
  }

  async exportKey(format, key) {
    if (format === "jwk" && key.pair) return jwkOf(key)
    if (format !== "raw") throw new DOMException(`${format} is not known here`, "NotSupportedError")
    return asBuffer(key.raw)
  }

  async generateKey(algorithm) {
    if (algorithm.name === "AES-GCM") {
      return new Key("secret", algorithm, this.#fill(new Uint8Array(algorithm.length / 8)))
    }
    const secret = this.#fill(new Uint8Array(32))
    secret[0] &= 0x7f // below the order of the curve
    const privateKey = privateKeyOf(algorithm, secret)
    const publicKey = new Key("public", algorithm, new Uint8Array(privateKey.pair.getPublicKey()))
    return { publicKey, privateKey }
  }

  async deriveBits(algorithm, key, length) {
    if (algorithm.name === "ECDH") return asBuffer(shared(key, algorithm.public))
    const { salt, info, iterations, hash } = algorithm
    if (algorithm.name === "HKDF")
      return hkdfSync(hashOf(hash), key.raw, bytesOf(salt), bytesOf(info), length / 8)
    return asBuffer(pbkdf2Sync(key.raw, bytesOf(salt), iterations, length / 8, hashOf(hash)))
  }

  async deriveKey(algorithm, key, wanted) {
    const raw = await this.deriveBits(algorithm, key, wanted.length)
    return new Key("secret", wanted, new Uint8Array(raw))
  }

  async sign(_algorithm, key, data) {
    return asBuffer(createHmac(hashOf(key.algorithm.hash), key.raw).update(bytesOf(data)).digest())
  }

  async encrypt({ iv, additionalData }, key, data) {
    const cipher = createCipheriv(`aes-${key.raw.length * 8}-gcm`, key.raw, bytesOf(iv))
    if (additionalData) cipher.setAAD(bytesOf(additionalData))
    const start = cipher.update(bytesOf(data))
    return asBuffer(Buffer.concat([start, cipher.final(), cipher.getAuthTag()]))
  }

  async decrypt({ iv, additionalData }, key, data) {
    const bytes = bytesOf(data)
    try {
      const cipher = createDecipheriv(`aes-${key.raw.length * 8}-gcm`, key.raw, bytesOf(iv))
      if (additionalData) cipher.setAAD(bytesOf(additionalData))
      cipher.setAuthTag(bytes.subarray(bytes.length - TAG))
      const start = cipher.update(bytes.subarray(0, bytes.length - TAG))
      return asBuffer(Buffer.concat([start, cipher.final()]))
    } catch {
      throw new DOMException("The operation failed for an operation-specific reason", "OperationError")
    }
  }
}

/**
 * @param {{name: string}} algorithm
 * @param {Uint8Array} secret
 */
function privateKeyOf(algorithm, secret) {
  const pair = createECDH(CURVE)
  pair.setPrivateKey(secret)
  return new Key("private", algorithm, secret, { pair })
}

/** @param {Key} key private */
function jwkOf({ raw, pair }) {
  const [x, y] = [1, 33].map((start) =>
    pair
      .getPublicKey()
      .subarray(start, start + 32)
      .toString("base64url"),
  )
  return { kty: "EC", crv: "P-256", d: Buffer.from(raw).toString("base64url"), x, y }
}

/**
 * @param {Key} own
 * @param {Key} other
 */
function shared(own, other) {
  return new Uint8Array(own.pair.computeSecret(other.raw))
}
