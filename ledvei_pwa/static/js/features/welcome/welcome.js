import { deviceName } from "../../ui/device_name.js"
import { find, findAll, fromTemplate, replace } from "../../ui/h.js"
import { showErrors } from "../../ui/errors.js"
import { mountInstall } from "../../ui/install.js"
import { t } from "../../ui/i18n.js"
import { bindShow } from "../../ui/lock.js"
import { problemText } from "../../ui/store_words.js"
import { loadViews } from "../../ui/views.js"
import { newPassphraseErrors, textFor } from "./passphrase.js"

/** @typedef {import("../../ui/router.js").Context} Context */
/** @typedef {import("../../sync/session.js").Session} Session */

/** @type {import("../../ui/router.js").View} */
export const view = { path: "/welcome", template: "view-welcome", mount, open: true }

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function mount(root, context) {
  const welcome = new Welcome(root, context)
  welcome.start()
  return () => welcome.stop()
}

/** Three short steps. Where one is lies in the address, so that a reload goes on from there. */
class Welcome {
  #root
  #context
  #session
  /** @type {(() => void)[]} */
  #undo = []

  /**
   * @param {HTMLElement} root
   * @param {Context & {session?: Session}} context
   */
  constructor(root, context) {
    this.#root = root
    this.#context = context
    this.#session = /** @type {Session} */ (context.session)
  }

  start() {
    const asked = Number(this.#context.query.get("step") ?? 1)
    const isOpen = this.#session.state === "open"
    if (isOpen && asked < 3) return void this.#context.navigate("/today", { replace: true })
    // The passphrase comes before the reminders, whatever the address says.
    this.#show(isOpen ? 3 : Math.min(asked, 2))
  }

  stop() {
    for (const undo of this.#undo.splice(0)) undo()
  }

  /** @param {number} step */
  #show(step) {
    this.stop()
    const query = new URLSearchParams({ ...Object.fromEntries(this.#context.query), step: String(step) })
    history.replaceState(null, "", `${location.pathname}?${query}`)
    const template = ["", "welcome-install", "welcome-passphrase", "welcome-reminders"][step]
    replace(this.#place, fromTemplate(template))
    for (const [index, mark] of findAll(this.#root, ".lv-steps > li").entries())
      mark.toggleAttribute("data-done", index < step)
    if (step === 1) this.#install()
    else if (step === 2) this.#passphrase()
    else this.#reminders()
    find(this.#place, "h1").focus()
    scrollTo(0, 0)
  }

  get #place() {
    return find(this.#root, "[data-step]")
  }

  #install() {
    this.#undo.push(mountInstall(find(this.#place, "[data-install]")))
    find(this.#place, "[data-next]").addEventListener("click", () => this.#show(2))
  }

  #passphrase() {
    const form = /** @type {HTMLFormElement} */ (this.#place.querySelector("form"))
    const fields = /** @type {HTMLInputElement[]} */ (findAll(form, "[name=passphrase], [name=again]"))
    const box = /** @type {HTMLInputElement} */ (find(form, "[data-show]"))
    bindShow(box, fields)
    find(this.#place, "[data-emptied]").hidden = !this.#session.emptied
    void this.#draw()
    void this.#showStrength(fields[0])
    find(form, "[data-other-words]").addEventListener("click", () => this.#draw())
    find(form, "[data-use-words]").addEventListener("click", () => {
      const words = find(form, "[data-words]").textContent ?? ""
      for (const field of fields) field.value = words
      fields[0].dispatchEvent(new Event("input"))
      box.checked = true
      box.dispatchEvent(new Event("change"))
      fields[0].focus()
    })
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      void this.#enrol(form, fields[0].value, fields[1].value)
    })
  }

  /** Its words come with the views. @param {HTMLInputElement} field */
  async #showStrength(field) {
    const [{ showStrength }] = await Promise.all([import("../index.js"), loadViews()])
    await showStrength(field)
  }

  async #draw() {
    const { drawWords } = await import("../../ui/words.js")
    const place = this.#place.querySelector("[data-words]")
    if (place) place.textContent = drawWords()
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} passphrase
   * @param {string} again
   */
  async #enrol(form, passphrase, again) {
    const errors = newPassphraseErrors(passphrase, again)
    showErrors(form, errors)
    if (Object.keys(errors).length)
      return void (/** @type {HTMLElement} */ (form.querySelector("[aria-invalid]")).focus())
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"))
    if (button.disabled) return
    button.disabled = true
    this.#progress(t("Locking this device"))
    try {
      const startAnew = this.#context.query.has("again")
      await this.#session.enrol({ passphrase, deviceName: deviceName(), startAnew })
      await this.#fetchAll()
      this.#show(3)
    } catch (error) {
      button.disabled = false
      find(this.#place, "[data-progress]").hidden = true
      this.#say(form, error)
    }
  }

  /** A first fill may be long: how far it is, is shown. */
  async #fetchAll() {
    const { notebook, engine } = this.#session.sitting ?? {}
    const show = () => this.#progress(t("Fetching what you can read"), notebook?.syncState().progress)
    show()
    notebook?.addEventListener("sync", show)
    await engine?.syncNow()
    notebook?.removeEventListener("sync", show)
  }

  /**
   * @param {string} text
   * @param {import("../../ui/sync_words.js").Progress | null} [progress]
   */
  #progress(text, progress = null) {
    const place = this.#place.querySelector("[data-progress]")
    const words = place?.querySelector("[data-progress-text]")
    const bar = place?.querySelector("progress")
    if (!(place instanceof HTMLElement) || !words || !bar) return
    place.hidden = false
    // Said aloud once; the bar tells the rest.
    if (words.textContent !== text) words.textContent = text
    if (!progress?.total) return bar.removeAttribute("value")
    bar.max = progress.total
    bar.value = progress.done
  }

  /**
   * @param {HTMLFormElement} form
   * @param {unknown} error
   */
  #say(form, error) {
    const { name, code } = /** @type {{name?: string, code?: string}} */ (error ?? {})
    if (code === "signed_out" || code === "offline") return this.#signedOut(code)
    const otherText = t(
      "You have used Ledvei here before. Write the passphrase you chose then, or start again from the lock screen.",
    )
    const text =
      code === "other_passphrase"
        ? otherText
        : code === "taken"
          ? textFor(code)
          : name === "StoreProblem"
            ? problemText(code ?? "")
            : null
    showErrors(form, {
      passphrase: text ?? t("The server did not answer as it should. Try again in a moment."),
    })
    form.querySelector("input:not([hidden])")?.dispatchEvent(new Event("focus"))
  }

  /** @param {string} code */
  #signedOut(code) {
    replace(this.#place, fromTemplate("welcome-signed-out"))
    if (code === "offline") {
      find(this.#place, "[data-why]").textContent = t(
        "There is no network just now. To set up this device you need it once.",
      )
    }
    find(this.#place, "[data-again]").addEventListener("click", () => this.#show(2))
    find(this.#place, "h1").focus()
  }

  #reminders() {
    const place = find(this.#place, "[data-reminders]")
    void this.#askAbout(place)
    find(this.#place, "[data-next]").addEventListener("click", () => this.#context.navigate("/today"))
  }

  /** The panel comes with all that a first visit does not wait for. @param {HTMLElement} place */
  async #askAbout(place) {
    const [{ mountReminderPanel }] = await Promise.all([import("../index.js"), loadViews()])
    const { sitting } = this.#session
    if (place.isConnected && sitting) this.#undo.push(mountReminderPanel(place, sitting))
  }
}
