import { h, icon } from "../../ui/h.js"
import { formatDate, t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { stateLine } from "../../ui/state.js"
import { addressOf } from "../writing/paths.js"
import { wordFor } from "../writing/words.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../supervision/agenda.js").AgendaItem} AgendaItem
 * @typedef {import("../supervision/circle.js").Circle} Circle
 */

/**
 * A topic in its author's own words, with what they want, how heavy it is and where it comes from.
 * @param {Notebook} notebook
 * @param {AgendaItem} item
 * @param {Circle} circle
 * @param {...Node|null|false} acts
 */
export function topicText(notebook, { topic, carriedFrom }, circle, ...acts) {
  const isMine = topic.author === notebook.person.id
  return h(
    "div",
    { class: "lv-topic" },
    h("h3", { class: "lv-topic__question" }, String(topic.fields.question || t("(no words yet)"))),
    h(
      "ul",
      { class: "lv-topic__facts" },
      ...facts(notebook, topic, carriedFrom, circle.isGroup).map((each) => h("li", {}, each)),
    ),
    isMine && (topic.audience === "private" ? onlyMine() : stateLine(notebook, topic)),
    isMine &&
      topic.fields.outcome !== "done" &&
      h("p", {}, h("a", { class: "lv-alone", href: addressOf(`/topic/${topic.id}`) }, t("Change the topic"))),
    acts.length > 0 && h("div", { class: "lv-row" }, ...acts),
  )
}

/**
 * @param {Notebook} notebook @param {AgendaItem["topic"]} topic @param {string} carriedFrom @param {boolean} isGroup
 * @returns {(Node|string)[]}
 */
function facts(notebook, { author, fields }, carriedFrom, isGroup) {
  const focus = wordFor("view-topic", "focus", fields.focus)
  return [
    isGroup ? nameOf(notebook, author) : "",
    focus && h("span", { class: "lv-dot", "data-focus": String(fields.focus) }, focus),
    want(fields.want),
    typeof fields.strain === "number" ? t("weight %(strain)s of 10", { strain: fields.strain }) : "",
    fields.outcome === "done" ? "" : urgency(fields.urgency),
    carriedFrom && t("carried over from %(day)s", { day: formatDate(carriedFrom) }),
    outcome(fields.outcome, carriedFrom),
  ].filter((fact) => fact !== "")
}

/** @param {unknown} value */
function want(value) {
  const word = wordFor("view-topic", "want", value)
  return word && t("wishes for %(want)s", { want: word })
}

/** Among other facts a bare "now" says nothing. @param {unknown} value */
function urgency(value) {
  if (value === "now") return h("span", { class: "lv-warm" }, t("needed now"))
  return wordFor("view-topic", "urgency", value)
}

/** @param {unknown} outcome @param {string} carriedFrom */
function outcome(outcome, carriedFrom) {
  if (outcome === "done") return t("talked about")
  return outcome === "carried" && !carriedFrom ? t("carried over") : ""
}

function onlyMine() {
  return h(
    "p",
    { class: "lv-line lv-state lv-small", "data-tone": "soft" },
    icon("PadlockLocked"),
    h("span", {}, t("Only you can read this.")),
  )
}
