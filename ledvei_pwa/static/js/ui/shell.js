import { fromTemplate, h } from "./h.js"
import { t } from "./i18n.js"
import { IdleWatch } from "./idle.js"
import { Leaving } from "./leaving.js"
import { mountLock } from "./lock.js"
import { Router } from "./router.js"
import { showStatus } from "./status.js"
import { problemText } from "./store_words.js"
import { hideToast, toast } from "./toasts.js"

/** @typedef {import("../sync/session.js").Session} Session */
/** @typedef {import("./router.js").View} View */

/** When the service has not said another time, in minutes. */
const LOCK_MINUTES = 5

/** @type {View} */
const LOST = { path: "", template: "view-lost", mount: () => undefined, open: true }

/** @type {View} */
const UNREACHABLE = {
  path: "",
  template: "view-offline",
  open: true,
  mount: (root) => root.querySelector("[data-again]")?.addEventListener("click", () => location.reload()),
}

/**
 * The page around the views: who may see what (locked, open, new here), the places, the line about the network, the
 * demo's ribbon, and the lock when nobody has been there for a while.
 */
export class Shell {
  #session
  #router
  #leaving = new Leaving()
  /** @type {IdleWatch | null} */
  #idle = null
  /** @type {(() => void) | null} */
  #stopLock = null
  /** @type {Promise<unknown>} the lock that fell when nobody looked any more */
  #locking = Promise.resolve()
  #outlet = /** @type {HTMLElement} */ (document.getElementById("main"))
  #places = /** @type {HTMLElement} */ (document.querySelector(".lv-places"))

  /**
   * @param {Session} session
   * @param {View[]} views
   * @param {Promise<unknown>} [more] settled when the rest of the views are among them
   */
  constructor(session, views, more) {
    this.#session = session
    const base = document.body.dataset.base ?? ""
    const shared = () => ({ ...session.sitting, session })
    const onLocked = () => this.show()
    this.#router = new Router({
      views,
      more,
      lost: LOST,
      unreachable: UNREACHABLE,
      outlet: this.#outlet,
      base,
      shared,
      onLocked,
    })
    this.#router.addEventListener("shown", () => this.#markPlace())
  }

  /** @throws {import("../store/problem.js").StoreProblem} when the browser lets us keep nothing */
  async start() {
    this.#session.addEventListener("locking", (event) => this.#beforeLock(/** @type {CustomEvent} */ (event)))
    this.#session.addEventListener("state", () => this.#follow())
    this.#session.addEventListener("here", () => this.#idle?.stir())
    addEventListener("unhandledrejection", ({ reason }) => tellOfStore(reason))
    document.addEventListener("visibilitychange", () => void this.#turnAway())
    addEventListener("pagehide", ({ persisted }) => persisted && this.#cover())
    addEventListener("pageshow", ({ persisted }) => persisted && void this.#comeBack())
    document.querySelector(".ds-skip-link")?.addEventListener("click", () => this.#outlet.focus())
    this.#router.start()
    await this.#session.start()
  }

  /** Whether somebody is in the middle of a word that a reload would take. */
  isTyping() {
    return [...this.#outlet.querySelectorAll("input, textarea")].some(
      (field) => Reflect.get(field, "value") !== Reflect.get(field, "defaultValue"),
    )
  }

  /**
   * Somebody pressed a reminder: the page is shown now, or when it is unlocked. Nothing is loaded anew, since that locks.
   * @param {string} path with a language, which may be another one
   */
  async go(path) {
    const base = document.body.dataset.base ?? ""
    const inside = /^\/(nb|nn)(\/.+)/.exec(path)?.[2] ?? "/today"
    history.pushState(null, "", base + inside)
    await this.show()
  }

  async #follow() {
    this.#leaving.guard(this.#session.holdsUnsaved)
    const isOpen = this.#session.state === "open"
    if (isOpen) this.#open()
    else this.#close()
    await this.show()
  }

  /** Shows what the address asks for, as far as the state allows. @returns {Promise<void>} */
  async show() {
    this.#stopLock?.()
    this.#stopLock = null
    // While one is led through the first steps the state changes under the view.
    const isWelcome = this.#router.path === "/welcome"
    if (isWelcome && this.#outlet.querySelector("[data-step]")) return
    // After sign-in one comes to the welcome; whoever has been here before only unlocks.
    const isBack = isWelcome && this.#session.state === "locked" && location.search === ""
    if (location.pathname === "/") return this.#router.navigate("/today", { replace: true })
    const isOpen = this.#session.state === "open" || this.#router.isElsewhere || this.#router.isOpen
    if (isOpen && !isBack) return this.#router.show()
    if (this.#session.state === "new") return this.#router.navigate("/welcome", { replace: true })
    await this.#router.leave()
    this.#places.hidden = true
    this.#stopLock = mountLock(this.#outlet, this.#session, this.#router.navigate)
  }

  #open() {
    const { notebook } = this.#session.sitting ?? {}
    if (!notebook) return
    const look = () => showStatus(notebook)
    notebook.addEventListener("sync", look)
    notebook.addEventListener("change", look)
    notebook.addEventListener("unsaved", () => {
      this.#leaving.guard(this.#session.holdsUnsaved)
      look()
    })
    look()
    // A device that was set up again opens without having been locked.
    this.#idle?.stop()
    this.#idle = new IdleWatch({
      minutes: () => notebook.all("service")[0]?.lock_minutes ?? LOCK_MINUTES,
      onWarning: () =>
        toast(t("Ledvei locks in half a minute. What you have written is kept."), { lasting: true }),
      onBack: hideToast,
      onIdle: () => void this.#session.lock(),
      onSign: () => this.#session.stir(),
    })
    this.#idle.start()
  }

  #close() {
    this.#idle?.stop()
    this.#idle = null
    hideToast()
    showStatus(null)
    // A question that still stands would be answered by whoever comes next.
    for (const dialog of document.querySelectorAll("dialog[open]")) Reflect.get(dialog, "close").call(dialog)
  }

  /** The view hands its text to the notebook before the key goes. @param {CustomEvent} event */
  #beforeLock(event) {
    event.detail.wait(this.#router.leave())
  }

  /**
   * While nobody looks nothing stands there, since the task switcher shows a picture of it; and for those who want it so, the
   * lock falls. This tab's alone: the others have been turned away from before.
   */
  async #turnAway() {
    const page = document.documentElement
    if (document.hidden) {
      page.dataset.covered = ""
      if (this.#session.sitting?.notebook.locksWhenHidden) this.#locking = this.#session.lockHere()
    }
    await this.#locking
    page.toggleAttribute("data-covered", document.hidden)
  }

  /**
   * The browser may keep the page as it stands, key and all, and show it again to whoever presses Back: after somebody has
   * signed out on a page of the server's, that may be another person. Loaded anew it would be locked; so it is then.
   */
  #cover() {
    document.body.hidden = true
  }

  async #comeBack() {
    await this.#session.lockHere()
    document.body.hidden = false
  }

  #markPlace() {
    // The first steps lead one way.
    this.#places.hidden = this.#session.state === "new" || this.#router.path === "/welcome"
    const here = this.#router.path.split("/")[1]
    for (const link of this.#places.querySelectorAll("a")) {
      const isHere = link.dataset.place === placeOf(here)
      if (isHere) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
    }
  }
}

/**
 * @param {Session} session
 * @param {View[]} views
 * @param {Promise<unknown>} [more] settled when the rest of the views are among them
 */
export function startShell(session, views, more) {
  const shell = new Shell(session, views, more)
  shell.start().catch(showProblem)
  return shell
}

/** Which of the five places a page belongs to. @param {string} first part of the path */
export function placeOf(first) {
  if (first === "topic" || first === "agreements") return "supervision"
  if (first === "debrief" || first === "assessment") return "write"
  return first === "attention" ? "today" : first
}

/**
 * The browser keeps nothing for us, or something broke before there was a view.
 * @param {unknown} error
 */
export function showProblem(error) {
  const outlet = document.getElementById("main")
  const code = /** @type {{code?: string} | null} */ (error)?.code ?? ""
  outlet?.replaceChildren(h("div", { class: "lv-view" }, fromTemplate("view-problem")))
  outlet?.querySelector("[data-text]")?.append(problemText(code))
  outlet?.querySelector("[data-again]")?.addEventListener("click", () => location.reload())
  outlet?.querySelector("h1")?.focus()
}

/** Whatever was pressed, and could not be stored: never in silence. @param {unknown} reason */
function tellOfStore(reason) {
  const { name, code } = /** @type {{name?: string, code?: string}} */ (reason ?? {})
  if (name === "StoreProblem") toast(t("That was not stored. %(why)s", { why: problemText(code ?? "") }))
}
