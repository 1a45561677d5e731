import { bitsOf, secondsToGuess } from "../vault/strength.js"
import { h } from "./h.js"
import { t, tn } from "./i18n.js"

const DAY = 86_400
const MONTH = 30 * DAY
const YEAR = 365 * DAY
/** Bits: under the first it is a matter of days, from the second on of years; the last is more than anybody needs. */
const [WEAK, GOOD, MOST] = [34, 40, 60]
/** After so long without a new letter the words follow, in milliseconds: who listens is told once. */
const PAUSE = 600

/**
 * Shows beside a field for a new passphrase how hard it would be to guess. Nobody is asked: it is reckoned here.
 * @param {HTMLInputElement} field
 */
export async function showStrength(field) {
  const { SUGGESTED } = await import("./words.js")
  const meter = h("meter", {
    class: "lv-progress",
    min: 0,
    max: MOST,
    low: WEAK,
    high: GOOD,
    optimum: MOST,
    "aria-label": t("How hard it is to guess"),
  })
  const words = h("p", { class: "lv-small", role: "status" })
  const place = h("div", { hidden: true }, meter, words)
  field.after(place)
  let timer = 0
  const look = () => {
    const bits = bitsOf(field.value, SUGGESTED)
    place.hidden = bits === 0
    meter.value = bits
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      words.textContent = bits ? wordsFor(bits) : ""
    }, PAUSE)
  }
  field.addEventListener("input", look)
  look()
}

/** @param {number} bits */
function wordsFor(bits) {
  return t(
    "With a copy of this device and a fast machine, guessing it takes %(time)s. A saying or a song goes faster.",
    { time: timeOf(secondsToGuess(bits)) },
  )
}

/** @param {number} seconds */
function timeOf(seconds) {
  if (seconds < DAY) return t("less than a day")
  if (seconds < 2 * MONTH) return tn("about one day", "about %(count)s days", Math.round(seconds / DAY))
  if (seconds < 2 * YEAR) return t("about %(count)s months", { count: Math.round(seconds / MONTH) })
  if (seconds < 100 * YEAR) return t("about %(count)s years", { count: Math.round(seconds / YEAR) })
  return t("more than a hundred years")
}
