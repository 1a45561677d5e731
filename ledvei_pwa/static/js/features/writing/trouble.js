import { Trouble } from "../../ui/trouble.js"
import { answersOf, asPlainText } from "./answers.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../ui/form.js").FormBinding} FormBinding */

/**
 * Watches a form whose draft could not be kept, and gives the way out there until it could.
 * @param {Notebook} notebook
 * @param {HTMLFormElement} form
 * @param {FormBinding} binding
 * @param {{kind: string, again?: () => Promise<void>}} text `again`: what to try besides keeping the draft
 */
export function watchTrouble(notebook, form, binding, { kind, again }) {
  const trouble = new Trouble(form, {
    text: () => asPlainText(answersOf(notebook, { kind, fields: binding.values() })),
    again: async () => {
      await binding.saveDraftNow()
      await again?.()
    },
  })
  binding.addEventListener("problem", (event) => trouble.show(Reflect.get(event, "error")))
  binding.addEventListener("draft", () => trouble.hide())
  return trouble
}
