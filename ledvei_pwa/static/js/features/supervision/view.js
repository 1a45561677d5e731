import { find, h, icon } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { may } from "../../ui/may.js"
import { showSession } from "../session/page.js"
import { keepFresh } from "../writing/fresh.js"
import { addressOf } from "../writing/paths.js"
import { SeenWatch } from "../writing/seen.js"
import { circleOf, circlesOf } from "./circle.js"
import { sessionGroups } from "./list.js"
import { nextSession, sessionOf, sessionsOf } from "./sessions.js"
import { sharedWithMe } from "./shared.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** From here the list and the text stand side by side (design.md §7). */
const TWO_PANES = "(min-width: 56.25rem)"
/** Who has so many circles looks for one of them; the others have a short list. */
const SEARCH_FROM = 4
let scrolled = 0

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: /^\/supervision(?:\/(?<session>[^/]+))?$/,
  template: "view-supervision",
  wide: true,
  mount(root, { notebook, params, setTitle }) {
    const asked = params.session ?? ""
    const panes = find(root, ".lv-panes")
    panes.dataset.showing = asked ? "text" : "list"
    const list = find(root, ".lv-panes__list")
    const seen = new SeenWatch(notebook)
    const draw = () => {
      const chosen = asked || (matchMedia(TWO_PANES).matches ? firstToShow(notebook) : "")
      drawList(root, notebook, chosen)
      drawText(root, notebook, chosen, asked !== "")
      seen.look(root)
    }
    find(root, "[data-search] input").addEventListener("input", draw)
    find(root, "[data-agreements-link]").setAttribute("href", addressOf("/agreements"))
    const stop = keepFresh(root, notebook, draw)
    list.scrollTop = scrolled || placeOfChosen(list)
    // The browser keeps titles in its history, where all who use it can read them: when it is, and nobody's name.
    const title = asked ? "[data-text] [data-when], #session-title" : "[data-list-title]"
    setTitle(root.querySelector(title)?.textContent ?? "")
    return () => {
      scrolled = list.scrollTop
      stop()
      seen.stop()
    }
  },
}

/** So far down that the session which stands open is seen in the list. @param {HTMLElement} list */
function placeOfChosen(list) {
  const chosen = /** @type {HTMLElement|null} */ (list.querySelector("[aria-current]"))
  if (!chosen || chosen.offsetTop + chosen.offsetHeight < list.clientHeight) return 0
  return chosen.offsetTop - list.clientHeight / 2
}

/** The next session of any series, else the last. @param {Notebook} notebook */
function firstToShow(notebook) {
  const next = notebook
    .all("series")
    .map(({ id }) => nextSession(notebook, id, Date.now()))
    .filter((session) => session !== null)
    .sort((one, other) => (one.starts < other.starts ? -1 : 1))[0]
  return next?.id ?? ""
}

/** @param {HTMLElement} root @param {Notebook} notebook @param {string} chosen */
function drawList(root, notebook, chosen) {
  const search = /** @type {HTMLInputElement} */ (find(root, "[data-search] input")).value
  const groups = sessionGroups(notebook, { chosen, search })
  const hasAny = sessionsOf(notebook).length > 0
  find(root, "[data-search]").hidden = circlesOf(notebook).length < SEARCH_FROM
  find(root, "[data-series-link]").hidden = !leadsSeries(notebook)
  find(root, "[data-none-found]").hidden = groups.length > 0 || !hasAny
  find(root, "[data-groups]").replaceChildren(
    ...sharedWithMe(notebook),
    ...(hasAny ? groups : [nothingYet()]),
  )
}

/** Those who only receive supervision have nothing to do on the pages of series. @param {Notebook} notebook */
function leadsSeries(notebook) {
  return may(notebook, "series") || circlesOf(notebook).some(({ isSupervisor }) => isSupervisor)
}

function nothingYet() {
  return h(
    "p",
    { class: "lv-soft" },
    t("You have no sessions yet. Your leader or supervisor starts a series, and it turns up here."),
  )
}

/** @param {HTMLElement} root @param {Notebook} notebook @param {string} chosen @param {boolean} isAsked */
function drawText(root, notebook, chosen, isAsked) {
  const place = find(root, "[data-text]")
  const session = sessionOf(notebook, chosen)
  const circle = session && circleOf(notebook, session.series)
  place.hidden = !isAsked && !session
  if (session && circle) showSession(place, notebook, session, circle)
  else if (isAsked) place.replaceChildren(...notHere())
  // On a wide screen the list's heading stands first; one page has one.
  const title = find(root, "[data-list-title]")
  if (isAsked) place.prepend(back())
  if (place.querySelector("h1") && title.tagName === "H1") title.replaceWith(asText(title))
}

/** @param {HTMLElement} heading */
function asText(heading) {
  return h("p", { class: "lv-hidden-text", "data-list-title": true }, heading.textContent)
}

function notHere() {
  return [
    h("h1", { tabindex: -1, id: "session-title" }, t("This session is not on this device")),
    h("p", { class: "lv-soft" }, t("It may be older than what is kept here, or belong to somebody else.")),
  ]
}

/** Only on one pane: the way back to the list. */
function back() {
  return h(
    "p",
    { class: "lv-back" },
    h("a", { href: addressOf("/supervision"), "data-key": "back" }, icon("ArrowLeft"), t("All sessions")),
  )
}
