import { copyText } from "./copy.js"
import { find, h, icon } from "./h.js"
import { t } from "./i18n.js"
import { problemText } from "./store_words.js"

/**
 * @typedef {object} WayOut what can be done with a text that the device could not keep
 * @property {() => string} text as it stands, to be copied
 * @property {() => Promise<void>} saveSealed makes a sealed file of it, and of what waits
 * @property {() => Promise<void>} again tries once more
 */

/** Whoever presses "Try again" sees that it was tried, in milliseconds. */
const BREATH = 400

/**
 * Says at the form that what is written there is not kept, and gives every way out. The text itself stays where it is, in
 * the page, and is tried again by itself; the box goes when that has helped.
 */
export class Trouble {
  #form
  #way
  /** @type {HTMLElement | null} */
  #box = null

  /**
   * @param {HTMLFormElement} form
   * @param {WayOut} way
   */
  constructor(form, way) {
    this.#form = form
    this.#way = way
  }

  get isShown() {
    return this.#box !== null
  }

  /** @param {unknown} error of the store */
  show(error) {
    const code = String(Reflect.get(Object(error), "code") ?? "")
    if (this.#box) return void (find(this.#box, "[data-why]").textContent = problemText(code))
    this.#box = this.#makeBox(code)
    const acts = this.#form.querySelector(".lv-actions, [data-save-state]")
    if (acts) acts.before(this.#box)
    else this.#form.append(this.#box)
    this.#sayWhereOneLooks()
  }

  hide() {
    const hadFocus = this.#box?.contains(document.activeElement)
    this.#box?.remove()
    this.#box = null
    // What had focus is gone: the next key goes on in the form.
    if (hadFocus) this.#form.querySelector("textarea")?.focus()
  }

  /** @param {string} code */
  #makeBox(code) {
    const { text, saveSealed, again } = this.#way
    return h(
      "div",
      { class: "lv-notice lv-trouble", "data-tone": "warm", role: "alert", tabindex: -1 },
      h(
        "div",
        {},
        h("p", { "data-why": true }, problemText(code)),
        h(
          "p",
          {},
          t("What you have written stands here as long as this page is open. To be safe, take it out:"),
        ),
        h(
          "div",
          { class: "lv-row" },
          act(t("Copy the text"), "Files", () => copyText(text())),
          act(t("Save a sealed file"), "PadlockLocked", saveSealed),
          act(t("Try again"), "ArrowsCirclepath", again),
        ),
        h(
          "p",
          { class: "lv-small" },
          t("Only your service can open the sealed file. Send it in from Me, here or on another device."),
        ),
      ),
    )
  }

  /** The line beside the button is always in sight; the box may be above what one sees. */
  #sayWhereOneLooks() {
    const place = this.#form.querySelector("[data-save-state]")
    const go = () => {
      this.#box?.scrollIntoView({ block: "start" })
      this.#box?.focus()
    }
    const button = h("button", { type: "button", class: "lv-inline", onclick: go }, t("See what you can do"))
    place?.replaceChildren(icon("Information"), h("span", {}, t("Not stored yet."), " ", button))
  }
}

/**
 * @param {string} text
 * @param {string} picture
 * @param {() => Promise<unknown>} work
 */
function act(text, picture, work) {
  const button = h(
    "button",
    { type: "button", class: "ds-button", "data-variant": "secondary" },
    icon(picture),
    text,
  )
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true")
    await Promise.all([work(), new Promise((resolve) => setTimeout(resolve, BREATH))])
    button.removeAttribute("aria-busy")
  })
  return button
}
