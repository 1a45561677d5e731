import { h } from "./h.js"
import { t } from "./i18n.js"

let count = 0

/**
 * Asks before something is lost. Escape and the second button both answer no.
 * @param {object} question
 * @param {string} question.title
 * @param {string} [question.text]
 * @param {string} question.yes what the first button does, as a verb
 * @param {string} [question.no]
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text = "", yes, no = t("Cancel") }) {
  const id = `dialog-${++count}`
  const dialog = h(
    "dialog",
    { class: "ds-dialog", "aria-labelledby": id },
    h(
      "form",
      { method: "dialog", class: "lv-stack" },
      h("h2", { id }, title),
      text && h("p", {}, text),
      h(
        "div",
        { class: "lv-row" },
        h("button", { class: "ds-button", value: "yes" }, yes),
        h("button", { class: "ds-button", "data-variant": "secondary", value: "no" }, no),
      ),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve(dialog.returnValue === "yes")
    })
  })
}
