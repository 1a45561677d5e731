import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { draftOfChange } from "../write/drafts.js"
import { kindName, pathOf } from "../write/entries.js"
import { answersOf, labelOf } from "../writing/answers.js"
import { addressOf } from "../writing/paths.js"
import { KeptForm, textField } from "./kept_form.js"
import { reasonText } from "./reasons.js"
import { actButton, answerList, copyButton, isSureToDelete } from "./words.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").Attention} Attention */

/** Kinds that have a page where their author writes; the others are changed here. */
const WRITTEN_ON_A_PAGE = ["topic", "debrief", "assessment", "preparation", "supervisor_preparation"]

/**
 * Something the server would not have: why, all that was written, and every way on, whatever the reason and the kind.
 * @param {Notebook} notebook
 * @param {Attention} refused
 * @returns {import("./cards.js").Card}
 */
export function refusedCard(notebook, refused) {
  const state = JSON.stringify(refused)
  return { key: refused.id, state, make: () => makeCard(notebook, refused) }
}

/** @param {Notebook} notebook @param {Attention} refused */
function makeCard(notebook, refused) {
  const answers = answersOf(notebook, refused)
  const page = pageOf(notebook, refused)
  const free = page ? [] : answers.filter(({ isFree }) => isFree)
  const form = free.length > 0 ? changeForm(notebook, refused, free) : null
  const element = h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, kindName(refused.kind)),
    h("p", { class: "lv-soft lv-small" }, t("Written %(moment)s", { moment: formatMoment(refused.at) })),
    h("p", {}, reasonText(refused)),
    ...Object.entries(refused.problems).map(([name, problem]) =>
      h("p", { class: "lv-warm" }, `${labelOf(refused.kind, name)}: ${problem}`),
    ),
    answers.length > 0
      ? answerList(answers)
      : h("p", { class: "lv-soft" }, t("There are no words in it: it was removed, or brought back.")),
    form?.place,
    h("div", { class: "lv-row" }, ...acts(notebook, refused, page, answers)),
  )
  return { element, stop: () => form?.stop() ?? Promise.resolve() }
}

/**
 * @param {Notebook} notebook
 * @param {Attention} refused
 * @param {string | null} page
 * @param {import("../writing/answers.js").Answer[]} answers
 */
function acts(notebook, refused, page, answers) {
  return [
    page && h("a", { class: "ds-button", href: page }, t("Change it")),
    // The same text again would be refused again.
    refused.reason !== "invalid_field" &&
      actButton(t("Try again"), "ArrowsCirclepath", () => notebook.retry(refused.id)),
    answers.length > 0 && copyButton(answers),
    actButton(t("Delete"), "Trash", () => discard(notebook, refused)),
  ]
}

/** @param {Notebook} notebook @param {Attention} refused @returns {string | null} where it is changed */
function pageOf(notebook, { entry: id, kind }) {
  const entry = notebook.entry(id)
  if (!entry || entry.author !== notebook.person.id || !WRITTEN_ON_A_PAGE.includes(kind)) return null
  if (kind.endsWith("preparation") && !entry.session) return null
  return addressOf(pathOf(entry))
}

/**
 * @param {Notebook} notebook
 * @param {Attention} refused
 * @param {import("../writing/answers.js").Answer[]} free
 */
function changeForm(notebook, { id, kind, entry }, free) {
  const form = new KeptForm(notebook, {
    draftKey: draftOfChange(id),
    fields: Object.fromEntries(free.map(({ name, text }) => [name, text])),
    controls: free.map(({ name, label }) => textField(`changed-${id}-${name}`, name, label)),
    writing: (set) => ({ kind, entry, set, draft: draftOfChange(id) }),
    said: t("Saved. It is sent again by itself."),
  })
  const details = h("details", { open: form.isResumed }, h("summary", {}, t("Change it here")), form.element)
  return { place: details, stop: () => form.stop() }
}

/**
 * @param {Notebook} notebook
 * @param {Attention} refused
 */
async function discard(notebook, refused) {
  if (!(await isSureToDelete())) return
  await notebook.dropDraft(draftOfChange(refused.id))
  await notebook.discard(refused.id)
}
