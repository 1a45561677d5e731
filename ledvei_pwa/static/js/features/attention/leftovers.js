import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { kindOfDraft, purposeOf } from "../write/drafts.js"
import { kindName } from "../write/entries.js"
import { answersOf } from "../writing/answers.js"
import { actButton, answerList, copyButton } from "./words.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {{key: string, fields: Record<string, any>, at: string}} Draft */

/**
 * What somebody was writing here, of two texts or of one that was refused, when that was settled on another device.
 * @param {Notebook} notebook
 * @returns {Draft[]}
 */
export function leftovers(notebook) {
  return notebook.drafts().filter((draft) => purposeOf(notebook, draft.key) === "left")
}

/**
 * @param {Notebook} notebook
 * @param {Draft} draft
 * @returns {import("./cards.js").Card}
 */
export function leftoverCard(notebook, draft) {
  return { key: draft.key, state: JSON.stringify(draft), make: () => ({ element: cardOf(notebook, draft) }) }
}

/** @param {Notebook} notebook @param {Draft} draft */
function cardOf(notebook, draft) {
  const kind = kindOfDraft(notebook, draft)
  const answers = answersOf(notebook, { kind, fields: draft.fields })
  return h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, kindName(kind) || t("Text")),
    h("p", { class: "lv-soft lv-small" }, t("Written %(moment)s", { moment: formatMoment(draft.at) })),
    answerList(answers),
    h(
      "div",
      { class: "lv-row" },
      copyButton(answers),
      actButton(t("Delete"), "Trash", () => notebook.dropDraft(draft.key)),
    ),
  )
}
