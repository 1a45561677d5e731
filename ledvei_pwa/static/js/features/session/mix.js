import { h } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"
import { minutesByShare } from "../supervision/agenda.js"

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
 * The time on the agenda as a bar, in words below it, and as a table for who wants one.
 * @param {import("../supervision/agenda.js").AgendaItem[]} agenda
 * @param {number} minutes of the session
 * @returns {HTMLElement[]}
 */
export function mixPicture(agenda, minutes) {
  const shares = Object.entries(minutesByShare(agenda)).filter(([, part]) => part > 0)
  if (shares.length === 0) return []
  const parts = /** @type {[Share, number][]} */ (shares)
  const total = parts.reduce((sum, [, part]) => sum + part, 0)
  return [bar(parts, Math.max(total, minutes)), key(parts), left(minutes - total), table(parts, total)]
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
    h("li", {}, h("span", { "data-focus": COLOUR[share] }), `${names()[share]} ${inMinutes(part)}`)
  )
  return h("ul", { class: "lv-key" }, ...items)
}

/** @param {number} rest */
function left(rest) {
  if (rest >= 0) return h("p", { class: "lv-soft lv-small" }, rest ? t("%(time)s are free.", { time: inMinutes(rest) }) : "")
  return h("p", { class: "lv-small" }, t("The topics ask for %(time)s more than you have.", { time: inMinutes(-rest) }))
}

/** @param {[Share, number][]} parts @param {number} total */
function table(parts, total) {
  const rows = parts.map(([share, part]) =>
    h("tr", {}, h("th", { scope: "row" }, names()[share]), h("td", {}, String(part)), h("td", {}, `${Math.round((part * 100) / total)} %`))
  )
  const heads = [t("What"), t("Minutes"), t("Share")].map((text) => h("th", { scope: "col" }, text))
  return h(
    "details",
    { class: "lv-small", "data-key": "mix" },
    h("summary", {}, t("Show as a table")),
    h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows))
  )
}

/** @param {number} minutes */
export const inMinutes = (minutes) => tn("%(count)s minute", "%(count)s minutes", minutes)
