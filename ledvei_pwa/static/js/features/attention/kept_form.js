import { FormBinding } from "../../ui/form.js"
import { h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { showKept } from "../../ui/state.js"
import { toast } from "../../ui/toasts.js"
import { identityProblems, IdentityWatch } from "../writing/identities.js"
import { TroubleWatch } from "../writing/trouble.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../core/merge.js").Fields} Fields */

/**
 * A small form whose text is a draft from the first second, as on the pages where one writes.
 */
export class KeptForm {
  /** @type {HTMLFormElement} */
  element
  /** It was being written before. */
  isResumed
  #notebook
  #binding
  #trouble
  #identities
  #writing
  #said
  #isSaving = false

  /**
   * @param {Notebook} notebook
   * @param {object} options
   * @param {string} options.draftKey
   * @param {Fields} options.fields what it begins with
   * @param {HTMLElement[]} options.controls
   * @param {HTMLElement[]} [options.buttons] beside the one that saves
   * @param {(values: Fields) => import("../../store/notebook.js").Writing} options.writing what saving writes
   * @param {string} options.said when it is saved
   */
  constructor(notebook, { draftKey, fields, controls, buttons = [], writing, said }) {
    const draft = notebook.draft(draftKey)
    this.isResumed = draft !== null
    this.#notebook = notebook
    this.#writing = () => writing(this.#binding.values())
    this.#said = said
    this.element = h(
      "form",
      { class: "lv-stack", autocomplete: "off", onsubmit: (event) => void this.#submit(event) },
      ...controls,
      h("p", {
        class: "lv-line lv-state lv-small",
        "data-tone": "soft",
        "data-save-state": true,
        role: "status",
      }),
      h("div", { class: "lv-row" }, h("button", { class: "ds-button" }, t("Save")), ...buttons),
    )
    this.#binding = new FormBinding(this.element, { fields, notebook, draftKey, draft: draft ?? undefined })
    this.#identities = new IdentityWatch(this.element)
    for (const area of this.element.querySelectorAll("textarea")) area.defaultValue = area.value
    this.#binding.addEventListener("draft", () => showKept(this.element))
    this.#trouble = new TroubleWatch(notebook, this.element, this.#binding, {
      kind: this.#writing().kind,
      draftKey,
      writing: this.#writing,
      save: () => this.element.requestSubmit(),
    })
  }

  /** Puts a text in a field as if it had been typed. @param {string} name @param {string} text */
  use(name, text) {
    const area = this.element.querySelector(`textarea[name="${CSS.escape(name)}"]`)
    if (!(area instanceof HTMLTextAreaElement)) return
    area.value = text
    area.dispatchEvent(new Event("input", { bubbles: true }))
    area.focus()
  }

  /** Put away without saving: the draft stays. */
  stop() {
    this.#trouble.stop()
    this.#identities.stop()
    return this.#binding.stop()
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault()
    const [refused] = Object.values(identityProblems(this.#binding.values()))
    this.#identities.look()
    if (this.#isSaving || refused) return void (refused && toast(refused))
    this.#isSaving = true
    try {
      await this.#binding.saveDraftNow()
      for (const area of this.element.querySelectorAll("textarea")) area.defaultValue = area.value
      await this.#notebook.save(this.#writing())
      this.#trouble.saved()
      toast(this.#said)
    } catch (error) {
      this.#trouble.refused(error)
    } finally {
      this.#isSaving = false
    }
  }
}

/** @param {string} id @param {string} name @param {string} label @param {number} [rows] */
export function textField(id, name, label, rows = 4) {
  return h(
    "div",
    { class: "ds-field" },
    h("label", { for: id }, label),
    h("textarea", { class: "ds-input", id, name, rows, autocomplete: "off" }),
  )
}
