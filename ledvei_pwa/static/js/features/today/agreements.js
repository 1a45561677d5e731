import { h } from "../../ui/h.js"
import { formatDue, t, todayInOslo } from "../../ui/i18n.js"
import { daysFromToday } from "../../ui/dates.js"
import { toast } from "../../ui/toasts.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").EntryView} EntryView */

/**
 * Mine and not done, the soonest first, those without a date last.
 * @param {Notebook} notebook
 */
export function myOpenAgreements(notebook) {
  const due = (/** @type {EntryView} */ entry) => String(entry.fields.due || "9999")
  return notebook
    .entries({ kind: "agreement" })
    .filter(({ fields }) => fields.owner === notebook.person.id && fields.done !== true)
    .sort((one, other) => due(one).localeCompare(due(other)))
}

/**
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
export function agreementRow(notebook, entry) {
  const id = `agreement-${entry.id}`
  const box = h("input", { class: "ds-input", type: "checkbox", id, onchange: () => checkOff(notebook, entry, box) })
  const due = String(entry.fields.due ?? "")
  const isPressing = due !== "" && daysFromToday(due) <= 0
  return h(
    "li",
    { class: "lv-check" },
    box,
    h("label", { for: id }, String(entry.fields.text ?? "")),
    due && h("p", { class: isPressing ? "lv-warm lv-small" : "lv-soft lv-small" }, formatDue(due)),
  )
}

/**
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @param {HTMLInputElement} box
 */
async function checkOff(notebook, entry, box) {
  box.disabled = true
  await notebook.save({ kind: "agreement", entry: entry.id, set: { done: true, done_on: todayInOslo() } })
  const undo = async () => {
    await notebook.save({ kind: "agreement", entry: entry.id, set: { done: false, done_on: "" } })
  }
  toast(t("Done. Well kept."), { undo })
}
