// Finds what may tell who a Norwegian text is about. The twin of kernel/identifiers.py, where the patterns are explained;
// both run tests/shared/identifiers_cases.json.

import { FIRST_SOUNDS } from "./first_names.js"

/** @typedef {"identity" | "email" | "case" | "address" | "phone" | "name"} Kind */
/** @typedef {"out" | "child" | "case" | "home" | "mother" | "father" | "girl" | "boy" | "colleague"} Neutral */
/**
 * @typedef {object} Finding a place in a text
 * @property {Kind} kind
 * @property {number} start in UTF-16 units, as all of JavaScript counts (the Python twin counts code points)
 * @property {number} end the first after it
 */

/**
 * Neutral words by kind, the first is the one to suggest. "out" is to take it away; the words themselves are the page's.
 * @type {Record<Kind, Neutral[]>}
 */
export const INSTEAD = {
  identity: ["out", "child"],
  email: ["out"],
  case: ["case", "out"],
  address: ["home", "out"],
  phone: ["out"],
  name: ["mother", "father", "girl", "boy", "child", "colleague"],
}

const SPACE = "[ \u00a0\u2009\u202f]"
const LETTER = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
const CAPITAL = "[A-ZÀ-ÖØ-ÞČĐŊŠŽ]"

const WRITTEN = RegExp(
  `(?<![0-9])(?=(([0-9]{2})(?:${SPACE}|[./-])?([0-9]{2})(?:${SPACE}|[./-])?([0-9]{2})` +
    `(?:${SPACE}?[.–-]?${SPACE}?)([0-9]{3})${SPACE}?([0-9]{2}))(?![0-9]))`,
  "g",
)
const FIRST_WEIGHTS = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0]
const SECOND_WEIGHTS = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]

const EMAIL = RegExp(
  `(?<![${LETTER}0-9_.+%-])[${LETTER}0-9_.+%-]{1,64}@[${LETTER}0-9-]{1,63}(?:\\.[${LETTER}0-9-]{1,63}){1,5}`,
  "g",
)

const CASE_NAMED = RegExp(
  `(?<![${LETTER}0-9])(?:[Ss]aks(?:nr|nummer)\\.?:?${SPACE}?[0-9][0-9/-]{1,14}[0-9]` +
    `|[Ss]ak(?:${SPACE}nr\\.?)?${SPACE}[0-9]{2,4}/[0-9]{1,7}(?:-[0-9]{1,4})?)(?![0-9])`,
  "g",
)
const CASE = /(?<![0-9/.,-])((?:19|20)?[0-3][0-9])\/([0-9]{2,7})(-[0-9]{1,4})?(?![0-9/])(?![.,-][0-9])/g
const CASE_OF_COURT = /(?<![0-9-])[0-9]{2}-[0-9]{4,6}[A-ZÆØÅ]{3}(?:-[A-ZÆØÅ]{4})?(?:\/[0-9]{1,2})?/g

const HOUSE =
  `${SPACE}[0-9]{1,4}(?:[A-Za-z]|${SPACE}[A-H])?(?![${LETTER}0-9])(?![.:,/][0-9])` +
  `(?!${SPACE}?(?:%|(?:km|m|meter|kr|kroner|minutter|timer|timar|dager|dagar|uker|veker` +
  `|måneder|månader|år|ganger|gonger|barn)(?![${LETTER}])))`
const ADDRESS = RegExp(
  `(?<![${LETTER}0-9])(?:` +
    `(?:(?:${CAPITAL}[${LETTER}]{1,4}re|Gamle|Nye|Store|Lille|Vesle)${SPACE})?` +
    `(?![Hh]alvvei)[${LETTER}][${LETTER}-]{1,25}(?:gat[ae]|gaten|veien|vegen|vei|veg)` +
    `|${CAPITAL}[${LETTER}-]{2,25}(?:bakken|stien|stigen|all[eé]|plassen|plass|tunet|åsen|haugen` +
    "|kroken|svingen|toppen|ringen|terrasse|jordet|torget|brygga|lia)" +
    `|(?!(?:Ved|Fra|Frå|Til|Mot|Bor|Bur|Der|Utenfor|Utanfor)${SPACE})` +
    `(?:${CAPITAL}[${LETTER}'.-]{1,25}${SPACE}){1,3}` +
    "(?:gat[ae]|veien|vegen|vei|veg|plass|all[eé]|terrasse|torg|brygge|sti)" +
    `)${HOUSE}`,
  "g",
)

const PHONE = RegExp(
  `\\(?(?:\\+|(?<![0-9])00)(?:47\\)?(?:${SPACE}?[0-9]){8}|(?:4[568]|[1-35-9][0-9]{0,2})\\)?(?:${SPACE}?[0-9]){7,11})` +
    "(?![0-9])" +
    "|(?<![0-9])(?<![0-9][ \u00a0.,:/+-])(?<![Uu]ker? )(?<![Vv]eker? )(?!20)(?:" +
    `[2-79][0-9]{7}|[2-79][0-9](?:${SPACE}[0-9]{2}){3}|[49][0-9]{2}${SPACE}[0-9]{2}${SPACE}[0-9]{3}` +
    `|[49][0-9]{2}${SPACE}[0-9]{3}${SPACE}[0-9]{2}|[49][0-9]${SPACE}[0-9]{3}${SPACE}(?!000)[0-9]{3}` +
    `|[49][0-9]{3}${SPACE}[0-9]{4})` +
    `(?![0-9])(?!${SPACE}[0-9])(?![.,:/-][0-9])(?!${SPACE}?(?:kr|mill|%|,-))`,
  "g",
)

/** @type {[RegExp, string][]} */
const SOUNDS = [
  [/ch?/g, "k"],
  [/ph/g, "f"],
  [/th/g, "t"],
  [/w/g, "v"],
  [/y/g, "i"],
  [/z/g, "s"],
  [/(.)\1+/g, "$1"],
  [/[ae]h?$/, "a"],
]
const WORD = RegExp(`[${LETTER}](?:[${LETTER}'’-]{0,38}[${LETTER}])?`, "g")
const BETWEEN = RegExp(`^${SPACE}{1,2}$`)
const AFTER_AN_INITIAL = RegExp(`^\\.?${SPACE}{1,2}$`)
const SURNAME = RegExp(`^[${LETTER}]{2,}sen$`)
const PARTICLES = /^(?:van|von|der|af|el|al|bint?|ibn|dos)$/
const COMMON =
  /^(?:jeg|eg|vi|me|hun|ho|han|dei?|det|da|den|der|dette|så|og|men|når|hva|kva|for|mor|far|nav|bup|ppt|ja|nei)$/
const INSTITUTION = RegExp(
  `^[${LETTER}-]*(?:vernet|politiet|skolen|skulen|barnehagen|kommunen?|nemnda|kontoret|tjenesten|tenesta|teamet|loven|lova` +
    "|senteret|retten|forvalt[ea]ren|ombudet|bufdir|bufetat|legevakta|institusjonen)s?$",
)
const NAMED_AFTER_SOMEBODY =
  /^(?:gat[ae]|vei|veien|veg|vegen|plass|allé|skole|skule|barnehage|sykehus|sjukehus|hospital|kirke|kyrkje|universitet|legat|stiftelse)$/

/**
 * Whether a valid national identity number stands somewhere in the text: the server refuses those.
 * @param {string} text
 */
export function hasIdentityNumber(text) {
  return identities(text).length > 0
}

/**
 * All that may tell who it is about, in the order of the text. Nothing is found twice.
 * @param {string} text
 * @returns {Finding[]}
 */
export function findIdentifiers(text) {
  /** @type {Finding[]} */
  const found = []
  /** @param {Kind} kind @param {[number, number][]} spans */
  const take = (kind, spans) => {
    for (const [start, end] of spans)
      if (found.every((other) => end <= other.start || other.end <= start)) found.push({ kind, start, end })
  }
  // The surer comes first: an address may hold what looks like a name, a case number what looks like a telephone.
  take("identity", identities(text))
  take("email", spansOf(EMAIL, text))
  take("case", spansOf(CASE_NAMED, text))
  take("case", spansOf(CASE_OF_COURT, text))
  take("case", spansOf(CASE, text, isCase))
  take("address", spansOf(ADDRESS, text))
  take("phone", spansOf(PHONE, text))
  take("name", names(text))
  return found.sort((one, other) => one.start - other.start)
}

/**
 * @param {RegExp} pattern
 * @param {string} text
 * @param {(match: RegExpExecArray) => boolean} [isMeant]
 * @returns {[number, number][]}
 */
function spansOf(pattern, text, isMeant = () => true) {
  return [...text.matchAll(pattern)]
    .filter(isMeant)
    .map(({ 0: whole, index }) => [index, index + whole.length])
}

/** @param {string} text @returns {[number, number][]} */
function identities(text) {
  return [...text.matchAll(WRITTEN)]
    .filter(([, , ...parts]) => isIdentityNumber(parts.join("")))
    .map(({ 1: whole, index }) => [index, index + whole.length])
}

/**
 * Eleven digits that are a possible birth date with the right check digits.
 * @param {string} digits
 */
export function isIdentityNumber(digits) {
  const day = Number(digits.slice(0, 2))
  const month = Number(digits.slice(2, 4))
  /** @param {number[]} weights */
  const rest = (weights) =>
    weights.reduce((sum, weight, place) => sum + weight * Number(digits[place]), 0) % 11
  const isDay = (day >= 1 && day <= 31) || (day >= 41 && day <= 71)
  const isMonth = [0, 40, 65, 80].some((added) => month - added >= 1 && month - added <= 12)
  return isDay && isMonth && rest(FIRST_WEIGHTS) <= 3 && rest(SECOND_WEIGHTS) === 0
}

/** 24/7, 12/03-2026, 03/2026 and the school year 2024/2025 are none. @param {RegExpExecArray} match */
function isCase([, year, number, part]) {
  if (year.length === 4) return Boolean(part) || (number.length > 2 && Number(number) !== Number(year) + 1)
  return number.length > 3 && (Boolean(part) || number.length > 4 || !/^(?:19|20)/.test(number))
}

/** @typedef {{text: string, start: number, end: number}} Word */

/** @param {string} text @returns {[number, number][]} */
function names(text) {
  const words = Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  }))
  /** @type {[number, number][]} */
  const found = []
  for (let place = 0; place < words.length - 1; place += 1) {
    const last = lastOfName(text, words, place)
    if (last > place && !isNamedAfter(text, words, last)) found.push([words[place].start, words[last].end])
    place = last
  }
  return found
}

/**
 * Where the name ends that begins with the word at `first`; `first` itself when none does.
 * @param {string} text @param {Word[]} words @param {number} first
 */
function lastOfName(text, words, first) {
  if (!beginsName(text, words, first)) return first
  let last = first
  for (let place = first; place + 1 < words.length && last < first + 4 && areJoined(text, words, place); ) {
    place += 1
    if (mayBeName(words[place].text, words[first].text)) last = place
    else if (!PARTICLES.test(words[place].text)) break
  }
  return last
}

/** @param {string} text @param {Word[]} words @param {number} first */
function beginsName(text, words, first) {
  const word = words[first].text
  if (!isCapitalised(word)) return false
  if (firstSounds().has(soundOf(word.split("-")[0]))) return true
  const after = words[first + 1]?.text ?? ""
  const isSurname = SURNAME.test(after) && isCapitalised(after)
  return isSurname && word.length > 1 && mayBeName(word, word) && areJoined(text, words, first)
}

/** Seventeen bits of a name as it sounds: Kristine and Christina are one. @param {string} name */
function soundOf(name) {
  let bits = 0
  for (const letter of SOUNDS.reduce(
    (word, [sound, letters]) => word.replace(sound, letters),
    name.toLowerCase(),
  ))
    bits = (bits * 41 + letter.charCodeAt(0)) & 0x1ffff
  return bits
}

/** @type {Set<number> | undefined} */
let sounds

/** Those of the common first names, unpacked once. */
export function firstSounds() {
  if (sounds) return sounds
  sounds = new Set()
  let sound = 0
  for (const step of FIRST_SOUNDS) {
    const code = step.charCodeAt(0)
    sound += code > 96 ? (code - 96) * 57 : code - 35
    if (code < 96) sounds.add(sound)
  }
  return sounds
}

/** @param {string} word @param {string} first */
function mayBeName(word, first) {
  const lower = word.toLowerCase()
  // NAV and BUP are not somebody's name; KARI NORDMANN is.
  const isShortForm =
    word.length > 1 && word.length < 6 && word === word.toUpperCase() && first !== first.toUpperCase()
  return isCapitalised(word) && !isShortForm && !COMMON.test(lower) && !INSTITUTION.test(lower)
}

/** @param {string} word */
function isCapitalised(word) {
  return word[0] !== word[0].toLowerCase()
}

/**
 * Whether only a space stands between this word and the next; after an initial, a full stop too.
 * @param {string} text @param {Word[]} words @param {number} place
 */
function areJoined(text, words, place) {
  const between = words[place].text.length === 1 ? AFTER_AN_INITIAL : BETWEEN
  return between.test(text.slice(words[place].end, words[place + 1].start))
}

/** @param {string} text @param {Word[]} words @param {number} last */
function isNamedAfter(text, words, last) {
  const next = words[last + 1]
  return Boolean(next) && areJoined(text, words, last) && NAMED_AFTER_SOMEBODY.test(next.text)
}
