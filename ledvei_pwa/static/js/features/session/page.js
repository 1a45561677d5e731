import { capitalised, formatDay, formatTime, todayInOslo } from "../../ui/dates.js"
import { find, fromTemplate, h, icon } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { listed, nameOf } from "../../ui/readers.js"
import { toast } from "../../ui/toasts.js"
import { agreementList, inOrder } from "../agreements/list.js"
import { endsAt, minutesByShare, moveInAgenda } from "../supervision/agenda.js"
import { agendaFor, sessionsOf } from "../supervision/sessions.js"
import { addressOf } from "../writing/paths.js"
import { heldShares, inMinutes, mixPicture } from "./mix.js"
import { preparationTexts } from "./preparations.js"
import { topicText } from "./topic.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../supervision/sessions.js").Session} Session
 * @typedef {import("../supervision/circle.js").Circle} Circle
 * @typedef {import("../supervision/agenda.js").AgendaItem} AgendaItem
 * @typedef {{notebook: Notebook, session: Session, circle: Circle, agenda: AgendaItem[]}} Shown
 */

const NO_BREAK = "\u00a0"
const WORD_JOINER = "\u2060"

/** "Thursday 26. november at 10.00–11.00", whose end never stands alone on a line. @param {Session} session */
export function timeOf(session) {
  const [from, to] = [session.starts, endsAt(session)].map(formatTime)
  const words = t("%(day)s at %(from)s–%(to)s", { day: formatDay(session.starts), from, to })
  return capitalised(words.replace(` ${from}–`, `${NO_BREAK}${from}–${WORD_JOINER}`))
}

/**
 * One session: when and with whom, the time on the agenda, what is open since last, what both have made ready, topics.
 * @param {HTMLElement} place
 * @param {Notebook} notebook @param {Session} session @param {Circle} circle
 */
export function showSession(place, notebook, session, circle) {
  const agenda = agendaFor(notebook, session, Date.now())
  const shown = { notebook, session, circle, agenda }
  const page = fromTemplate("view-session")
  fillHead(page, shown)
  fillMix(page, shown)
  showWhenFilled(page, "[data-since]", "[data-agreements]", sinceLast(notebook, session))
  showWhenFilled(page, "[data-prepared]", "[data-preparations]", beforeWeMeet(shown))
  showWhenFilled(page, "[data-held]", "[data-held-text]", whatWeLeftWith(shown))
  fillAgenda(page, shown)
  fillMove(page, shown)
  place.replaceChildren(page)
}

/** @param {DocumentFragment} page @param {string} section @param {string} inside @param {HTMLElement[]} texts */
function showWhenFilled(page, section, inside, texts) {
  find(page, section).hidden = texts.length === 0
  find(page, inside).replaceChildren(...texts)
}

/** @param {DocumentFragment} page @param {Shown} shown */
function fillHead(page, { notebook, session, circle }) {
  find(page, "[data-when]").textContent = timeOf(session)
  find(page, "[data-title]").textContent = circle.title
  const who =
    circle.isGroup && listed([circle.supervisor, ...circle.members].map((id) => nameOf(notebook, id)))
  const moved =
    session.original_starts && session.original_starts !== session.starts
      ? t("Moved from %(day)s", { day: formatDay(session.original_starts) })
      : ""
  const words = [circle.place, who, moved].filter(Boolean).join(" · ")
  const room =
    circle.video &&
    h("a", { href: circle.video, target: "_blank", rel: "noopener noreferrer" }, t("Open the video room"))
  find(page, "[data-where]").replaceChildren(words, room && words ? " · " : "", room || "")
  find(page, "[data-acts]").replaceChildren(...acts(session, circle))
}

/** Before: the plan. After: what the time went to. @param {DocumentFragment} page @param {Shown} shown */
function fillMix(page, { notebook, session, agenda }) {
  const [holding] = notebook.entries({ kind: "holding", session: session.id })
  const noted = holding ? withoutPrefix(holding.fields) : session.mix
  const shares = noted ? heldShares(noted) : minutesByShare(agenda)
  const minutes = Number(holding?.fields.minutes ?? session.held_minutes ?? session.minutes)
  find(page, "[data-mix]").append(...mixPicture(shares, minutes, session.status === "held"))
}

/** `mix_case` is `case` in a session. @param {Record<string, any>} fields */
const withoutPrefix = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, part]) => [name.replace("mix_", ""), part]))

/** One main act: to start for the supervisor, to prepare for the others. @param {Session} session @param {Circle} circle */
function acts(session, { isSupervisor }) {
  const to = (/** @type {string} */ step) => addressOf(`/supervision/${session.id}/${step}`)
  if (!isSupervisor) return session.status === "held" ? [] : [link(to("prepare"), t("Prepare"), "primary")]
  if (session.status === "held") return [link(to("hold"), t("Change what was noted"), "secondary")]
  return [link(to("hold"), t("Start"), "primary")]
}

/** What is made ready, and for the supervisor the way to do it. @param {Shown} shown */
function beforeWeMeet({ notebook, session, circle }) {
  const texts = preparationTexts(notebook, session.id)
  if (!circle.isSupervisor || session.status === "held") return texts
  const prepare = link(addressOf(`/supervision/${session.id}/prepare`), t("Prepare"), "secondary")
  return [...texts, h("div", { class: "lv-row" }, prepare)]
}

/** @param {string} href @param {string} text @param {string} variant */
const link = (href, text, variant) =>
  h("a", { class: "ds-button", "data-variant": variant, href, "data-key": href }, text)

/**
 * Agreements from earlier sessions: those still open, and those done since the last time.
 * @param {Notebook} notebook @param {Session} session
 */
export function sinceLast(notebook, session) {
  const before = sessionsOf(notebook, session.series).filter(({ starts }) => starts < session.starts)
  const lastTime = todayInOslo(
    before
      .map(({ starts }) => starts)
      .sort()
      .pop() ?? 0,
  )
  const earlier = notebook
    .entries({ kind: "agreement", series: session.series })
    .filter((each) => each.session !== session.id && each.created < session.starts)
    .filter(({ fields }) => !fields.done || String(fields.done_on ?? "") >= lastTime)
  return earlier.length ? [agreementList(notebook, inOrder(earlier))] : []
}

/** The summary, the agreements made and the minutes of a session that was held. @param {Shown} shown */
function whatWeLeftWith({ notebook, session }) {
  const agreements = notebook.entries({ kind: "agreement", session: session.id })
  const summaries = notebook
    .entries({ kind: "summary", session: session.id })
    .filter(({ fields }) => fields.text)
  const [holding] = notebook.entries({ kind: "holding", session: session.id })
  return [
    ...summaries.map(({ id, fields }) => h("p", { class: "lv-text", "data-entry": id }, String(fields.text))),
    agreements.length && agreementList(notebook, inOrder(agreements)),
    holding &&
      h(
        "p",
        { class: "lv-soft lv-small", "data-entry": holding.id },
        t("Held, %(time)s.", { time: inMinutes(Number(holding.fields.minutes ?? 0)) }),
      ),
  ].filter((each) => each instanceof HTMLElement)
}

/** @param {DocumentFragment} page @param {Shown} shown */
function fillAgenda(page, shown) {
  const { agenda } = shown
  const list = find(page, "[data-agenda]")
  list.hidden = agenda.length === 0
  find(page, "[data-no-topics]").hidden = agenda.length > 0
  list.append(...agenda.map((item, place) => agendaRow(shown, item, place)))
  if (maySteer(shown)) list.addEventListener("keydown", (event) => moveByKeys(event, shown))
}

/** @param {Shown} shown */
const maySteer = ({ circle, session }) => circle.isSupervisor && session.status !== "held"

/** @param {Shown} shown @param {AgendaItem} item @param {number} place */
function agendaRow(shown, item, place) {
  const { topic, minutes } = item
  const { notebook, circle } = shown
  const steers = maySteer(shown)
  return h(
    "li",
    { "data-entry": topic.id, "data-outcome": String(topic.fields.outcome ?? "") },
    h(
      "div",
      { class: "lv-agenda__minutes" },
      ...(steers ? minutesField(notebook, item) : [h("span", {}, `${minutes} min`)]),
    ),
    topicText(notebook, item, circle, ...(steers ? moveButtons(shown, place) : [])),
  )
}

/** @param {Notebook} notebook @param {AgendaItem} item */
function minutesField(notebook, { topic, minutes }) {
  const id = `minutes-${topic.id}`
  const change = (/** @type {Event & {target: HTMLInputElement}} */ { target }) => {
    const wanted = Math.min(240, Math.max(1, Math.round(Number(target.value)) || minutes))
    target.value = String(wanted)
    if (wanted !== minutes) notebook.save({ kind: "topic", entry: topic.id, set: { agenda_minutes: wanted } })
  }
  const field = {
    id,
    type: "number",
    min: 1,
    max: 240,
    value: minutes,
    class: "ds-input",
    "data-key": id,
    onchange: change,
  }
  const label = t("Minutes for «%(topic)s»", { topic: inShort(topic) })
  return [
    h("label", { class: "lv-hidden-text", for: id }, label),
    h("input", { ...field, inputmode: "numeric" }),
  ]
}

/** @param {Shown} shown @param {number} place */
function moveButtons(shown, place) {
  return shown.agenda.length > 1 ? [moveButton(shown, place, -1), moveButton(shown, place, 1)] : []
}

/** @param {Shown} shown @param {number} place @param {-1|1} step */
function moveButton(shown, place, step) {
  const { agenda } = shown
  const isEdge = place + step < 0 || place + step >= agenda.length
  const text = step < 0 ? t("Move up") : t("Move down")
  return h(
    "button",
    {
      type: "button",
      class: "ds-button",
      "data-variant": "tertiary",
      "data-key": `move ${step} ${agenda[place].topic.id}`,
      "aria-disabled": isEdge && "true",
      "aria-label": `${text}: ${inShort(agenda[place].topic)}`,
      onclick: () => move(shown, place, step),
    },
    icon(step < 0 ? "ArrowUp" : "ArrowDown"),
    text,
  )
}

/** @param {KeyboardEvent} event @param {Shown} shown */
function moveByKeys(event, shown) {
  const step = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const row = event.target instanceof Element ? event.target.closest("li[data-entry]") : null
  if (!step || !row) return
  event.preventDefault()
  const place = shown.agenda.findIndex(({ topic }) => topic.id === row.getAttribute("data-entry"))
  move(shown, place, /** @type {-1|1} */ (step))
}

/** @param {Shown} shown @param {number} place @param {-1|1} step */
async function move({ notebook, agenda }, place, step) {
  const changes = moveInAgenda(agenda, place, step)
  for (const { id, agenda_order } of changes)
    await notebook.save({ kind: "topic", entry: id, set: { agenda_order } })
  const said = document.querySelector("[data-said]")
  if (said && changes.length)
    said.textContent = t("Now number %(place)s on the agenda.", { place: place + step + 1 })
}

/** The first words of a topic, for lists and labels. @param {AgendaItem["topic"]} topic */
export function inShort({ fields }) {
  const [line] = String(fields.question ?? "").split("\n", 1)
  return line.length > 70 ? `${line.slice(0, 69).replace(/\s+\S*$/, "")} …` : line
}

/** @param {DocumentFragment} page @param {Shown} shown */
function fillMove(page, { session, circle }) {
  const place = find(page, "[data-move]")
  // S0 §7.8: the one who cancels finds the new time; in a group that is the supervisor.
  place.hidden = session.status === "held" || (circle.isGroup && !circle.isSupervisor)
  const moveIt = h("a", { href: `/sessions/${session.id}/move` }, t("Move this session"))
  const warn = (/** @type {Event} */ event) => {
    if (navigator.onLine) return
    event.preventDefault()
    toast(t("Moving a session needs the network. Everything else works here."))
  }
  moveIt.addEventListener("click", warn)
  place.replaceChildren(moveIt, h("span", { class: "lv-soft" }, ` ${t("needs the network")}`))
}
