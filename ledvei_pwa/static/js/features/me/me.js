import { confirm } from "../../ui/dialogs.js"
import { find, findAll } from "../../ui/h.js"
import { language, t, tn } from "../../ui/i18n.js"
import { mountInstall } from "../../ui/install.js"
import { may } from "../../ui/may.js"
import { toast } from "../../ui/toasts.js"
import { mountNews } from "../news/board.js"
import { mountOwnTexts } from "../own/section.js"
import { mountReminderPanel } from "../reminders/panel.js"
import { bindPassphraseChange } from "./change.js"
import { bindPasskeys } from "./passkeys.js"
import { chooseLanguage } from "./language.js"
import { showStorage } from "./storage.js"
import { mountSync } from "./sync.js"

/** @typedef {import("../../ui/router.js").Context & {session: import("../../sync/session.js").Session}} Context */
/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** How long the server may take to hear that somebody signs out, and to give another language, in milliseconds. */
const FOR_A_WORD = 10_000
const FOR_A_LANGUAGE = 30_000

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
  }
  show()
  void showStorage(root)
  notebook.addEventListener("sync", show)
  notebook.addEventListener("change", show)
  find(root, "[data-lock]").addEventListener("click", () => session.lock())
  find(root, "[data-sign-out]").addEventListener("click", () => signOut(context))
  find(root, "[data-language-form]").addEventListener(
    "change",
    (event) => void changeLanguage(event, notebook),
  )
  bindPassphraseChange(root, session)
  bindPasskeys(root, notebook)
  const hidden = /** @type {HTMLInputElement} */ (find(root, "[data-lock-hidden]"))
  hidden.checked = notebook.locksWhenHidden
  hidden.addEventListener("change", () => void notebook.lockWhenHidden(hidden.checked))
  const undo = [
    mountNews(root, context),
    mountSync(root, context),
    mountOwnTexts(root, context),
    mountInstall(find(root, "[data-install]")),
    mountReminderPanel(find(root, "[data-reminders]"), context),
  ]
  return () => {
    notebook.removeEventListener("sync", show)
    notebook.removeEventListener("change", show)
    for (const stop of undo) stop?.()
  }
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function showPerson(root, notebook) {
  find(root, "[data-name]").textContent = notebook.person.name
  find(root, "[data-service]").textContent = notebook.all("service")[0]?.name ?? ""
  const count = notebook.attention().length + notebook.unreadable().length
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
  const headers = { "X-Ledvei": "1" }
  const signal = AbortSignal.timeout(FOR_A_WORD)
  const told = fetch("/api/v1/sign-out", { method: "POST", headers, signal }).catch(() => null)
  await session.lock()
  const answer = await told
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
  if (!(await isHere(chosen))) {
    find(document, `[name=language][value=${language()}]`).click()
    return toast(t("The first time, the other language is fetched. That needs the network."))
  }
  await chooseLanguage(notebook, chosen)
  await notebook.settled()
  location.assign(location.pathname.replace(/^\/n[bn]\//, `/${chosen}/`))
}

/** Most people never need the other language: what it says is fetched when it is chosen. @param {string} chosen */
async function isHere(chosen) {
  const address = (document.body.dataset.views ?? "").replace(/n[bn]$/, chosen)
  const signal = AbortSignal.timeout(FOR_A_LANGUAGE)
  return (await fetch(address, { signal }).catch(() => null))?.ok === true
}
