import { find, h, line, replace } from "../../ui/h.js"
import { formatDay, formatTime, t, tn } from "../../ui/i18n.js"
import { capitalised, daysFromToday } from "../../ui/dates.js"
import { nameOf, listed } from "../../ui/readers.js"
import { agreementRow, myOpenAgreements } from "./agreements.js"
import { draftRows } from "../write/drafts.js"
import { entryLink } from "../write/entries.js"
import { nextSession, preparedBy, topicsFor } from "./next.js"

/** @typedef {import("../../ui/router.js").Context} Context */
/** @typedef {import("../../ui/router.js").View} View */

/** @type {View} */
export const view = { path: /^\/today$/, template: "view-today", mount }

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function mount(root, { notebook, setTitle }) {
  const show = () => {
    find(root, "[data-greeting]").textContent = greeting()
    find(root, "[data-date]").textContent = capitalised(formatDay(new Date()))
    showAttention(root, notebook)
    showNext(root, notebook)
    showAgreements(root, notebook)
    showShared(root, notebook)
    showDrafts(root, notebook)
    showWaiting(root, notebook)
  }
  show()
  setTitle(t("Today"))
  const refresh = () => keepFocus(root, show)
  notebook.addEventListener("change", refresh)
  notebook.addEventListener("sync", refresh)
  const minute = setInterval(refresh, 60_000)
  return () => {
    clearInterval(minute)
    notebook.removeEventListener("change", refresh)
    notebook.removeEventListener("sync", refresh)
  }
}

function greeting() {
  const hour = Number(formatTime(new Date()).slice(0, 2))
  if (hour < 5 || hour >= 18) return t("Good evening")
  if (hour < 10) return t("Good morning")
  return t("Good day")
}

/**
 * A list made anew must not take the focus from the one who is in it.
 * @param {HTMLElement} root
 * @param {() => void} show
 */
function keepFocus(root, show) {
  const id = document.activeElement?.id
  show()
  if (id && root.isConnected) document.getElementById(id)?.focus()
}

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** @param {HTMLElement} root @param {Notebook} notebook */
function showAttention(root, notebook) {
  const conflicts = notebook.entries({ author: notebook.person.id }).filter((entry) => Object.keys(entry.conflicts).length)
  const count = new Set([...notebook.attention().map(({ entry }) => entry), ...conflicts.map(({ id }) => id)]).size
  find(root, "[data-attention]").hidden = count === 0
  find(root, "[data-attention-text]").textContent = tn(
    "One text needs you before it can go on.",
    "%(count)s texts need you before they can go on.",
    count,
  )
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showNext(root, notebook) {
  const session = nextSession(notebook)
  const link = find(root, "[data-prepare]")
  const base = document.body.dataset.base
  if (!session) return showNoNext(root)
  const series = notebook.get("series", session.series)
  find(root, "[data-next-time]").textContent = dayAndTime(session.starts)
  find(root, "[data-next-place]").textContent = placeText(notebook, session, series)
  replace(find(root, "[data-readiness]"), ...readiness(notebook, session, series))
  link.hidden = false
  link.setAttribute("href", `${base}/supervision/${session.id}/prepare`)
  link.textContent = t("Prepare")
  const open = find(root, "[data-open]")
  open.setAttribute("href", `${base}/supervision/${session.id}`)
  open.textContent = t("Open the session")
  find(root, "[data-more-link]").hidden = false
}

/** @param {HTMLElement} root */
function showNoNext(root) {
  find(root, "[data-next-time]").textContent = t("None planned yet")
  find(root, "[data-next-place]").textContent = t("Your leader or supervisor sets up the times. They come here by themselves.")
  replace(find(root, "[data-readiness]"))
  find(root, "[data-prepare]").hidden = true
  find(root, "[data-more-link]").hidden = true
}

/** @param {string} starts */
function dayAndTime(starts) {
  const days = daysFromToday(starts)
  const day = days === 0 ? t("today") : days === 1 ? t("tomorrow") : formatDay(starts)
  return capitalised(t("%(day)s at %(time)s", { day, time: formatTime(starts) }))
}

/**
 * @param {Notebook} notebook
 * @param {any} session
 * @param {any} series
 */
function placeText(notebook, session, series) {
  const length = t("%(minutes)s minutes with %(names)s", { minutes: session.minutes, names: othersIn(notebook, series) })
  return [length, series?.place].filter(Boolean).join(" · ")
}

/**
 * @param {Notebook} notebook
 * @param {any} series
 */
function othersIn(notebook, series) {
  if (series?.form === "group" && series.name) return series.name
  const me = notebook.person.id
  const others = [series?.supervisor, ...(series?.members ?? [])].filter((id) => id && id !== me)
  return listed([...new Set(others)].map((id) => nameOf(notebook, id)))
}

/**
 * How ready I am, and whether the other has prepared: never a reproach, always the next small step.
 * @param {Notebook} notebook
 * @param {any} session
 * @param {any} series
 */
function readiness(notebook, session, series) {
  const me = notebook.person.id
  const isSupervisor = series?.supervisor === me
  const others = isSupervisor ? (series?.members ?? []) : [series?.supervisor]
  const prepared = others.filter((/** @type {string} */ id) => id && preparedBy(notebook, session, id))
  const lines = []
  if (prepared.length) {
    const names = listed(prepared.map((/** @type {string} */ id) => nameOf(notebook, id)))
    lines.push(line("CheckmarkCircle", tn("%(names)s has prepared", "%(names)s have prepared", prepared.length, { names })))
  }
  lines.push(isSupervisor ? supervisorReadiness(notebook, session) : ownReadiness(notebook, session))
  return lines
}

/** @param {Notebook} notebook @param {any} session */
function ownReadiness(notebook, session) {
  const mine = topicsFor(notebook, session).filter(({ author }) => author === notebook.person.id)
  if (mine.length === 0) return line("PencilLine", t("What would you like to take up?"), "warm")
  const text = tn(
    "You have one topic. Would you like to take up more?",
    "You have %(count)s topics.",
    mine.length,
  )
  return line(mine.length === 1 ? "PencilLine" : "CheckmarkCircle", text, mine.length === 1 ? "warm" : "calm")
}

/** @param {Notebook} notebook @param {any} session */
function supervisorReadiness(notebook, session) {
  const topics = topicsFor(notebook, session)
  const isReady = preparedBy(notebook, session, notebook.person.id)
  const text = tn("One topic waits for you.", "%(count)s topics wait for you.", topics.length)
  if (topics.length === 0) return line("Calendar", t("No topics are shared with you yet."), "soft")
  return line(isReady ? "CheckmarkCircle" : "PencilLine", text, isReady ? "calm" : "warm")
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showAgreements(root, notebook) {
  const agreements = myOpenAgreements(notebook)
  replace(find(root, "[data-agreements]"), ...agreements.map((entry) => agreementRow(notebook, entry)))
  find(root, "[data-agreements]").hidden = agreements.length === 0
  find(root, "[data-no-agreements]").hidden = agreements.length > 0
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showShared(root, notebook) {
  const me = notebook.person.id
  const entries = notebook.entries().filter((entry) => entry.author !== me && isUnseen(entry, me) && entry.kind !== "holding")
  const rows = entries.reverse().slice(0, 5).map((entry) => h("li", {}, entryLink(notebook, entry)))
  replace(find(root, "[data-shared]"), ...rows)
  find(root, "[data-shared-section]").hidden = rows.length === 0
}

/**
 * @param {import("../../store/notebook.js").EntryView} entry
 * @param {string} me
 */
function isUnseen(entry, me) {
  return !entry.seen.some(({ person }) => person === me)
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showDrafts(root, notebook) {
  const rows = draftRows(notebook)
  replace(find(root, "[data-drafts]"), ...rows)
  find(root, "[data-drafts-section]").hidden = rows.length === 0
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showWaiting(root, notebook) {
  const { count } = notebook.waiting()
  const { phase } = notebook.syncState()
  const isWaiting = count > 0 && phase !== "syncing"
  find(root, "[data-waiting-section]").hidden = !isWaiting
  if (!isWaiting) return
  find(root, "[data-waiting]").textContent = tn(
    "One change lies safe here and is sent by itself.",
    "%(count)s changes lie safe here and are sent by themselves.",
    count,
  )
}
