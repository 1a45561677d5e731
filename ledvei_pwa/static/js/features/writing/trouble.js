import { showKept } from "../../ui/state.js"
import { Trouble } from "../../ui/trouble.js"
import { saveSealed } from "../own/sealed.js"
import { answersOf, asPlainText } from "./answers.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").Writing} Writing */
/** @typedef {import("../../ui/form.js").FormBinding} FormBinding */

/**
 * @typedef {object} Watched
 * @property {string} kind of text
 * @property {string} draftKey
 * @property {() => Writing} writing what saving would write
 * @property {() => void} save presses the button that saves
 */

/** Watches a form whose text the device may fail to store, and gives the way out there until it is stored. */
export class TroubleWatch {
  #trouble
  #stopping = new AbortController()
  /** It was to be saved for good when the device failed, and not the draft alone. */
  #isRefused = false

  /**
   * @param {Notebook} notebook
   * @param {HTMLFormElement} form
   * @param {FormBinding} binding
   * @param {Watched} text
   */
  constructor(notebook, form, binding, { kind, draftKey, writing, save }) {
    const { signal } = this.#stopping
    this.#trouble = new Trouble(form, {
      text: () => asPlainText(answersOf(notebook, { kind, fields: binding.values() })),
      saveSealed: () => saveSealed(notebook, writing()),
      again: async () => {
        await binding.saveDraftNow()
        if (this.#isRefused) save()
      },
    })
    const isStored = () => !notebook.unsaved().includes(draftKey)
    const look = () => {
      if (!this.#trouble.isShown || this.#isRefused || !isStored()) return
      this.#trouble.hide()
      showKept(form)
    }
    binding.addEventListener("problem", (event) => this.#trouble.show(Reflect.get(event, "error")), {
      signal,
    })
    binding.addEventListener("draft", look, { signal })
    // The notebook tries by itself as well.
    notebook.addEventListener("unsaved", look, { signal })
    if (!isStored()) this.#trouble.show(null)
  }

  /** It could not be saved for good. @param {unknown} error */
  refused(error) {
    this.#isRefused = true
    this.#trouble.show(error)
  }

  saved() {
    this.#isRefused = false
    this.#trouble.hide()
  }

  stop() {
    this.#stopping.abort()
  }
}
