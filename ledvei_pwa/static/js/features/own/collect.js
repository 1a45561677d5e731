import { t, tn } from "../../ui/i18n.js"
import { describeReaders } from "../../ui/readers.js"
import { stateText } from "../../ui/state.js"
import { kindOfDraft } from "../write/drafts.js"
import { kindName } from "../write/entries.js"
import { circleOf } from "../supervision/circle.js"
import { answersOf, labelOf, sayValue } from "../writing/answers.js"
import { reasonText } from "../attention/reasons.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/notebook.js").Attention} Attention
 * @typedef {import("../../store/items.js").EntryView} EntryView
 */

/**
 * @typedef {object} OwnText one text as its author reads it in the file
 * @property {string} id
 * @property {string} title
 * @property {string} at ISO: when it was written
 * @property {string[]} notes what else is to be known: which supervision, who can read it, how far it has come
 * @property {{label: string, text: string}[]} answers
 */

/**
 * @typedef {object} OwnTexts
 * @property {string} name of the person
 * @property {string} service
 * @property {number} weeks how far back this device keeps texts
 * @property {string | null} oldest ISO of the oldest text here
 * @property {{name: "attention" | "drafts" | "written", texts: OwnText[]}[]} parts those that are not empty
 */

/**
 * All that a person has on this device of their own: what needs them, what is not finished, and what they have written, sent
 * or not, with both sides where the same was written in two places. Nobody else's texts.
 * @param {Notebook} notebook
 * @returns {OwnTexts}
 */
export function ownTexts(notebook) {
  const service = notebook.all("service")[0]
  const entries = notebook.entries({ author: notebook.person.id })
  const parts = [
    {
      name: /** @type {const} */ ("attention"),
      texts: notebook.attention().map((one) => refused(notebook, one)),
    },
    {
      name: /** @type {const} */ ("drafts"),
      texts: notebook.drafts().map((draft) => unfinished(notebook, draft)),
    },
    {
      name: /** @type {const} */ ("written"),
      texts: entries.map((entry) => written(notebook, entry)).reverse(),
    },
  ]
  return {
    name: notebook.person.name,
    service: service?.name ?? "",
    weeks: Number(service?.kept_weeks ?? 0),
    oldest: entries[0]?.created ?? null,
    parts: parts.filter(({ texts }) => texts.length > 0),
  }
}

/** @param {Notebook} notebook @param {EntryView} entry @returns {OwnText} */
function written(notebook, entry) {
  const { id, kind, created, series } = entry
  const place = series ? circleOf(notebook, series)?.title : ""
  return {
    id,
    title: kindName(kind),
    at: created,
    notes: [place, describeReaders(notebook, entry), stateText(notebook, entry)].filter(isText),
    answers: [...answersOf(notebook, withoutAudience(entry)), ...otherSides(notebook, entry)],
  }
}

/**
 * Where the same was written in two places: what is not in the text, but kept beside it.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
function otherSides(notebook, { kind, conflicts }) {
  return Object.entries(conflicts).flatMap(([name, beside]) =>
    beside.map(({ value }) => ({
      label: t("%(field)s, as you wrote it in another place", { field: labelOf(kind, name) }),
      text:
        name === "removed"
          ? t("You removed it there.")
          : sayValue(notebook, kind, name, value) || t("(empty)"),
    })),
  )
}

/** @param {Notebook} notebook @param {Attention} attention @returns {OwnText} */
function refused(notebook, attention) {
  const { id, kind, at, problems } = attention
  return {
    id,
    title: kindName(kind),
    at,
    notes: [reasonText(attention), ...Object.values(problems)],
    answers: answersOf(notebook, attention),
  }
}

/**
 * @param {Notebook} notebook
 * @param {{key: string, fields: Record<string, any>, at: string}} draft
 * @returns {OwnText}
 */
function unfinished(notebook, draft) {
  const kind = kindOfDraft(notebook, draft)
  return {
    id: draft.key,
    title: kindName(kind) || t("Text"),
    at: draft.at,
    notes: [t("Only on this device.")],
    answers: answersOf(notebook, withoutAudience({ kind, fields: draft.fields })),
  }
}

/** Who can read it is said in words of its own. @param {{kind: string, fields: Record<string, any>}} text */
function withoutAudience({ kind, fields }) {
  const { audience: _audience, ...rest } = fields
  return { kind, fields: rest }
}

/** @param {string | undefined} text @returns {text is string} */
function isText(text) {
  return Boolean(text)
}

/** How many texts there are, in words. @param {OwnTexts} own */
export function howMany(own) {
  const count = own.parts.reduce((sum, { texts }) => sum + texts.length, 0)
  return tn("One text", "%(count)s texts", count)
}
