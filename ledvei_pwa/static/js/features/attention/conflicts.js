import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { kindName } from "../write/entries.js"
import { labelsOf, wordFor } from "../writing/words.js"

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
    ...names.map((name) =>
      name === "removed" ? removalForm(notebook, entry) : fieldForm(notebook, entry, name),
    ),
  )
}

/**
 * Removed on one device while it was written on on another: it is still there, and one says whether to keep it.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
function removalForm(notebook, entry) {
  const quiet = { type: "button", class: "ds-button", "data-variant": "secondary" }
  return h(
    "section",
    { class: "lv-stack" },
    h("p", {}, t("You removed this on another device. It was written on here, so it is still there.")),
    h(
      "div",
      { class: "lv-row" },
      h("button", { ...quiet, onclick: () => void notebook.restore(entry.id) }, t("Keep it")),
      h("button", { ...quiet, onclick: () => void notebook.remove(entry.id) }, t("Remove it")),
    ),
  )
}

/** @type {Record<string, string>} the template whose form names the fields and the choices of a kind */
const TEMPLATES = {
  topic: "view-topic",
  preparation: "view-prepare",
  supervisor_preparation: "view-prepare-supervisor",
  debrief: "view-debrief",
  assessment: "view-assessment",
}

/**
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @param {string} name of the field
 */
function fieldForm(notebook, entry, name) {
  const template = TEMPLATES[entry.kind] ?? ""
  const now = entry.fields[name]
  const all = [now, ...entry.conflicts[name].map(({ value }) => value)]
  const save = async (/** @type {FieldValue} */ value) => {
    await notebook.save({ kind: entry.kind, entry: entry.id, set: { [name]: value } })
    toast(t("Saved as one text."))
  }
  const titles = [
    t("What is there now"),
    ...entry.conflicts[name].map(({ at }) => t("Written %(moment)s", { moment: formatMoment(at) })),
  ]
  const isFree = all.every((value) => typeof value === "string" && !wordOf(template, name, value))
  const chosen = isFree ? freeText(`conflict-${entry.id}-${name}`, all.map(String), save) : null
  const versions = all.map((value, index) => {
    const text = isFree ? String(value) : wordOf(template, name, value) || shown(value)
    return version(titles[index], text, () => (chosen ? chosen.use(String(value)) : save(value)))
  })
  return h(
    "section",
    { class: "lv-stack" },
    h("h4", {}, labelOf(template, name)),
    h("div", { class: "lv-pair" }, ...versions),
    chosen?.form,
  )
}

/**
 * The text that is to stay: one of the two, both joined, or something third.
 * @param {string} id
 * @param {string[]} texts
 * @param {(text: string) => Promise<void>} save
 */
function freeText(id, texts, save) {
  const area = h("textarea", { class: "ds-input", id, rows: 5, autocomplete: "off" })
  area.defaultValue = texts[0]
  const use = (/** @type {string} */ text) => {
    area.value = text
    area.focus()
  }
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault()
    area.defaultValue = area.value
    void save(area.value)
  }
  const join = () => use(texts.filter(Boolean).join("\n\n"))
  const form = h(
    "form",
    { class: "lv-stack", autocomplete: "off", onsubmit },
    h("div", { class: "ds-field" }, h("label", { for: id }, t("This is what I keep")), area),
    h(
      "div",
      { class: "lv-row" },
      h("button", { class: "ds-button" }, t("Save")),
      h(
        "button",
        { type: "button", class: "ds-button", "data-variant": "secondary", onclick: join },
        t("Join both"),
      ),
    ),
  )
  return { form, use }
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
    h(
      "button",
      { type: "button", class: "ds-button", "data-variant": "secondary", onclick: choose },
      t("Use this one"),
    ),
  )
}

/** @param {string} template @param {string} name @param {FieldValue} value */
function wordOf(template, name, value) {
  return document.getElementById(template) ? wordFor(template, name, value) : ""
}

/** @param {string} template @param {string} name */
function labelOf(template, name) {
  const labels = document.getElementById(template) ? labelsOf(template) : []
  return labels.find((field) => field.name === name)?.label ?? ""
}

/** @param {FieldValue} value */
function shown(value) {
  if (value === true) return t("yes")
  if (value === false) return t("no")
  return value === null || value === undefined ? "" : String(value)
}
