import { capitalised, formatDate, formatTime, weekdayName } from "../../ui/dates.js"
import { h } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"
import { addressOf } from "../writing/paths.js"
import { circleOf } from "./circle.js"
import { agendaFor, isPrepared, sessionsOf } from "./sessions.js"
import { groupByWeek } from "./weeks.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("./sessions.js").Session} Session
 */

/** More than so many are folded away. */
const MANY = 6
const NEAR_DAYS = 8

/**
 * Every session in its group: this week, to come, earlier.
 * @param {Notebook} notebook
 * @param {{chosen: string, search: string}} shown the session that stands open, and what is looked for
 * @returns {HTMLElement[]} none when no session fits
 */
export function sessionGroups(notebook, { chosen, search }) {
  const now = Date.now()
  const sessions = sessionsOf(notebook).filter((session) => fits(notebook, session, search))
  const { week, coming, earlier } = groupByWeek(sessions, now)
  /** @type {[string, string, Session[]][]} */
  const groups = [
    ["week", t("This week"), week],
    ["coming", t("Coming"), coming],
    ["earlier", t("Earlier"), earlier],
  ]
  return groups
    .filter(([, , list]) => list.length > 0)
    .map(([key, title, list]) => {
      const rows = list.map((session) => row(notebook, session, key === "week", session.id === chosen, now))
      return h(
        "section",
        { class: "lv-groups lv-stack", "data-gap": "small" },
        h("h2", {}, title),
        ...folded(key, rows, Boolean(search)),
      )
    })
}

/** @param {Notebook} notebook @param {Session} session @param {string} search */
function fits(notebook, session, search) {
  const words = `${circleOf(notebook, session.series)?.short ?? ""} ${weekdayName(session.starts)} ${formatDate(session.starts)}`
  return words.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase())
}

/** @param {string} key @param {HTMLElement[]} rows @param {boolean} all */
function folded(key, rows, all) {
  const list = (/** @type {HTMLElement[]} */ items) => h("ul", { class: "lv-list" }, ...items)
  if (all || rows.length <= MANY || key === "week") return [list(rows)]
  const rest = rows.slice(MANY)
  const open = rest.some((each) => each.querySelector("[aria-current]"))
  const summary = h("summary", {}, tn("%(count)s more", "%(count)s more", rest.length))
  return [list(rows.slice(0, MANY)), h("details", { "data-key": key, open }, summary, list(rest))]
}

/** @param {Notebook} notebook @param {Session} session @param {boolean} isThisWeek @param {boolean} isChosen @param {number} now */
function row(notebook, session, isThisWeek, isChosen, now) {
  const href = addressOf(`/supervision/${session.id}`)
  const day = isThisWeek
    ? weekdayName(session.starts)
    : `${weekdayName(session.starts)} ${formatDate(session.starts)}`
  const attributes = { class: "lv-item", href, "data-key": href, "aria-current": isChosen && "true" }
  return h(
    "li",
    {},
    h(
      "a",
      attributes,
      h("span", { class: "lv-item__title" }, `${capitalised(day)} ${formatTime(session.starts)}`),
      h("span", { class: "lv-item__note" }, noteOf(notebook, session, now)),
    ),
  )
}

/** "Ingvild · 3 topics, ready" @param {Notebook} notebook @param {Session} session @param {number} now */
function noteOf(notebook, session, now) {
  const who = circleOf(notebook, session.series)?.short ?? ""
  return [who, howReady(notebook, session, now)].filter(Boolean).join(" · ")
}

/** Nobody prepares for a session months away. @param {Session} session @param {number} now */
const isNear = ({ starts }, now) => Date.parse(starts) < now + NEAR_DAYS * 86_400_000

/** @param {Notebook} notebook @param {Session} session @param {number} now */
function howReady(notebook, session, now) {
  if (session.status === "held") return t("held")
  const count = agendaFor(notebook, session, now).length
  if (Date.parse(session.starts) < now - 86_400_000) return t("not noted as held")
  if (!isPrepared(notebook, session, count)) return isNear(session, now) ? t("not prepared yet") : ""
  return count ? tn("%(count)s topic", "%(count)s topics", count) : t("prepared")
}
