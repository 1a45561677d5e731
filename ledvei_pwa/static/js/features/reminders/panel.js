import { changeMeta, readMeta } from "../../store/meta.js"
import { find, findAll, fromTemplate } from "../../ui/h.js"
import { isInstalled } from "../../ui/install.js"
import { keepingPlace } from "../writing/fresh.js"
import { whichBrowser } from "./browser.js"
import { showReminders } from "./list.js"
import { standing } from "./permission.js"
import { allow, keepUp, stop } from "./subscription.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("./permission.js").Standing} Standing */
/** @typedef {import("./subscription.js").Answer} Answer */
/** @typedef {import("./subscription.js").Means} Means */

const WORKER_WITHIN = 10_000

/**
 * The reminders there are, and how to be reminded on this device. Nobody is asked before they press the button.
 * @param {HTMLElement} root
 * @param {{notebook: Notebook}} context
 * @returns {() => void}
 */
export function mountReminderPanel(root, { notebook }) {
  const panel = new Panel(root, notebook)
  panel.start()
  return () => panel.stop()
}

/**
 * At each start: this browser may have a new address. Says nothing, whatever comes of it.
 * @param {Notebook} notebook
 * @returns {Promise<void>}
 */
export async function keepRemindersUp(notebook) {
  const meta = await readMeta(notebook.store, notebook.person.id)
  const isOn = standing({ wanted: meta?.reminders === true, isInstalled: isInstalled() }) === "on"
  const means = isOn ? await meansOf(notebook) : null
  if (means) await keepUp(means)
}

class Panel {
  #root
  #notebook
  /** @type {{state: Answer | ""}} */
  #last = { state: "" }
  #refresh = () => void this.#show()

  /**
   * @param {HTMLElement} root
   * @param {Notebook} notebook
   */
  constructor(root, notebook) {
    this.#root = root
    this.#notebook = notebook
  }

  start() {
    this.#root.replaceChildren(fromTemplate("part-reminders"))
    this.#on("[data-allow]", () => this.#allow())
    this.#on("[data-stop]", () => this.#stop())
    for (const again of findAll(this.#root, "[data-look-again]"))
      again.addEventListener("click", () => this.#lookAgain())
    this.#notebook.addEventListener("change", this.#refresh)
    // A permission is most often changed in the browser's own settings, in another window.
    document.addEventListener("visibilitychange", this.#refresh)
    this.#refresh()
  }

  stop() {
    this.#notebook.removeEventListener("change", this.#refresh)
    document.removeEventListener("visibilitychange", this.#refresh)
  }

  /**
   * @param {string} selector
   * @param {() => Promise<void>} act
   */
  #on(selector, act) {
    const button = /** @type {HTMLButtonElement} */ (find(this.#root, selector))
    button.addEventListener("click", async () => {
      button.disabled = true
      await act().finally(() => {
        button.disabled = false
      })
      await this.#show({ keepFocus: true })
    })
  }

  async #allow() {
    // The question must follow the click at once: Safari and Firefox forget the click while one waits.
    const permission = Notification.requestPermission()
    const means = await meansOf(this.#notebook)
    const answer = means ? await allow(means, () => permission) : "failed"
    this.#last.state = answer === "on" || answer === "denied" ? "" : answer
    if (answer === "on") await this.#remember(true)
  }

  async #stop() {
    await this.#remember(false)
    const means = await meansOf(this.#notebook)
    if (means) await stop(means)
  }

  async #lookAgain() {
    this.#last.state = ""
    await this.#show({ keepFocus: true })
  }

  /** @param {boolean} reminders */
  async #remember(reminders) {
    const { store, person } = this.#notebook
    await store.write(["meta"], (tx) => changeMeta(tx, person.id, { reminders }))
  }

  /** @param {{keepFocus?: boolean}} [options] */
  async #show({ keepFocus = false } = {}) {
    const meta = await readMeta(this.#notebook.store, this.#notebook.person.id)
    const wanted = meta?.reminders === true
    this.#showStanding(meta?.vapid ? standing({ wanted, isInstalled: isInstalled() }) : "none")
    keepingPlace(this.#root, () => this.#showList())
    if (keepFocus && !this.#root.contains(document.activeElement))
      find(this.#root, "[data-standing]:not([hidden])").focus()
  }

  #showList() {
    const list = find(this.#root, "[data-list]")
    const count = showReminders(list, this.#notebook)
    list.hidden = count === 0
    find(this.#root, "[data-empty]").hidden = count > 0
  }

  /** @param {Standing} now */
  #showStanding(now) {
    for (const part of findAll(this.#root, "[data-standing]")) part.hidden = part.dataset.standing !== now
    const browser = whichBrowser(navigator.userAgent, navigator.maxTouchPoints)
    for (const steps of findAll(this.#root, "[data-browser]"))
      steps.hidden = steps.dataset.browser !== browser
    for (const text of findAll(this.#root, "[data-problem]"))
      text.hidden = text.dataset.problem !== this.#last.state
  }
}

/**
 * @param {Notebook} notebook
 * @returns {Promise<Means | null>} null without a worker or a key
 */
async function meansOf({ store, person }) {
  const meta = await readMeta(store, person.id)
  const registration = await Promise.race([
    navigator.serviceWorker.ready,
    new Promise((resolve) => setTimeout(resolve, WORKER_WITHIN, null)),
  ])
  if (!meta?.vapid || !registration) return null
  return { registration, device: meta.device, vapid: meta.vapid, fetch: window.fetch.bind(window) }
}
