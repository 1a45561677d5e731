const FIRST = 2_000
const LONGEST = 5 * 60_000

/**
 * How long to wait after the `tries`th failure in a row, in milliseconds: doubling, at most five minutes, and spread so
 * that a whole service does not come back in the same second.
 * @param {number} tries 1 after the first failure
 * @param {() => number} [random] from 0 up to 1
 */
export function delayAfter(tries, random = Math.random) {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(Math.max(tries - 1, 0), 20))
  return Math.round(ceiling / 2 + (ceiling / 2) * random())
}

/**
 * The wait a server asks for (RFC 9110 §10.2.3: seconds or a date), in milliseconds; null when it asks for none.
 * @param {string | null} header
 * @param {number} now milliseconds, by the server's clock when it has told it
 */
export function retryAfter(header, now) {
  if (!header) return null
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  // A clock or a proxy that is far off must not silence the device for days.
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 60 * 60_000) : null
}
