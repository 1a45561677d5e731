import { toUtf8 } from "./bytes.js"

// The twin of the digest in platform/feed.py; both run tests/shared/digest_cases.json.

/** @typedef {{type: string, id: string, version: number}} Subject */
/** @typedef {{count: number, hash: string}} Digest */

/** @type {Map<string, Uint8Array>} what has been hashed before, since most subjects do not change between two syncs */
const marks = new Map()

/**
 * Count and hash of everything a person may see: the XOR of SHA-256(`type:id:version`), its first 16 bytes, in hex.
 * @param {Iterable<Subject>} subjects
 * @returns {Promise<Digest>}
 */
export async function digestOf(subjects) {
  const all = await Promise.all(Array.from(subjects, markOf))
  const sum = new Uint8Array(16)
  for (const mark of all) for (let place = 0; place < 16; place += 1) sum[place] ^= mark[place]
  return { count: all.length, hash: Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("") }
}

/** @param {Subject} subject */
async function markOf({ type, id, version }) {
  const text = `${type}:${id}:${version}`
  const known = marks.get(text)
  if (known) return known
  const mark = new Uint8Array(await crypto.subtle.digest("SHA-256", toUtf8(text)), 0, 16)
  marks.set(text, mark)
  return mark
}

/**
 * @param {Digest | null} one
 * @param {Digest | null} other
 */
export function digestsAgree(one, other) {
  return one !== null && other !== null && one.count === other.count && one.hash === other.hash
}
