import { find, h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { agreementList, inOrder } from "../agreements/list.js"
import { AgreementForm } from "../agreements/form.js"
import { circleOf } from "../supervision/circle.js"
import { agendaFor, sessionOf } from "../supervision/sessions.js"
import { keepFresh } from "../writing/fresh.js"
import { addressOf } from "../writing/paths.js"
import { SeenWatch } from "../writing/seen.js"
import { CloseStep } from "./close.js"
import { inMinutes } from "./mix.js"
import { inShort, sinceLast, timeOf } from "./page.js"
import { preparationTexts } from "./preparations.js"
import { outcomeHere, placeOf, stepsOf } from "./steps.js"
import { SummaryForm } from "./summary.js"
import { goToStep, spentOn, startClock } from "./timer.js"
import { topicText } from "./topic.js"

/**
 * @typedef {import("../../ui/router.js").Context} Context
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../supervision/sessions.js").Session} Session
 * @typedef {import("../supervision/circle.js").Circle} Circle
 * @typedef {import("../supervision/agenda.js").AgendaItem} AgendaItem
 * @typedef {import("./steps.js").Step} Step
 */

const TICK = 10_000

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/supervision/:session/hold",
  template: "view-hold",
  wide: true,
  mount(root, context) {
    const { notebook, params, navigate } = context
    const session = sessionOf(notebook, params.session)
    const circle = session && circleOf(notebook, session.series)
    if (!session || !circle?.isSupervisor)
      return void navigate(`/supervision/${params.session}`, { replace: true })
    const mode = new SessionMode(root, context, session, circle)
    mode.start()
    return () => mode.stop()
  },
}

/** A session while it is held: one step at a time, the time it takes, and what comes of it. */
class SessionMode {
  #root
  #notebook
  #navigate
  #session
  #circle
  #clock
  #seen
  #agreements
  /** @type {SummaryForm|CloseStep|null} what is being written in this step */
  #writing = null
  #stopFresh = () => {}
  #ticking = 0

  /** @param {HTMLElement} root @param {Context} context @param {Session} session @param {Circle} circle */
  constructor(root, { notebook, navigate }, session, circle) {
    this.#root = root
    this.#notebook = notebook
    this.#navigate = navigate
    this.#session = session
    this.#circle = circle
    this.#seen = new SeenWatch(notebook)
    const kept = /** @type {import("./timer.js").Clock|null} */ (notebook.draft(this.#key))
    this.#clock = kept ?? startClock(session.status === "held" ? "close" : "since", Date.now())
    this.#agreements = new AgreementForm(h("div"), notebook, session, circle)
  }

  start() {
    const when = find(this.#root, "[data-when]")
    when.textContent = timeOf(this.#session)
    when.setAttribute("href", addressOf(`/supervision/${this.#session.id}`))
    find(this.#root, "[data-steps]").addEventListener("keydown", (event) => this.#moveFocus(event))
    this.#root.addEventListener("keydown", (event) => this.#pressMain(event))
    this.#showStep()
    this.#stopFresh = keepFresh(this.#root, this.#notebook, () => this.#refresh())
    this.#ticking = window.setInterval(() => this.#showTime(), TICK)
  }

  async stop() {
    clearInterval(this.#ticking)
    this.#stopFresh()
    this.#seen.stop()
    await this.#agreements.stop()
    await this.#writing?.stop()
  }

  get #key() {
    return `/supervision/${this.#session.id}/hold`
  }

  get #agenda() {
    return agendaFor(this.#notebook, this.#session, Date.now())
  }

  get #steps() {
    return stepsOf(this.#agenda)
  }

  get #step() {
    const steps = this.#steps
    return steps[placeOf(steps, this.#clock.step)]
  }

  /** @param {string} key */
  async #go(key) {
    if (this.#writing instanceof SummaryForm) await this.#writing.save()
    await this.#writing?.stop()
    this.#writing = null
    // An agreement begun in this step is taken up by the form of the next one: it must be kept before that is made.
    await this.#agreements.stop()
    this.#clock = goToStep(this.#clock, key, Date.now())
    await this.#notebook.saveDraft(this.#key, this.#clock)
    this.#showStep()
    this.#refresh()
    find(this.#root, "h1").focus({ preventScroll: true })
    scrollTo(0, 0)
  }

  /** @param {-1|1} way */
  #goBy(way) {
    const steps = this.#steps
    return this.#go(steps[placeOf(steps, this.#clock.step) + way].key)
  }

  /** What may change under the one who writes: the steps, the agreements made. */
  #refresh() {
    this.#drawSteps()
    this.#drawAgreements()
    this.#showTime()
    this.#seen.look(this.#root)
  }

  #drawSteps() {
    const steps = this.#steps
    const here = placeOf(steps, this.#clock.step)
    find(this.#root, "[data-place]").textContent = t("%(place)s of %(all)s", {
      place: here + 1,
      all: steps.length,
    })
    const items = steps.map((step, place) => {
      const current = place === here
      const name = h("span", { class: "lv-hold__step-name" }, nameOf(step))
      const note = h("small", {}, this.#noteOn(step))
      const attributes = {
        type: "button",
        "data-key": `step ${step.key}`,
        "aria-current": current && "step",
        tabindex: current ? 0 : -1,
      }
      return h("li", {}, h("button", { ...attributes, onclick: () => this.#go(step.key) }, name, note))
    })
    find(this.#root, "[data-steps]").replaceChildren(...items)
  }

  /** @param {Step} step */
  #noteOn({ item }) {
    if (!item) return ""
    const outcome = outcomeHere(item, this.#session.id)
    if (outcome === "done") return t("talked about")
    return outcome === "carried" ? t("carried over") : inMinutes(item.minutes)
  }

  #drawAgreements() {
    const place = this.#root.querySelector("[data-made]")
    if (!place) return
    const made = inOrder(this.#notebook.entries({ kind: "agreement", session: this.#session.id }))
    place.replaceChildren(
      ...(made.length ? [agreementList(this.#notebook, made, (each) => this.#acts(each))] : []),
    )
  }

  /** @param {import("../../store/items.js").EntryView} agreement */
  #acts({ id, author }) {
    if (author !== this.#notebook.person.id) return null
    const button = (/** @type {string} */ text, /** @type {() => unknown} */ act) =>
      h(
        "button",
        {
          type: "button",
          class: "ds-button",
          "data-variant": "tertiary",
          "data-key": `${text} ${id}`,
          onclick: act,
        },
        text,
      )
    return h(
      "div",
      { class: "lv-row" },
      button(t("Change"), () => this.#changeAgreement(id)),
      button(t("Delete"), () => this.#removeAgreement(id)),
    )
  }

  /** @param {string} id */
  async #changeAgreement(id) {
    await this.#agreements.open(this.#notebook.entry(id))
    find(this.#root, "[data-agreement-form]").setAttribute("open", "")
    this.#agreements.focus()
  }

  /** @param {string} id */
  async #removeAgreement(id) {
    await this.#notebook.remove(id)
    toast(t("The agreement is deleted."), { undo: () => this.#notebook.restore(id) })
  }

  #showStep() {
    const step = this.#step
    find(this.#root, "[data-title]").textContent = headingOf(step)
    const place = find(this.#root, "[data-step]")
    const show = { since: this.#since, topic: this.#topic, agree: this.#agree, close: this.#close }[step.kind]
    show.call(this, place, step)
  }

  /** @param {HTMLElement} place */
  #since(place) {
    const open = sinceLast(this.#notebook, this.#session)
    const texts = preparationTexts(this.#notebook, this.#session.id, undefined, "h2")
    const none = h("p", { class: "lv-soft" }, t("Nothing is open from before. Ask how it has been."))
    place.replaceChildren(
      ...texts,
      ...(open.length ? open : texts.length ? [] : [none]),
      this.#nav(this.#main(t("Go on"), () => this.#goBy(1))),
    )
  }

  /** @param {HTMLElement} place @param {Step} step */
  #topic(place, step) {
    const item = /** @type {AgendaItem} */ (step.item)
    const text = topicText(this.#notebook, item, this.#circle)
    text.dataset.entry = item.topic.id
    text.querySelector("h3")?.remove()
    const carry = h(
      "button",
      {
        type: "button",
        class: "ds-button",
        "data-variant": "secondary",
        onclick: () => this.#mark(item, "carried"),
      },
      t("Carry over to next time"),
    )
    place.replaceChildren(
      ...longText(item.topic),
      text,
      h(
        "div",
        { class: "lv-timer" },
        h("p", { "data-time": true }),
        h("progress", { "aria-hidden": "true", max: 1, value: 0 }),
      ),
      hints(item.topic.fields.want, this.#circle.isGroup),
      this.#agreementPart(false),
      this.#nav(
        this.#main(t("Talked about, go on"), () => this.#mark(item, "done")),
        carry,
      ),
    )
  }

  /** @param {HTMLElement} place */
  #agree(place) {
    const summary = h("section", { class: "lv-stack", "data-gap": "small" })
    this.#writing = new SummaryForm(summary, this.#notebook, this.#session)
    place.replaceChildren(
      this.#agreementPart(true),
      summary,
      this.#nav(this.#main(t("Go on"), () => this.#goBy(1))),
    )
  }

  /** @param {HTMLElement} place */
  #close(place) {
    const form = h("section", { class: "lv-stack" })
    place.replaceChildren(form, this.#nav())
    this.#writing = new CloseStep(form, this.#notebook, this.#session, this.#agenda, (takeBack) =>
      this.#finish(takeBack),
    )
  }

  /** @param {() => Promise<void>} takeBack what closing did to the topics */
  async #finish(takeBack) {
    this.#writing = null
    await this.#notebook.dropDraft(this.#key)
    const holding = this.#notebook.entries({ kind: "holding", session: this.#session.id }).pop()
    const undo = async () => {
      if (holding) await this.#notebook.remove(holding.id)
      await takeBack()
      await this.#notebook.saveDraft(this.#key, this.#clock)
    }
    toast(t("The session is noted as held."), this.#session.status === "held" ? {} : { undo })
    this.#navigate(`/supervision/${this.#session.id}`)
  }

  /** What has been agreed so far, and the form for one more. @param {boolean} open */
  #agreementPart(open) {
    const place = h("div")
    this.#agreements = new AgreementForm(place, this.#notebook, this.#session, this.#circle)
    void this.#agreements.open()
    const details = h(
      "details",
      { open, "data-agreement-form": true },
      h("summary", {}, t("Write an agreement")),
      place,
    )
    return h("section", { class: "lv-stack", "data-gap": "small" }, h("div", { "data-made": true }), details)
  }

  /** @param {AgendaItem} item @param {"done"|"carried"} outcome */
  async #mark({ topic }, outcome) {
    const { id, fields } = topic
    const before = { outcome: fields.outcome ?? "", outcome_session: fields.outcome_session ?? "" }
    await this.#notebook.save({
      kind: "topic",
      entry: id,
      set: { outcome, outcome_session: this.#session.id },
    })
    const undo = async () => {
      await this.#notebook.save({ kind: "topic", entry: id, set: before })
      await this.#go(id)
    }
    toast(outcome === "done" ? t("Marked as talked about.") : t("Carried over to next time."), { undo })
    await this.#goBy(1)
  }

  /** @param {string} text @param {() => unknown} act */
  #main(text, act) {
    return h("button", { type: "button", class: "ds-button", "data-main": true, onclick: act }, text)
  }

  /** The acts of a step; the way back last. @param {...HTMLElement} acts */
  #nav(...acts) {
    const isFirst = placeOf(this.#steps, this.#clock.step) === 0
    const back = h(
      "button",
      { type: "button", class: "ds-button", "data-variant": "tertiary", onclick: () => this.#goBy(-1) },
      t("Back"),
    )
    return h("div", { class: "lv-hold__acts" }, ...acts, isFirst ? null : back)
  }

  /** Calm: how far, never too late. */
  #showTime() {
    const text = this.#root.querySelector("[data-time]")
    const { item, key } = this.#step
    if (!text || !item) return
    const spent = Math.floor(spentOn(this.#clock, key, Date.now()) / 60_000)
    const values = { spent, planned: item.minutes }
    const words =
      spent < item.minutes
        ? t("%(spent)s of %(planned)s minutes", values)
        : t("The %(planned)s minutes have passed. Go on as long as it is worth it.", values)
    if (text.textContent !== words) text.textContent = words
    const bar = this.#root.querySelector(".lv-timer progress")
    if (bar instanceof HTMLProgressElement) bar.value = Math.min(1, spent / item.minutes)
  }

  /** @param {KeyboardEvent} event */
  #moveFocus(event) {
    const way = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const buttons = [...find(this.#root, "[data-steps]").querySelectorAll("button")]
    const here = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement))
    if (!way || here < 0 || event.altKey) return
    event.preventDefault()
    buttons[(here + way + buttons.length) % buttons.length].focus()
  }

  /** @param {KeyboardEvent} event */
  #pressMain(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return
    const main = this.#root.querySelector("[data-main]")
    if (main instanceof HTMLElement) main.click()
  }
}

/** A question of so many characters stands whole as the heading. */
const HEADING = 140

/** @param {Step} step */
function headingOf(step) {
  const question = String(step.item?.topic.fields.question ?? "")
  return question && question.length <= HEADING ? question : nameOf(step)
}

/** @param {Step} step */
function nameOf({ kind, item }) {
  if (item) return inShort(item.topic) || t("(no words yet)")
  if (kind === "since") return t("Since last time")
  return kind === "agree" ? t("What we agree on") : t("Close the session")
}

/** The whole question, when the heading could not hold it. @param {AgendaItem["topic"]} topic */
function longText(topic) {
  const question = String(topic.fields.question ?? "")
  return question.length <= HEADING ? [] : [h("p", { class: "lv-text" }, question)]
}

/** A way to talk that fits what the asker wants, folded in. @param {unknown} want @param {boolean} isGroup */
function hints(want, isGroup) {
  const template = document.getElementById("part-hints")
  const content = template instanceof HTMLTemplateElement ? template.content : document
  const names = [String(want), ...(isGroup ? ["group"] : [])]
  const parts = names
    .map((name) => content.querySelector(`[data-hint="${CSS.escape(name)}"]`))
    .filter((part) => part !== null)
  if (parts.length === 0) return h("span", { hidden: true })
  return h(
    "details",
    {},
    h("summary", {}, t("A way to talk about it")),
    ...parts.map((part) => document.importNode(part, true)),
  )
}
