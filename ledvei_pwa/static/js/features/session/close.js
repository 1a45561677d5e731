import { find, fromTemplate, h, withUniqueIds } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"
import { suggestMix } from "../supervision/agenda.js"
import { Editor } from "../writing/editor.js"
import { carryOver, openTopics } from "./carry.js"
import { inShort } from "./page.js"
import { takenUp } from "./steps.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../supervision/sessions.js").Session} Session
 * @typedef {import("../supervision/agenda.js").AgendaItem} AgendaItem
 * @typedef {import("../../core/merge.js").Fields} Fields
 */

/** The last step: how long it lasted and what the time went to. What was not reached is carried over. */
export class CloseStep {
  #place
  #session
  #agenda
  #editor
  /** @type {Fields} the last suggestion; as long as nobody has changed it, it follows the minutes */
  #suggested

  /**
   * @param {HTMLElement} place @param {Notebook} notebook @param {Session} session @param {AgendaItem[]} agenda
   * @param {(takeBack: () => Promise<void>) => void} then gets the way to take the marks back that closing made
   */
  constructor(place, notebook, session, agenda, then) {
    this.#place = place
    this.#session = session
    this.#agenda = agenda
    place.replaceChildren(...this.#carriedOver(), withUniqueIds(fromTemplate("part-holding-form"), "hold"))
    const entry = notebook.entries({ kind: "holding", session: session.id }).pop() ?? null
    this.#suggested = this.#suggest(session.minutes)
    this.#editor = new Editor(place, {
      notebook,
      kind: "holding",
      draftKey: `holding ${session.id}`,
      entry,
      start: { minutes: session.minutes, ...this.#suggested },
      scope: () => ({ series: session.series, session: session.id }),
      audience: "group",
      // domain.md §8: leaders see that it happened, how long and the mix; never what was said.
      readers: t(
        "All of you can see this, and so can your leaders: how long, and what the time went to. Never what was said.",
      ),
      onChange: (values) => this.#follow(values),
    })
    this.#editor.onDone(problemsOf, async () => {
      then(await carryOver(notebook, session.id, this.#open()))
    })
  }

  stop() {
    return this.#editor.stop()
  }

  #open() {
    return openTopics(this.#agenda, this.#session.id)
  }

  #carriedOver() {
    const open = this.#open()
    if (open.length === 0) return []
    const items = open.map(({ topic }) => h("li", {}, inShort(topic)))
    const title = tn(
      "This topic is carried over to next time:",
      "These topics are carried over to next time:",
      open.length,
    )
    return [
      h(
        "div",
        { class: "lv-stack", "data-gap": "small" },
        h("p", {}, title),
        h("ul", { class: "lv-plain" }, ...items),
      ),
    ]
  }

  /** @param {number} minutes @returns {Fields} */
  #suggest(minutes) {
    return suggestMix(takenUp(this.#agenda, this.#session.id), minutes)
  }

  /** @param {Fields} values */
  #follow(values) {
    const isUntouched = Object.entries(this.#suggested).every(([name, part]) => values[name] === part)
    const minutes = Number(values.minutes ?? 0)
    if (isUntouched && sumOf(values) !== minutes && sumOf(this.#suggested) > 0) {
      this.#suggested = this.#suggest(minutes)
      this.#editor?.binding.fill(this.#suggested)
    }
    const sum = sumOf({ ...values, ...(isUntouched ? this.#suggested : {}) })
    find(this.#place, "[data-sum]").textContent = sumInWords(sum, minutes)
  }
}

/** @param {Fields} values */
const sumOf = (values) =>
  Object.entries(values).reduce(
    (all, [name, part]) => all + (name.startsWith("mix_") ? Number(part ?? 0) : 0),
    0,
  )

/** @param {number} sum @param {number} minutes */
function sumInWords(sum, minutes) {
  if (sum === minutes) return t("Together %(sum)s minutes, as long as the session lasted.", { sum })
  return t("Together %(sum)s of %(minutes)s minutes.", { sum, minutes })
}

/** @param {Fields} values @returns {Record<string, string>} */
function problemsOf(values) {
  const minutes = Number(values.minutes ?? 0)
  if (minutes < 1) return { minutes: t("Write how many minutes it lasted.") }
  const sum = sumOf(values)
  if (sum === minutes) return {}
  return {
    minutes: t("What the time went to is %(sum)s minutes together. It should be %(minutes)s.", {
      sum,
      minutes,
    }),
  }
}
