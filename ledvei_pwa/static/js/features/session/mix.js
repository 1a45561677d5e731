import { h } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"

/** @typedef {import("../supervision/agenda.js").Share} Share */

/** In the order of the bar. The picture's colours know `strain`, `case` and `practical`. */
const COLOUR = { process: "strain", case: "case", practical: "practical", other: "other" }

/** @returns {Record<Share, string>} */
const names = () => ({
  process: t("Strain and role"),
  case: t("Case"),
  practical: t("Practical"),
  other: t("Something else"),
})

/**
 * The time on the agenda as a bar, and in words below it.
 * @param {Record<Share, number>} shares minutes
 * @param {number} minutes of the session
 * @param {boolean} isHeld then it is what the time went to, and nothing is left
 * @returns {HTMLElement[]}
 */
export function mixPicture(shares, minutes, isHeld) {
  const parts = /** @type {[Share, number][]} */ (Object.entries(shares)).filter(([, part]) => part > 0)
  if (parts.length === 0) return []
  const total = parts.reduce((sum, [, part]) => sum + part, 0)
  return [bar(parts, Math.max(total, minutes)), key(parts), ...(isHeld ? [] : left(minutes - total))]
}

/**
 * What was noted when the session was closed.
 * @param {Record<string, any>} mix minutes by focus: `case`, `practical` …
 * @returns {Record<Share, number>}
 */
export function heldShares(mix) {
  const { strain = 0, role = 0, practical = 0, other = 0 } = mix
  return {
    process: Number(strain) + Number(role),
    case: Number(mix.case ?? 0),
    practical: Number(practical),
    other: Number(other),
  }
}

/** @param {[Share, number][]} parts @param {number} whole */
function bar(parts, whole) {
  const pieces = parts.map(([share, part]) => {
    const piece = h("span", { "data-focus": COLOUR[share] })
    piece.style.setProperty("--share", String((part * 100) / whole))
    return piece
  })
  return h("div", { class: "lv-mix", "aria-hidden": "true" }, ...pieces)
}

/** @param {[Share, number][]} parts */
function key(parts) {
  const items = parts.map(([share, part]) =>
    h("li", {}, h("span", { "data-focus": COLOUR[share] }), `${names()[share]} ${inMinutes(part)}`),
  )
  return h("ul", { class: "lv-key" }, ...items)
}

/** @param {number} rest */
function left(rest) {
  if (rest === 0) return []
  const time = inMinutes(Math.abs(rest))
  return [
    h(
      "p",
      { class: "lv-soft lv-small" },
      rest > 0
        ? t("%(time)s are free.", { time })
        : t("The topics ask for %(time)s more than you have.", { time }),
    ),
  ]
}

/** @param {number} minutes */
export const inMinutes = (minutes) => tn("%(count)s minute", "%(count)s minutes", minutes)
