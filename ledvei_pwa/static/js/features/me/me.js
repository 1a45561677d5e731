import { confirm } from "../../ui/dialogs.js"
import { find, findAll } from "../../ui/h.js"
import { formatMoment, formatTime, language, t, tn, todayInOslo } from "../../ui/i18n.js"
import { mountInstall } from "../../ui/install.js"
import { may } from "../../ui/may.js"
import { toast } from "../../ui/toasts.js"
import { mountReminderPanel } from "../reminders/panel.js"
import { bindPassphraseChange } from "./change.js"
import { chooseLanguage } from "./language.js"
import { showStorage } from "./storage.js"

/** @typedef {import("../../ui/router.js").Context & {session: import("../../sync/session.js").Session}} Context */
/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/me",
  template: "view-me",
  mount: (root, context) => mount(root, /** @type {Context} */ (context)),
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function mount(root, context) {
  const { notebook, session } = context
  const show = () => {
    showPerson(root, notebook)
    showLeading(root, notebook)
    showSync(root, notebook)
  }
  show()
  void showStorage(root)
  notebook.addEventListener("sync", show)
  notebook.addEventListener("change", show)
  find(root, "[data-lock]").addEventListener("click", () => session.lock())
  find(root, "[data-sync]").addEventListener("click", () => syncNow(root, context))
  find(root, "[data-sign-out]").addEventListener("click", () => signOut(context))
  find(root, "[data-language-form]").addEventListener(
    "change",
    (event) => void changeLanguage(event, notebook),
  )
  bindPassphraseChange(root, session)
  const undoInstall = mountInstall(find(root, "[data-install]"))
  const undoPanel = mountReminderPanel(find(root, "[data-reminders]"), context)
  return () => {
    notebook.removeEventListener("sync", show)
    notebook.removeEventListener("change", show)
    undoInstall()
    if (typeof undoPanel === "function") undoPanel()
  }
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showPerson(root, notebook) {
  find(root, "[data-name]").textContent = notebook.person.name
  find(root, "[data-service]").textContent = notebook.all("service")[0]?.name ?? ""
  const count = notebook.attention().length
  find(root, "[data-attention]").textContent = count
    ? tn("One text", "%(count)s texts", count)
    : t("Nothing now")
}

/** What is led from pages of the server's, for those who lead. @param {HTMLElement} root @param {Notebook} notebook */
function showLeading(root, notebook) {
  const links = findAll(root, "[data-may]")
  for (const link of links)
    link.hidden = !may(notebook, /** @type {import("../../ui/may.js").Page} */ (link.dataset.may))
  find(root, "[data-leading]").hidden = links.every(({ hidden }) => hidden)
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showSync(root, notebook) {
  const state = notebook.syncState()
  const text = stateText(state)
  const place = find(root, "[data-sync-state]")
  if (place.textContent !== text) place.textContent = text
  find(root, "[data-progress]").hidden = state.phase !== "syncing"
  find(root, "[data-signed-out]").hidden = state.phase !== "signed_out"
}

/**
 * "Everything" is said only when the server's own count and ours agree.
 * @param {import("../../store/notebook.js").SyncState} state
 */
function stateText({ equal, waiting, lastSync }) {
  if (equal && lastSync)
    return t("Everything is sent and equal. Last checked %(when)s.", { when: whenText(lastSync) })
  if (waiting) return tn("One change waits to be sent.", "%(count)s changes wait to be sent.", waiting)
  if (lastSync) return t("Nothing waits. Last fetched %(when)s.", { when: whenText(lastSync) })
  return t("Nothing waits.")
}

/** @param {string} moment ISO */
function whenText(moment) {
  return todayInOslo(moment) === todayInOslo()
    ? t("today at %(time)s", { time: formatTime(moment) })
    : formatMoment(moment)
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
async function syncNow(root, { engine, notebook }) {
  const button = find(root, "[data-sync]")
  button.setAttribute("aria-busy", "true")
  await engine.syncNow()
  button.removeAttribute("aria-busy")
  const { equal, phase } = notebook.syncState()
  if (equal) toast(t("Everything is sent and equal."))
  else if (phase === "offline") toast(t("There is no network just now. It is tried again by itself."))
  else if (phase !== "signed_out") toast(t("Not everything is through yet. It is tried again by itself."))
}

/** @param {Context} context */
async function signOut({ notebook, session }) {
  const { count } = notebook.waiting()
  const isSure = await confirm({
    title: t("Sign out on this device?"),
    text: count
      ? tn(
          "One change waits here. It is kept, and sent by itself.",
          "%(count)s changes wait here. They are kept, and sent by themselves.",
          count,
        )
      : t("What you have written stays here, locked, until you unlock it again."),
    yes: t("Sign out"),
    no: t("Stay"),
  })
  if (!isSure) return
  const answer = await fetch("/api/v1/sign-out", { method: "POST", headers: { "X-Ledvei": "1" } }).catch(
    () => null,
  )
  await session.lock()
  if (answer?.ok) location.assign("/sign-in")
  else
    toast(
      t(
        "Ledvei is locked. The server could not be told that you signed out: do it again when there is a network.",
      ),
    )
}

/**
 * The other language is another document; the key lives in this one, so one unlocks again there. What was being written
 * is on disk first.
 * @param {Event} event
 * @param {Notebook} notebook
 */
async function changeLanguage(event, notebook) {
  const chosen = /** @type {HTMLInputElement} */ (event.target).value
  if (chosen === language()) return
  await chooseLanguage(notebook, chosen)
  await notebook.settled()
  location.assign(location.pathname.replace(/^\/n[bn]\//, `/${chosen}/`))
}
