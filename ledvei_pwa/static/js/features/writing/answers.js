import { formatWholeDate } from "../../ui/dates.js"
import { t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { labelsOf, wordFor } from "./words.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../core/merge.js").FieldValue} FieldValue
 * @typedef {import("../../core/merge.js").Fields} Fields
 */

/**
 * @typedef {object} Answer one field as a person reads it
 * @property {string} name of the field
 * @property {string} label what the form calls it; the bare name when the app does not know it
 * @property {string} text
 * @property {boolean} isFree it is somebody's own words, and not a choice, a number or a day
 */

/** @type {Record<string, string>} the template whose form names the fields and the choices of a kind */
const TEMPLATES = {
  topic: "view-topic",
  preparation: "view-prepare",
  supervisor_preparation: "view-prepare-supervisor",
  debrief: "view-debrief",
  assessment: "view-assessment",
  agreement: "part-agreement-form",
  summary: "part-summary-form",
  holding: "part-holding-form",
}
/** What is kept for the app and says nothing to a person. */
const SILENT = new Set(["csrf_token", "debrief", "outcome_session", "agenda_minutes", "agenda_order"])
const DAY = /^\d{4}-\d\d-\d\d$/

/**
 * All that stands in a text, question and answer, in the order of its form. What the app does not know, a newer server's or
 * an older app's, comes last, under the name it has: nobody's words are left out.
 * @param {Notebook} notebook
 * @param {{kind: string, fields: Fields}} entry
 * @returns {Answer[]} the filled ones
 */
export function answersOf(notebook, { kind, fields }) {
  const known = labelled(kind)
  const rest = Object.keys(fields).filter((name) => !known.has(name))
  return [...known.keys(), ...rest]
    .filter((name) => name in fields && isSaid(name))
    .map((name) => ({
      name,
      label: known.get(name) || labelOf(kind, name),
      text: sayValue(notebook, kind, name, fields[name]),
      isFree: isFree(kind, name, fields[name]),
    }))
    .filter(({ text }) => text)
}

/**
 * What somebody would put in another place: their own words, with the questions where there are several. Where there are
 * none, all that was chosen.
 * @param {Answer[]} answers
 */
export function asPlainText(answers) {
  const words = answers.filter(({ isFree }) => isFree)
  if (words.length === 1) return words[0].text
  return (words.length > 0 ? words : answers).map(({ label, text }) => `${label}\n${text}`).join("\n\n")
}

/** @param {string} kind @param {string} name */
export function labelOf(kind, name) {
  /** @type {Record<string, string>} */
  const own = {
    audience: t("Who can read this"),
    done: t("It is done"),
    done_on: t("The day it was done"),
    outcome: t("How it went"),
    text: t("Text"),
  }
  return labelled(kind).get(name) || own[name] || name
}

/**
 * @param {Notebook} notebook
 * @param {string} kind
 * @param {string} name
 * @param {FieldValue} value
 */
export function sayValue(notebook, kind, name, value) {
  if (value === null || value === undefined || value === "") return ""
  if (value === true) return t("yes")
  if (value === false) return t("no")
  if (name === "owner") return nameOf(notebook, String(value))
  // Free words, or somebody who was chosen.
  if (name === "hear_from") return notebook.get("person", String(value))?.name ?? String(value)
  const word = choiceOf(kind, name, value)
  if (typeof value === "number")
    return word.startsWith(String(value)) ? word : [value, word].filter(String).join(" – ")
  return DAY.test(value) ? formatWholeDate(value) : word || value
}

/** @param {string} kind @param {string} name @param {FieldValue} value */
export function isFree(kind, name, value) {
  return (
    typeof value === "string" && name !== "owner" && !DAY.test(value) && choiceOf(kind, name, value) === ""
  )
}

/** @param {string} kind @param {string} name @param {FieldValue} value */
function choiceOf(kind, name, value) {
  const template = TEMPLATES[kind] ?? ""
  if (document.getElementById(template)) {
    const word = wordFor(template, name, value)
    if (word) return word
  }
  /** @type {Record<string, string>} */
  const elsewhere = {
    "outcome done": t("talked about"),
    "outcome carried": t("carried over"),
    "audience private": t("only me"),
    "audience supervisor": t("my supervisor"),
    "audience group": t("everybody in the group"),
  }
  return elsewhere[`${name} ${value}`] ?? ""
}

/** @param {string} kind @returns {Map<string, string>} the form's labels by name, in its order */
function labelled(kind) {
  const template = TEMPLATES[kind] ?? ""
  const fields = document.getElementById(template) ? labelsOf(template) : []
  return new Map(fields.map(({ name, label }) => [name, label]))
}

/** @param {string} name */
function isSaid(name) {
  return !SILENT.has(name) && !name.startsWith("$")
}
