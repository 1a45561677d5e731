import { tidied } from "./wrapping.js"

const LENGTH = 12
const WORDS = 4
const DIFFERENT_LETTERS = 5

/** @typedef {"too_short" | "only_digits" | "too_simple"} PassphraseProblem */

/**
 * What is wrong with a new passphrase: at least twelve characters or four words, and no PIN: digits alone fall in hours.
 * @param {string} passphrase
 * @returns {PassphraseProblem | null}
 */
export function passphraseProblem(passphrase) {
  const text = tidied(passphrase)
  if (/^[\d\s\p{P}]+$/u.test(text)) return "only_digits"
  if (text.length < LENGTH && wordsOf(text).size < WORDS) return "too_short"
  if (new Set(text.toLowerCase()).size < DIFFERENT_LETTERS) return "too_simple"
  return null
}

/** @param {string} text */
function wordsOf(text) {
  return new Set(
    text
      .toLowerCase()
      .split(" ")
      .filter((word) => word.length > 1),
  )
}
