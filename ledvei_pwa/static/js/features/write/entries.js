import { h } from "../../ui/h.js"
import { formatDate, t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { stateText } from "../../ui/state.js"
import { addressOf } from "../writing/paths.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").EntryView} EntryView */

/** @type {Record<string, string[]>} the fields in free words; the first one filled says what an entry is about */
const SAYS = {
  topic: ["question"],
  preparation: ["went_well"],
  supervisor_preparation: ["opening_question", "follow_up", "ask_about"],
  debrief: ["happened", "reactions", "helped", "hear_from"],
  agreement: ["text"],
  summary: ["text"],
}

/** What a kind of text is called. @param {string} kind */
export function kindName(kind) {
  /** @type {Record<string, string>} */
  const names = {
    topic: t("Topic"),
    preparation: t("Preparation"),
    supervisor_preparation: t("The supervisor's preparation"),
    debrief: t("Debrief"),
    assessment: t("Self-assessment"),
    agreement: t("Agreement"),
    summary: t("Summary"),
    holding: t("A session held"),
  }
  return names[kind] ?? kind
}

/**
 * The first words of an entry.
 * @param {{kind: string, fields: Record<string, any>}} entry
 */
export function firstWords({ kind, fields }) {
  const text = (SAYS[kind] ?? []).map((name) => String(fields[name] ?? "").trim()).find(Boolean) ?? ""
  const first = text.split("\n")[0]
  return first.length > 70 ? `${first.slice(0, 68).replace(/\s+\S*$/, "")} …` : first
}

/**
 * All that somebody has written in their own words, whole.
 * @param {{kind: string, fields: Record<string, any>}} entry
 */
export function ownWords({ kind, fields }) {
  return (SAYS[kind] ?? [])
    .map((name) => String(fields[name] ?? "").trim())
    .filter(Boolean)
    .join("\n\n")
}

/**
 * Where an entry is read and changed; the path is without the language.
 * @param {{id: string, kind: string, session: string | null}} entry
 */
export function pathOf({ id, kind, session }) {
  if (kind === "topic") return `/topic/${id}`
  if (kind === "debrief") return `/debrief/${id}`
  if (kind === "assessment") return `/assessment/${id}`
  const isPreparation = kind === "preparation" || kind === "supervisor_preparation"
  if (session) return `/supervision/${session}${isPreparation ? "/prepare" : ""}`
  return "/supervision"
}

/**
 * A row that leads to an entry: what it says, what it is, whose, and how far it has come.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
export function entryLink(notebook, entry) {
  const isMine = entry.author === notebook.person.id
  const said = firstWords(entry)
  const facts = [
    said && kindName(entry.kind),
    isMine ? null : t("by %(name)s", { name: nameOf(notebook, entry.author) }),
    formatDate(entry.created),
    isMine ? stateText(notebook, entry) : null,
  ]
  return h(
    "a",
    { class: "lv-item", href: addressOf(pathFor(notebook, entry)), "data-key": entry.id },
    h("span", { class: "lv-item__title" }, said || kindName(entry.kind)),
    h("span", { class: "lv-item__note" }, facts.filter(Boolean).join(" · ")),
  )
}

/**
 * Others' topics are read where they will be talked about.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
function pathFor(notebook, entry) {
  const isOthersTopic = entry.kind === "topic" && entry.author !== notebook.person.id && entry.session
  return isOthersTopic ? `/supervision/${entry.session}` : pathOf(entry)
}
