import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { draftOfJoined } from "../write/drafts.js"
import { kindName } from "../write/entries.js"
import { answersOf, isFree, labelOf, sayValue } from "../writing/answers.js"
import { KeptForm, textField } from "./kept_form.js"
import { answerList } from "./words.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").EntryView} EntryView */
/** @typedef {import("../../core/merge.js").FieldValue} FieldValue */

const REMOVED = "removed"

/**
 * The same field was changed in two places: both texts side by side. One chooses, or writes them into one, and saves.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @returns {import("./cards.js").Card}
 */
export function conflictCard(notebook, entry) {
  const state = JSON.stringify([entry.conflicts, entry.fields])
  return { key: entry.id, state, make: () => makeCard(notebook, entry) }
}

/** @param {Notebook} notebook @param {EntryView} entry */
function makeCard(notebook, entry) {
  const names = Object.keys(entry.conflicts).filter((name) => name !== REMOVED)
  const fields = names.map((name) => fieldPart(notebook, entry, name))
  const element = h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, kindName(entry.kind)),
    names.length > 0 &&
      h("p", { class: "lv-soft" }, t("Both texts are kept. Choose one, or write them into one.")),
    entry.conflicts[REMOVED] && removalPart(notebook, entry),
    ...fields.map((part) => part.element),
  )
  return { element, stop: () => Promise.all(fields.map(({ form }) => form?.stop())) }
}

/**
 * Removed on one device while it was written on on another: it is still there, and one says whether to keep it. What it says
 * is shown, so that nobody decides from memory.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
function removalPart(notebook, entry) {
  const quiet = { type: "button", class: "ds-button", "data-variant": "secondary" }
  return h(
    "section",
    { class: "lv-stack" },
    h("p", {}, t("You removed this in one place, and wrote in it in another. So it is still there.")),
    answerList(answersOf(notebook, entry)),
    h(
      "div",
      { class: "lv-row" },
      h("button", { ...quiet, onclick: () => void notebook.restore(entry.id) }, t("Keep it")),
      h("button", { ...quiet, onclick: () => void notebook.remove(entry.id) }, t("Remove it")),
    ),
  )
}

/**
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @param {string} name of the field
 * @returns {{element: HTMLElement, form: KeptForm | null}}
 */
function fieldPart(notebook, entry, name) {
  const { kind, revision, fields, on, after } = entry
  const all = [fields[name] ?? null, ...entry.conflicts[name].map(({ value }) => value)]
  /** @returns {import("../../store/notebook.js").Writing} with what was before one's eyes: a third text asks again */
  const writing = (/** @type {FieldValue} */ value) => ({
    kind,
    entry: entry.id,
    set: { [name]: value },
    base: { revision, fields, on, after },
    draft: draftOfJoined(entry.id, name),
  })
  const titles = [
    t("What is there now"),
    ...entry.conflicts[name].map(({ at }) => t("Written %(moment)s", { moment: formatMoment(at) })),
  ]
  const isText = all.every((value) => !value || isFree(kind, name, value))
  const form = isText ? joiningForm(notebook, entry, name, all, writing) : null
  const versions = all.map((value, index) =>
    version(titles[index], sayValue(notebook, kind, name, value), () =>
      form ? form.use(name, String(value ?? "")) : choose(notebook, writing(value)),
    ),
  )
  const element = h(
    "section",
    { class: "lv-stack" },
    h("h4", {}, labelOf(kind, name)),
    h("div", { class: "lv-pair" }, ...versions),
    form?.element,
  )
  return { element, form }
}

/** A choice of a few is made at once. @param {Notebook} notebook @param {import("../../store/notebook.js").Writing} writing */
async function choose(notebook, writing) {
  await notebook.save(writing)
  toast(t("Saved as you chose."))
}

/**
 * The text that is to stay: one of the two, both joined, or something third. A draft until it is saved.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @param {string} name
 * @param {FieldValue[]} all
 * @param {(text: FieldValue) => import("../../store/notebook.js").Writing} writing
 */
function joiningForm(notebook, entry, name, all, writing) {
  const joined = all.filter(Boolean).join("\n\n")
  const join = h(
    "button",
    {
      type: "button",
      class: "ds-button",
      "data-variant": "secondary",
      onclick: () => form.use(name, joined),
    },
    t("Join both"),
  )
  const form = new KeptForm(notebook, {
    draftKey: draftOfJoined(entry.id, name),
    fields: { [name]: all[0] },
    controls: [textField(`conflict-${entry.id}-${name}`, name, t("This is what I keep"), 5)],
    buttons: [join],
    writing: (values) => writing(values[name]),
    said: t("Saved as one text."),
  })
  return form
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
