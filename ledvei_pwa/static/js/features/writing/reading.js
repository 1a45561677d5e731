import { formatDate } from "../../ui/dates.js"
import { h, icon } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { SeenWatch } from "./seen.js"
import { labelsOf, wordFor } from "./words.js"

/** Fields that say nothing to the one who reads. */
const NOT_SHOWN = new Set(["audience", "csrf_token"])

/**
 * Somebody else's text, as its form asked it: question and answer. Tells its author when it has been seen.
 * @param {HTMLElement} root
 * @param {import("../../store/notebook.js").Notebook} notebook
 * @param {import("../../store/items.js").EntryView} entry
 * @param {string} template the one that holds the form
 * @param {string} title
 * @returns {() => void} stops it
 */
export function showForReading(root, notebook, entry, template, title) {
  const shared = t("%(name)s has shared this with you.", { name: nameOf(notebook, entry.author) })
  const answers = labelsOf(template)
    .filter(({ name }) => !NOT_SHOWN.has(name))
    .map(({ name, label }) => [label, answerOf(template, name, entry.fields[name])])
    .filter(([, answer]) => answer)
  root.replaceChildren(
    h(
      "div",
      { class: "lv-stack" },
      h("h1", { tabindex: -1 }, title),
      h("p", { class: "lv-readers" }, icon("Eye"), h("span", {}, shared)),
      h(
        "div",
        { class: "lv-stack", "data-entry": entry.id },
        ...answers.map(([label, answer]) =>
          h("div", { class: "lv-answer" }, h("h2", {}, label), h("p", { class: "lv-text" }, answer)),
        ),
      ),
    ),
  )
  const seen = new SeenWatch(notebook)
  seen.look(root)
  return () => seen.stop()
}

/** @param {string} template @param {string} name @param {unknown} value */
function answerOf(template, name, value) {
  if (value === null || value === undefined || value === "") return ""
  if (/^\d{4}-\d\d-\d\d$/.test(String(value))) return formatDate(String(value))
  const word = wordFor(template, name, value)
  return typeof value === "number"
    ? `${value}${word && word !== String(value) ? ` – ${word}` : ""}`
    : word || String(value)
}
