const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * @param {string} text
 * @returns {Bytes} UTF-8
 */
export function toUtf8(text) {
  return encoder.encode(text)
}

/**
 * @param {BufferSource} bytes
 * @returns {string}
 */
export function fromUtf8(bytes) {
  return decoder.decode(bytes)
}

/**
 * @param {...(ArrayBuffer | Uint8Array)} parts
 * @returns {Bytes}
 */
export function joined(...parts) {
  const views = parts.map((part) => new Uint8Array(part))
  const whole = new Uint8Array(views.reduce((length, view) => length + view.length, 0))
  let at = 0
  for (const view of views) {
    whole.set(view, at)
    at += view.length
  }
  return whole
}

/**
 * Base64url without padding (RFC 4648 §5).
 * @param {Uint8Array} bytes
 */
export function toBase64Url(bytes) {
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

/**
 * @param {string} text
 * @returns {Bytes}
 * @throws {DOMException} when it is not base64url
 */
export function fromBase64Url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}
