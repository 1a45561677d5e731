import { findIdentifiers, INSTEAD } from "../../core/identifiers.js"
import { h, icon } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"
import { Swaps } from "./swaps.js"

/**
 * @typedef {import("../../core/identifiers.js").Kind} Kind
 * @typedef {import("../../core/identifiers.js").Neutral} Neutral
 * @typedef {{kind: Kind, text: string}} Mark what stands in the text, once or several times
 */

/** So long must the fingers rest, in milliseconds: nobody is told about half a name. */
const LOOK_AFTER = 700
/** At a time: a list longer than the text helps nobody. The rest comes as these are seen to. */
const MOST = 2

/** The list under one text: what may tell who it is about, and neutral words to write instead. */
export class Marks {
  #area
  #swaps
  #status = h("p", { role: "status" })
  #list = h("ul")
  #place = h("div", { class: "lv-marks", tabindex: -1 }, this.#status, this.#list)
  /** What the author has said is fine: in this page's memory and nowhere else. @type {Set<string>} */
  #fine = new Set()
  #shown = ""
  #timer = 0
  #stopping = new AbortController()

  /** @param {HTMLTextAreaElement} area */
  constructor(area) {
    this.#area = area
    this.#swaps = new Swaps(area)
    area.after(this.#place)
    area.addEventListener("input", () => this.#plan(), { signal: this.#stopping.signal })
    this.#plan()
  }

  look() {
    clearTimeout(this.#timer)
    const marks = this.#found()
    const { kept } = this.#swaps
    const shown = JSON.stringify([marks, kept.map(({ id }) => id)])
    if (shown === this.#shown) return
    this.#shown = shown
    const text = tn(
      "One thing here may tell who it is about. «The boy, 9» is enough.",
      "%(count)s things here may tell who it is about. «The boy, 9» is enough.",
      marks.length,
    )
    this.#status.replaceChildren(...(marks.length ? [icon("Information"), h("span", {}, text)] : []))
    const rows = marks.slice(0, MOST).map((mark) => this.#row(mark))
    this.#list.replaceChildren(...rows, ...kept.slice(-MOST).map((swap) => this.#swapped(swap)))
  }

  stop() {
    clearTimeout(this.#timer)
    this.#stopping.abort()
    this.#swaps.stop()
    this.#fine.clear()
    this.#shown = ""
    this.#place.remove()
  }

  #plan() {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.look(), LOOK_AFTER)
  }

  /** @returns {Mark[]} each text once; what cannot be sent comes first */
  #found() {
    const { value } = this.#area
    /** @type {Map<string, Mark>} */
    const marks = new Map()
    for (const { kind, start, end } of findIdentifiers(value)) {
      const text = value.slice(start, end)
      if (!this.#fine.has(text)) marks.set(text, { kind, text })
    }
    const all = [...marks.values()]
    return [
      ...all.filter(({ kind }) => kind === "identity"),
      ...all.filter(({ kind }) => kind !== "identity"),
    ]
  }

  /** @param {Mark} mark */
  #row(mark) {
    const { kind, text } = mark
    const words = INSTEAD[kind].map((neutral) => {
      const label = neutral === "out" ? t("Take it out") : wordOf(neutral)
      return button(label, () => this.#swap(mark, neutral))
    })
    const fine = kind !== "identity" && button(t("It is fine as it is"), () => this.#accept(text), true)
    return h(
      "li",
      {},
      h("p", {}, h("strong", {}, text), ` ${looksLike(kind)}`),
      h(
        "div",
        { class: "lv-row", role: "group", "aria-label": t("Instead of %(text)s", { text }) },
        ...words,
        fine,
      ),
    )
  }

  /** @param {import("./swaps.js").Swap} swap */
  #swapped(swap) {
    const text = swap.word ? t("Now it says «%(word)s».", { word: swap.word }) : t("It is taken out.")
    const undo = button(t("Undo"), () => this.#undo(swap))
    undo.setAttribute("aria-label", `${t("Undo")}: ${swap.text}`)
    undo.dataset.swap = String(swap.id)
    return h("li", { class: "lv-row" }, h("span", {}, text), undo)
  }

  /** @param {Mark} mark @param {Neutral} neutral */
  #swap({ kind, text }, neutral) {
    const { value } = this.#area
    const places = findIdentifiers(value).filter(
      (found) => found.kind === kind && value.slice(found.start, found.end) === text,
    )
    const id = this.#swaps.make(text, neutral === "out" ? "" : wordOf(neutral), places)
    this.look()
    this.#focus(`[data-swap="${id}"]`)
  }

  /** @param {import("./swaps.js").Swap} swap */
  #undo(swap) {
    this.#swaps.undo(swap)
    this.look()
    this.#focus("button")
  }

  /** @param {string} text */
  #accept(text) {
    this.#fine.add(text)
    this.look()
    this.#focus("button")
  }

  /** What was pressed is gone: the keyboard stays here, and does not open on a phone. @param {string} selector */
  #focus(selector) {
    const next = this.#list.querySelector(selector)
    const target = next instanceof HTMLElement ? next : this.#place
    target.focus({ preventScroll: true })
  }
}

/** @param {string} label @param {() => void} onclick @param {boolean} [isQuiet] */
function button(label, onclick, isQuiet = false) {
  const variant = isQuiet ? "tertiary" : "secondary"
  return h("button", { type: "button", class: "ds-button", "data-variant": variant, onclick }, label)
}

/** @param {Kind} kind */
function looksLike(kind) {
  return {
    identity: t("is a national identity number. It cannot be kept here: take it out before you are done."),
    email: t("looks like an e-mail address."),
    case: t("looks like a case number."),
    address: t("looks like an address."),
    phone: t("looks like a telephone number."),
    name: t("looks like a name."),
  }[kind]
}

/** As it stands in the middle of a sentence. @param {Exclude<Neutral, "out">} neutral */
function wordOf(neutral) {
  return {
    child: t("the child"),
    case: t("the case"),
    home: t("the home"),
    mother: t("the mother"),
    father: t("the father"),
    girl: t("the girl"),
    boy: t("the boy"),
    colleague: t("the colleague"),
  }[neutral]
}
