import { find, fromTemplate, h, withUniqueIds } from "../../ui/h.js"
import { t, todayInOslo } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { toast } from "../../ui/toasts.js"
import { sessionsOf } from "../supervision/sessions.js"
import { Editor } from "../writing/editor.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 * @typedef {import("../supervision/sessions.js").Session} Session
 * @typedef {import("../supervision/circle.js").Circle} Circle
 */

/**
 * The form for one agreement of a session: text, owner, and by when (the next session unless somebody says otherwise).
 * It makes itself ready for the next when one is added.
 */
export class AgreementForm {
  #place
  #notebook
  #session
  #circle
  /** @type {Editor|null} */
  #editor = null

  /** @param {HTMLElement} place @param {Notebook} notebook @param {Session} session @param {Circle} circle */
  constructor(place, notebook, session, circle) {
    this.#place = place
    this.#notebook = notebook
    this.#session = session
    this.#circle = circle
  }

  /** @param {EntryView|null} [entry] to change; a new one when left out */
  async open(entry = null) {
    await this.stop()
    const part = withUniqueIds(fromTemplate("part-agreement-form"), "hold")
    const title = find(part, "h2")
    const button = find(part, "button")
    if (entry) [title.textContent, button.textContent] = [t("Change the agreement"), t("Save the agreement")]
    this.#place.replaceChildren(part)
    this.#offerOwners()
    this.#editor = this.#edit(entry)
  }

  /** Puts the keyboard where one writes. */
  focus() {
    find(this.#place, "textarea").focus()
  }

  async stop() {
    await this.#editor?.stop()
    this.#editor = null
  }

  /** @param {EntryView|null} entry */
  #edit(entry) {
    const { id, series } = this.#session
    const editor = new Editor(this.#place, {
      notebook: this.#notebook,
      kind: "agreement",
      draftKey: `agreement ${entry?.id ?? id}`,
      entry,
      start: { owner: this.#usualOwner(), due: this.#nextTime() },
      scope: () => ({ series, session: id }),
      audience: "group",
    })
    editor.onDone(problemsOf, async () => {
      toast(entry ? t("The agreement is changed.") : t("The agreement is added."))
      await this.open()
      this.focus()
    })
    return editor
  }

  #offerOwners() {
    const { supervisor, members } = this.#circle
    const options = [...members, supervisor].map((id) =>
      h("option", { value: id }, nameOf(this.#notebook, id)),
    )
    find(this.#place, "select").replaceChildren(h("option", { value: "" }, t("Choose")), ...options)
  }

  #usualOwner() {
    return this.#circle.isGroup ? "" : (this.#circle.members[0] ?? "")
  }

  #nextTime() {
    const later = sessionsOf(this.#notebook, this.#session.series).filter(
      ({ starts }) => starts > this.#session.starts,
    )
    const [next] = later.map(({ starts }) => starts).sort()
    return next ? todayInOslo(next) : ""
  }
}

/** @param {import("../../core/merge.js").Fields} values @returns {Record<string, string>} */
function problemsOf({ text, owner }) {
  return {
    ...(String(text).trim() ? {} : { text: t("Write what you agree on.") }),
    ...(owner ? {} : { owner: t("Choose who does it.") }),
  }
}
