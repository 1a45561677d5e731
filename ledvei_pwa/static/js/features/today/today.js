import { capitalised, daysFromToday, formatDay, formatTime } from "../../ui/dates.js"
import { find, h, line, replace } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"
import { showProgress } from "../../ui/progress.js"
import { listed, nameOf } from "../../ui/readers.js"
import { isLong, opensWords } from "../../ui/sync_words.js"
import { agreementList, inOrder } from "../agreements/list.js"
import { mountNews } from "../news/board.js"
import { circleOf } from "../supervision/circle.js"
import { draftRows } from "../write/drafts.js"
import { entryLink } from "../write/entries.js"
import { keepFresh, keepingPlace } from "../writing/fresh.js"
import { addressOf } from "../writing/paths.js"
import { hasPrepared, nextOfAll, topicsFor } from "./next.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../supervision/agenda.js").Session} Session */
/** @typedef {import("../supervision/circle.js").Circle} Circle */

/** Today is short: the rest is one step away. */
const MOST_SHARED = 3
const MOST_AGREEMENTS = 4

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: /^\/today$/,
  template: "view-today",
  mount(root, context) {
    const { notebook } = context
    const draw = () => drawToday(root, notebook)
    const stop = keepFresh(root, notebook, draw)
    const stopNews = mountNews(root, /** @type {import("../news/board.js").Context} */ (context))
    const again = () => keepingPlace(root, draw)
    notebook.addEventListener("sync", again)
    const minute = setInterval(again, 60_000)
    return () => {
      stop()
      stopNews()
      clearInterval(minute)
      notebook.removeEventListener("sync", again)
    }
  },
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function drawToday(root, notebook) {
  find(root, "[data-greeting]").textContent = greeting()
  find(root, "[data-date]").textContent = capitalised(formatDay(new Date()))
  drawAttention(root, notebook)
  drawNext(root, notebook)
  drawAgreements(root, notebook)
  drawList(root, "shared", sharedRows(notebook))
  drawList(root, "drafts", draftRows(notebook))
  drawWaiting(root, notebook)
  drawFilling(root, notebook)
}

function greeting() {
  const hour = Number(formatTime(new Date()).slice(0, 2))
  if (hour < 5 || hour >= 18) return t("Good evening")
  return hour < 10 ? t("Good morning") : t("Good day")
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function drawAttention(root, notebook) {
  const mine = notebook.entries({ author: notebook.person.id })
  const conflicts = mine.filter(({ conflicts }) => Object.keys(conflicts).length > 0).map(({ id }) => id)
  const refused = notebook.attention().map(({ entry }) => entry)
  const count = new Set([...refused, ...conflicts]).size + notebook.unreadable().length
  find(root, "[data-attention]").hidden = count === 0
  find(root, "[data-attention-text]").textContent = tn(
    "One text needs you before it can go on.",
    "%(count)s texts need you before they can go on.",
    count,
  )
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function drawNext(root, notebook) {
  find(root, "[data-next]").hidden = false
  const session = nextOfAll(notebook)
  const circle = session && circleOf(notebook, session.series)
  for (const place of ["[data-prepare]", "[data-more-link]"]) find(root, place).hidden = !circle
  if (!session || !circle) return drawNoNext(root)
  find(root, "[data-next-time]").textContent = dayAndTime(session.starts)
  find(root, "[data-next-place]").textContent = placeText(session, circle)
  replace(find(root, "[data-readiness]"), ...readiness(notebook, session, circle))
  find(root, "[data-prepare]").setAttribute("href", addressOf(`/supervision/${session.id}/prepare`))
  find(root, "[data-open]").setAttribute("href", addressOf(`/supervision/${session.id}`))
}

/** @param {HTMLElement} root */
function drawNoNext(root) {
  find(root, "[data-next-time]").textContent = t("None planned yet")
  find(root, "[data-next-place]").textContent = t(
    "Your leader or supervisor sets up the times, and they come here.",
  )
  replace(find(root, "[data-readiness]"))
}

/** @param {string} starts */
function dayAndTime(starts) {
  const days = daysFromToday(starts)
  const day = days === 0 ? t("today") : days === 1 ? t("tomorrow") : formatDay(starts)
  return capitalised(t("%(day)s at %(time)s", { day, time: formatTime(starts) }))
}

/** @param {Session} session @param {Circle} circle */
function placeText({ minutes }, { isGroup, short, place }) {
  const who = isGroup ? short : t("with %(names)s", { names: short })
  return [t("%(minutes)s minutes", { minutes }), who, place].filter(Boolean).join(" · ")
}

/**
 * How ready I am, and whether the other has prepared: never a reproach, always the next small step.
 * @param {Notebook} notebook @param {Session} session @param {Circle} circle
 */
function readiness(notebook, session, circle) {
  const others = circle.isSupervisor ? circle.members : [circle.supervisor]
  const prepared = others.filter((id) => id && hasPrepared(notebook, session, id))
  const names = listed(prepared.map((id) => nameOf(notebook, id)))
  const text = tn("%(names)s has prepared", "%(names)s have prepared", prepared.length, { names })
  const own = circle.isSupervisor ? supervisorReadiness(notebook, session) : ownReadiness(notebook, session)
  return [prepared.length > 0 && line("CheckmarkCircle", text), own]
}

/** @param {Notebook} notebook @param {Session} session */
function ownReadiness(notebook, session) {
  const { length } = topicsFor(notebook, session).filter(({ author }) => author === notebook.person.id)
  if (length === 0) return line("PencilLine", t("What would you like to take up?"), "warm")
  const text = tn("You have one topic. Would you like to take up more?", "You have %(count)s topics.", length)
  return line(length === 1 ? "PencilLine" : "CheckmarkCircle", text, length === 1 ? "warm" : "calm")
}

/** @param {Notebook} notebook @param {Session} session */
function supervisorReadiness(notebook, session) {
  const { length } = topicsFor(notebook, session)
  if (length === 0) return line("Calendar", t("No topics are shared with you yet."), "soft")
  const isReady = hasPrepared(notebook, session, notebook.person.id)
  const text = tn("One topic waits for you.", "%(count)s topics wait for you.", length)
  return line(isReady ? "CheckmarkCircle" : "PencilLine", text, isReady ? "calm" : "warm")
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function drawAgreements(root, notebook) {
  const me = notebook.person.id
  const open = notebook
    .entries({ kind: "agreement" })
    .filter(({ fields }) => fields.owner === me && fields.done !== true)
  replace(
    find(root, "[data-agreements]"),
    open.length > 0 && agreementList(notebook, inOrder(open).slice(0, MOST_AGREEMENTS)),
  )
  find(root, "[data-all-agreements]").hidden = open.length <= MOST_AGREEMENTS
  find(root, "[data-no-agreements]").hidden = open.length > 0
  find(root, "[data-agreements-section]").hidden = false
}

/** Written by others, readable for me, and not yet seen; the newest first. @param {Notebook} notebook */
function sharedRows(notebook) {
  const me = notebook.person.id
  const unseen = notebook
    .entries()
    .filter(
      ({ author, kind, seen }) =>
        author !== me && kind !== "holding" && !seen.some(({ person }) => person === me),
    )
  return unseen
    .reverse()
    .slice(0, MOST_SHARED)
    .map((entry) => h("li", {}, entryLink(notebook, entry)))
}

/** @param {HTMLElement} root @param {"shared" | "drafts"} name @param {HTMLElement[]} rows */
function drawList(root, name, rows) {
  replace(find(root, `[data-${name}]`), ...rows)
  find(root, `[data-${name}-section]`).hidden = rows.length === 0
}

/**
 * As long as this device has not heard everything once, nothing is said to be missing: it may be on its way.
 * @param {HTMLElement} root @param {Notebook} notebook
 */
function drawFilling(root, notebook) {
  const state = notebook.syncState()
  const isFirst = state.lastSync === null
  if (isFirst && !nextOfAll(notebook)) find(root, "[data-next]").hidden = true
  if (isFirst && find(root, "[data-no-agreements]").hidden === false)
    find(root, "[data-agreements-section]").hidden = true
  find(root, "[data-filling]").hidden = !isFirst && !(state.phase === "syncing" && isLong(state))
  find(root, "[data-filling-text]").textContent = fillingText(state, isFirst)
  showProgress(root, state.progress, { isShown: state.phase === "syncing", text: t("Asking the server") })
}

/** @param {import("../../store/notebook.js").SyncState} state @param {boolean} isFirst */
function fillingText({ phase, opens }, isFirst) {
  if (!isFirst) return t("There is a lot that is new. You can write meanwhile.")
  if (phase === "syncing" || phase === "idle")
    return t("What you can read is being fetched to this device. You can write meanwhile.")
  if (phase === "signed_out" && opens) return opensWords(opens)
  if (phase === "signed_out") return t("Nothing is fetched to this device yet. Sign in, and it comes.")
  return t(
    "Nothing is fetched to this device yet. It comes when there is a network. You can write meanwhile.",
  )
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function drawWaiting(root, notebook) {
  const { count } = notebook.waiting()
  find(root, "[data-waiting-section]").hidden = count === 0 || notebook.syncState().phase === "syncing"
  find(root, "[data-waiting]").textContent = tn(
    "One change lies safe here and is sent by itself.",
    "%(count)s changes lie safe here and are sent by themselves.",
    count,
  )
}
