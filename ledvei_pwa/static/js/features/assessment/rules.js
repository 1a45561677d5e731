// The twin of features/assessment/rules.py; both run tests/shared/assessment_cases.json.

/** @typedef {import("../../core/merge.js").Fields} Fields */
/** @typedef {"strain" | "mastery" | "support" | "supervision"} Theme */
/** @typedef {{taken_on: string, themes: Record<Theme, number | null>}} Point a day, and per theme its mean in tenths (10–50) */

const LEAST = 1
const MOST = 5
const ENOUGH_ANSWERS = 0.5
const WORN_AT = 20
const SIGN_AT = 2

/** @type {Record<Theme, string[]>} in the order they are shown */
const ITEMS = {
  strain: ["i01", "i02", "i03", "i15", "i16"],
  mastery: ["i04", "i05", "i06", "i07", "i08"],
  support: ["i09", "i10", "i11"],
  supervision: ["i12", "i13", "i14"],
}
/** To agree is heavy. */
const REVERSED = new Set(["i01", "i15", "i16"])
/** Early signs of being worn (domain.md §6). */
const EARLY_SIGNS = ["i15", "i16"]
const WAYS_TO_HELP = ["leader", "another_supervisor", "occupational_health", "doctor"]

export const THEMES = /** @type {Theme[]} */ (Object.keys(ITEMS))

/** 1–5 where 5 is good, whichever way the statement is put. @param {string} name @param {Fields} answers */
function towardsGood(name, answers) {
  const answer = answers[name]
  if (typeof answer !== "number" || !Number.isInteger(answer) || answer < LEAST || answer > MOST) return null
  return REVERSED.has(name) ? LEAST + MOST - answer : answer
}

/** The mean of a theme in tenths, halves up; null when too few are answered. @param {Theme} theme @param {Fields} answers */
function themeMean(theme, answers) {
  const given = ITEMS[theme].map((name) => towardsGood(name, answers)).filter((value) => value !== null)
  if (given.length < ITEMS[theme].length * ENOUGH_ANSWERS) return null
  const sum = given.reduce((all, value) => all + value, 0)
  return Math.floor((20 * sum + given.length) / (2 * given.length))
}

/**
 * @param {Fields[]} assessments
 * @returns {Point[]} oldest first; an assessment without a day is left out
 */
export function ownTrend(assessments) {
  return assessments
    .filter((answers) => answers.taken_on)
    .map((answers) => ({
      taken_on: String(answers.taken_on),
      themes: /** @type {Point["themes"]} */ (
        Object.fromEntries(THEMES.map((theme) => [theme, themeMean(theme, answers)]))
      ),
    }))
    .sort((one, other) => (one.taken_on < other.taken_on ? -1 : one.taken_on > other.taken_on ? 1 : 0))
}

/**
 * Where to turn, shown when the answers say that it is heavy now. An offer; nobody is told.
 * @param {Fields} answers
 * @returns {string[]}
 */
export function waysToHelp(answers) {
  const mean = themeMean("strain", answers)
  const isMarked = EARLY_SIGNS.some((name) => (towardsGood(name, answers) ?? MOST) < SIGN_AT)
  return (mean !== null && mean <= WORN_AT) || isMarked ? WAYS_TO_HELP : []
}
