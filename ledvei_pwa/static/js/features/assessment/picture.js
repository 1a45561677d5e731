import { formatDate } from "../../ui/dates.js"
import { h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { THEMES } from "./rules.js"

/** @typedef {import("./rules.js").Point} Point */
/** @typedef {import("./rules.js").Theme} Theme */

const SVG = "http://www.w3.org/2000/svg"
const WIDTH = 320
const HEIGHT = 96
/** Room for the numbers at the left and for whole dots at the edges. */
const LEFT = 20
const EDGE = 10

/** @returns {Record<Theme, string>} */
const names = () => ({
  strain: t("Load and rest"),
  mastery: t("Mastery and role"),
  support: t("Not standing alone"),
  supervision: t("Supervision and room to think"),
})

/**
 * A small picture for each theme, and all of it as a table. Higher is better in every theme.
 * @param {Point[]} points at least one, oldest first
 */
export function trendPicture(points) {
  const pictures = THEMES.map((theme) => figure(theme, points))
  return h(
    "div",
    { class: "lv-stack" },
    h("p", { class: "lv-soft lv-small" }, t("From 1 to 5. Higher is better in all of them.")),
    h("div", { class: "lv-trend" }, ...pictures),
    table(points),
  )
}

/** @param {Theme} theme @param {Point[]} points */
function figure(theme, points) {
  const last = points[points.length - 1].themes[theme]
  return h(
    "figure",
    {},
    h("figcaption", {}, names()[theme], h("strong", {}, last === null ? "–" : asNumber(last))),
    curve(theme, points),
  )
}

/** Tenths as one writes them: `3,4`. @param {number} tenths */
const asNumber = (tenths) => (tenths / 10).toFixed(1).replace(".", ",")

/** @param {Theme} theme @param {Point[]} points */
function curve(theme, points) {
  const picture = draw("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": inWords(theme, points),
  })
  for (const step of [1, 3, 5]) {
    picture.append(
      draw("line", { class: "lv-trend__grid", x1: LEFT, x2: WIDTH, y1: yOf(step * 10), y2: yOf(step * 10) }),
    )
    const number = draw("text", { x: 0, y: yOf(step * 10) + 4 })
    number.textContent = String(step)
    picture.append(number)
  }
  const xs = placesInTime(points)
  picture.append(draw("path", { class: "lv-trend__line", d: lineThrough(theme, points, xs) }))
  points.forEach(({ themes }, place) => {
    const tenths = themes[theme]
    if (tenths !== null)
      picture.append(draw("circle", { class: "lv-trend__point", cx: xs[place], cy: yOf(tenths), r: 4 }))
  })
  return picture
}

/** A gap where a theme was skipped. @param {Theme} theme @param {Point[]} points @param {number[]} xs */
function lineThrough(theme, points, xs) {
  let isDown = false
  return points
    .map(({ themes }, place) => {
      const tenths = themes[theme]
      const act = isDown ? "L" : "M"
      isDown = tenths !== null
      return tenths === null ? "" : `${act}${xs[place]} ${yOf(tenths)}`
    })
    .join("")
}

/** @param {Point[]} points @returns {number[]} */
function placesInTime(points) {
  const times = points.map(({ taken_on }) => Date.parse(taken_on))
  const from = times[0]
  const whole = times[times.length - 1] - from
  const room = WIDTH - LEFT - 2 * EDGE
  return times.map((time) => Math.round(LEFT + EDGE + (whole ? ((time - from) / whole) * room : room)))
}

/** @param {number} tenths 10–50 */
const yOf = (tenths) => Math.round(HEIGHT - EDGE - ((tenths - 10) / 40) * (HEIGHT - 2 * EDGE))

/** @param {Theme} theme @param {Point[]} points */
function inWords(theme, points) {
  const steps = points.map(
    ({ taken_on, themes }) =>
      `${formatDate(taken_on)}: ${themes[theme] === null ? t("skipped") : asNumber(themes[theme])}`,
  )
  return `${names()[theme]}. ${steps.join(". ")}`
}

/** @param {string} tag @param {Record<string, string|number>} attributes */
function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  return element
}

/** @param {Point[]} points */
function table(points) {
  const heads = [t("Date"), ...THEMES.map((theme) => names()[theme])].map((text) =>
    h("th", { scope: "col" }, text),
  )
  const rows = [...points].reverse().map(({ taken_on, themes }) => {
    const cells = THEMES.map((theme) =>
      h("td", {}, themes[theme] === null ? t("skipped") : asNumber(themes[theme])),
    )
    return h("tr", {}, h("th", { scope: "row" }, formatDate(taken_on)), ...cells)
  })
  const body = h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows))
  const scroll = {
    class: "lv-scroll",
    tabindex: 0,
    role: "region",
    "aria-label": t("The numbers as a table"),
  }
  return h("details", { "data-key": "trend" }, h("summary", {}, t("Show as a table")), h("div", scroll, body))
}
