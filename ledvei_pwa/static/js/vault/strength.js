import { tidied } from "./wrapping.js"

/**
 * Guesses a second of one of the fastest graphics cards: 8.9 million with 999 rounds (hashcat's own table, mode 10900, an RTX
 * 4090), of which ours are 600,000.
 */
const GUESSES = 15_000

// In bits. Who guesses knows which words people use, and which ones are suggested here.
const SUGGESTED = 10
const WORD = 13
const LETTER = 4.7
const DIGIT = 3.3
const OTHER_SIGN = 5
const KNOWN = 3
const CAPITAL = 1
/** Letters of one word. More are several put together. */
const LONGEST = 12

const EASY =
  /^(?:passord|passfrase|passphrase|password|ledvei|barnevern\w*|veiledning|rettleiing|velkomm?en|hemmelig|norge|noreg)$/
const IN_A_ROW = "abcdefghijklmnopqrstuvwxyzæøå 01234567890 qwertyuiopå asdfghjkløæ zxcvbnm"

/**
 * How hard a passphrase is to guess, counted low: as by somebody who knows how passphrases are made, and tries what is likely
 * first. What it cannot know is whether the words belong together, as in a saying.
 * @param {string} passphrase
 * @param {ReadonlySet<string>} suggested words
 * @returns {number} bits
 */
export function bitsOf(passphrase, suggested) {
  const parts = tidied(passphrase).match(/\p{L}+|\d+|[^\p{L}\d\s]+/gu) ?? []
  const seen = new Set()
  let bits = 0
  for (const part of parts) {
    const plain = part.toLowerCase()
    const isAgain = seen.has(plain)
    seen.add(plain)
    bits += (isAgain ? 1 : bitsOfPart(plain, suggested)) + (part === plain ? 0 : CAPITAL)
  }
  return bits
}

/**
 * @param {number} bits
 * @returns {number} seconds until half of all has been tried, with one fast machine
 */
export function secondsToGuess(bits) {
  return 2 ** (bits - 1) / GUESSES
}

/** @param {string} plain in small letters @param {ReadonlySet<string>} suggested */
function bitsOfPart(plain, suggested) {
  if (suggested.has(plain)) return SUGGESTED
  const isRow = plain.length > 2 && IN_A_ROW.includes(plain)
  if (isRow || EASY.test(plain) || new Set(plain).size === 1) return KNOWN
  if (/^(?:19|20)\d\d$/.test(plain)) return 2 * DIGIT
  if (/^\d/.test(plain)) return Math.min(plain.length, 5) * DIGIT
  if (/^\p{L}/u.test(plain)) return Math.min(plain.length * LETTER, WORD * Math.ceil(plain.length / LONGEST))
  return Math.min(plain.length, 2) * OTHER_SIGN
}
