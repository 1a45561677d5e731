import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { kindName } from "../write/entries.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").EntryView} EntryView */
/** @typedef {import("../../core/merge.js").FieldValue} FieldValue */

/**
 * The same field was changed in two places: both texts side by side. One chooses, or writes them into one, and saves.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
export function conflictCard(notebook, entry) {
  const names = Object.keys(entry.conflicts)
  return h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, kindName(entry.kind)),
    h("p", { class: "lv-soft" }, t("Both texts are kept. Choose one, or write them into one.")),
    ...names.map((name) => fieldForm(notebook, entry, name)),
  )
}

/**
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @param {string} name of the field
 */
function fieldForm(notebook, entry, name) {
  const id = `conflict-${entry.id}-${name}`
  const now = entry.fields[name]
  const others = entry.conflicts[name]
  /** @type {FieldValue} */
  let chosen = now
  const area = h("textarea", { class: "ds-input", id, rows: 5, oninput: () => (chosen = area.value) })
  const isText = typeof now === "string" || others.some(({ value }) => typeof value === "string")
  area.value = shown(now)
  const choose = (/** @type {FieldValue} */ value) => {
    chosen = value
    area.value = shown(value)
    if (isText) area.focus()
  }
  const both = () => choose([now, ...others.map(({ value }) => value)].map(shown).filter(Boolean).join("\n\n"))
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault()
    await notebook.save({ kind: entry.kind, entry: entry.id, set: { [name]: chosen } })
    toast(t("Saved as one text."))
  }
  return h(
    "form",
    { class: "lv-stack", onsubmit: save },
    h(
      "div",
      { class: "lv-pair" },
      version(t("What is there now"), shown(now), () => choose(now)),
      ...others.map(({ value, at }) =>
        version(t("Written %(moment)s", { moment: formatMoment(at) }), shown(value), () => choose(value))),
    ),
    h("button", { type: "button", class: "ds-button", "data-variant": "secondary", hidden: !isText, onclick: both }, t("Join both")),
    h("div", { class: "ds-field" }, h("label", { for: id }, t("This is what I keep")), area),
    h("button", { class: "ds-button" }, t("Save")),
  )
}

/**
 * @param {string} title
 * @param {string} text
 * @param {() => void} choose
 */
function version(title, text, choose) {
  return h(
    "div",
    { class: "lv-stack", "data-gap": "small" },
    h("p", { class: "lv-soft lv-small" }, title),
    h("p", { class: "lv-text" }, text || t("(empty)")),
    h("button", { type: "button", class: "ds-button", "data-variant": "secondary", onclick: choose }, t("Use this one")),
  )
}

/** @param {FieldValue} value */
function shown(value) {
  return value === null || value === undefined ? "" : String(value)
}
