import { areEqual } from "../core/merge.js"
import { controlsOf, showErrors } from "./errors.js"

/** @typedef {import("../core/merge.js").FieldValue} FieldValue */
/** @typedef {import("../core/merge.js").Fields} Fields */
/** @typedef {import("./errors.js").Control} Control */

/**
 * What a draft needs: the notebook of the unlocked person.
 * @typedef {{saveDraft(key: string, fields: Fields): Promise<unknown>, dropDraft(key: string): Promise<unknown>}} DraftKeeper
 */

/** A second is what we promise; a little less leaves time for the disk. */
const DRAFT_AFTER = 600
/** When a draft could not be kept. */
const AGAIN_AFTER = 2000

/**
 * Joins a form that the server rendered with fields by name. Every change is kept as a draft within a second, and at
 * once when the page is hidden. Dispatches `change` after each input, `draft` when the draft is on disk, and
 * `problem` (with `.error`) when it could not be kept.
 */
export class FormBinding extends EventTarget {
  #form
  /** @type {Fields} */
  #start
  /** @type {DraftKeeper | undefined} */
  #notebook
  #key
  #timer = 0
  /** @type {Promise<unknown>} */
  #saving = Promise.resolve()
  #unsaved = false
  #stopping = new AbortController()

  /**
   * @param {HTMLFormElement} form
   * @param {object} options
   * @param {Fields} [options.fields] what the entry holds now
   * @param {DraftKeeper} [options.notebook] keeps the draft
   * @param {string} [options.draftKey]
   * @param {Fields} [options.draft] what was being written, on top of the fields
   * @param {(values: Fields) => void} [options.onChange]
   */
  constructor(form, { fields = {}, notebook, draftKey = "", draft, onChange } = {}) {
    super()
    this.#form = form
    keepFromBrowser(form)
    this.#notebook = notebook
    this.#key = draftKey
    fillForm(form, fields)
    this.#start = readForm(form)
    if (draft) fillForm(form, draft)
    if (onChange) this.addEventListener("change", () => onChange(this.values()))
    this.#listen()
  }

  /** All fields as they stand. */
  values() {
    return readForm(this.#form)
  }

  /** Only the fields that differ from what the entry held. @returns {Fields} */
  changes() {
    return Object.fromEntries(
      Object.entries(this.values()).filter(([name, value]) => !areEqual(value, this.#start[name])),
    )
  }

  get dirty() {
    return Object.keys(this.changes()).length > 0
  }

  /** Puts values in the form without touching what it started from. @param {Fields} fields */
  fill(fields) {
    fillForm(this.#form, fields)
  }

  /** The entry holds this now: nothing is changed until the next key. @param {Fields} [fields] */
  settle(fields = this.values()) {
    this.#start = { ...this.#start, ...fields }
  }

  /** Keeps the draft now, and waits until it is on disk. */
  async saveDraftNow() {
    this.#forgetPlan()
    // At once, though an earlier one may still be under way: the notebook keeps their order, and holds what the disk does not.
    if (this.#unsaved) this.#saving = this.#saveDraft()
    await this.#saving
  }

  async forgetDraft() {
    this.#forgetPlan()
    this.#unsaved = false
    await this.#saving
    if (this.#notebook && this.#key) await this.#notebook.dropDraft(this.#key)
  }

  /**
   * Says what is wrong beside each field and in the summary, and moves focus there. With none, clears it all.
   * @param {Record<string, string>} errors text by field
   */
  showErrors(errors) {
    showErrors(this.#form, errors)
  }

  /** Keeps the draft and lets go of the page. */
  async stop() {
    this.#stopping.abort()
    await this.saveDraftNow()
  }

  #listen() {
    const { signal } = this.#stopping
    this.#form.addEventListener("input", () => this.#noteChange(), { signal })
    // A hidden page may be ended without a word.
    document.addEventListener("visibilitychange", () => document.hidden && this.saveDraftNow(), { signal })
    addEventListener("pagehide", () => this.saveDraftNow(), { signal })
  }

  #noteChange() {
    this.dispatchEvent(new Event("change"))
    if (!this.#notebook || !this.#key) return
    this.#unsaved = true
    this.#plan(DRAFT_AFTER)
  }

  /** Counted from the first key after a save, not the last: whoever types without a pause is kept too. @param {number} after */
  #plan(after) {
    if (!this.#timer) this.#timer = window.setTimeout(() => this.saveDraftNow(), after)
  }

  #forgetPlan() {
    clearTimeout(this.#timer)
    this.#timer = 0
  }

  async #saveDraft() {
    if (!this.#unsaved) return
    this.#unsaved = false
    try {
      await this.#notebook?.saveDraft(this.#key, this.values())
      this.dispatchEvent(new Event("draft"))
    } catch (error) {
      this.#unsaved = true
      // A disk that is full, or a connection that broke, may be well again before the next key.
      if (!this.#stopping.signal.aborted) this.#plan(AGAIN_AFTER)
      this.dispatchEvent(Object.assign(new Event("problem"), { error }))
    }
  }
}

/**
 * Browsers write what stands in a form to their own files, in the clear: to bring it back after a crash, and to suggest it
 * another time. What is written here is kept in the vault and nowhere else. Chromium asks the form, Firefox each text area.
 * @param {HTMLFormElement} form
 */
export function keepFromBrowser(form) {
  form.autocomplete = "off"
  for (const control of controlsOf(form)) control.autocomplete = "off"
}

/**
 * @param {HTMLFormElement} form
 * @returns {Fields} every named field; a choice not made is "" or, for numbers, null
 */
export function readForm(form) {
  /** @type {Fields} */
  const fields = {}
  for (const control of controlsOf(form)) {
    if (!(control instanceof HTMLInputElement && control.type === "radio"))
      fields[control.name] = valueIn(control)
    else if (control.checked || !(control.name in fields)) {
      fields[control.name] = control.checked ? typed(control, control.value) : typed(control, "")
    }
  }
  return fields
}

/**
 * @param {HTMLFormElement} form
 * @param {Fields} fields those named here are set; the rest of the form stays as it is
 */
export function fillForm(form, fields) {
  for (const control of controlsOf(form)) {
    if (!(control.name in fields)) continue
    const value = fields[control.name]
    if (control instanceof HTMLInputElement && control.type === "radio") {
      control.checked =
        value !== null ? control.value === String(value) : control.checked && control.value === ""
    } else if (control instanceof HTMLInputElement && control.type === "checkbox")
      control.checked = value === true
    else control.value = value === null ? "" : String(value)
  }
}

/**
 * @param {Control} control
 * @returns {FieldValue}
 */
function valueIn(control) {
  if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked
  return typed(control, control.value)
}

/**
 * @param {Control} control
 * @param {string} text
 * @returns {FieldValue}
 */
function typed(control, text) {
  if (control.dataset.type !== "int") return text
  return /^\s*-?\d+\s*$/.test(text) ? Number(text) : null
}
