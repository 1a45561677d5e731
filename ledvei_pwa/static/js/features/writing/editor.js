import { newId } from "../../core/ids.js"
import { FormBinding } from "../../ui/form.js"
import { find, h, icon } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { closedTo, describeReaders, nameOf, showReaders } from "../../ui/readers.js"
import { showKept, showSaveState, stateLine } from "../../ui/state.js"
import { toast } from "../../ui/toasts.js"
import { identityProblems, IdentityWatch } from "./identities.js"
import { addressOf } from "./paths.js"
import { TroubleWatch } from "./trouble.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 * @typedef {import("../../core/merge.js").Fields} Fields
 */

/**
 * @typedef {object} Writing
 * @property {Notebook} notebook
 * @property {string} kind
 * @property {string} draftKey the path of the page where the text is written, without the language
 * @property {EntryView|null} [entry] what is being changed; none when it is new
 * @property {Fields} [start] what a new one begins with
 * @property {(values: Fields) => {series?: string|null, session?: string|null}} scope
 * @property {string} [audience] when the kind has no choice
 * @property {string} [readers] who can read it, when it is not as the audience says
 * @property {(values: Fields) => void} [onChange]
 * @property {() => Record<string, string>} [beside] what else has been chosen and belongs in the draft; names with a `$`
 */

/**
 * One text being written: the form, its draft, who will be able to read it and how far it has come. The draft holds
 * only what was changed and what it was changed from, so that a draft taken up later reverts nobody's words.
 */
export class Editor {
  #root
  #writing
  #form
  /** Given at once, so that whoever presses Done twice writes one entry. */
  #id
  /** @type {NonNullable<import("../../store/notebook.js").Writing["base"]>} */
  #base
  /** @type {FormBinding} */
  binding
  #trouble
  #identities
  #isFinishing = false
  /** Their author lets today's supervisor read what was shared with the one before. */
  #isOpened = false
  /** @type {string | null | undefined} who the page says is the supervisor that is chosen to read it */
  #to

  /** @param {HTMLElement} root @param {Writing} writing */
  constructor(root, writing) {
    this.#root = root
    this.#writing = writing
    this.#id = writing.entry?.id ?? newId()
    this.#form = /** @type {HTMLFormElement} */ (find(root, "form"))
    const { notebook, draftKey } = writing
    const { $base, ...kept } = notebook.draft(draftKey) ?? {}
    const draft = Object.fromEntries(Object.entries(kept).filter(([name]) => !name.startsWith("$")))
    const { revision = 0, fields = {}, on, after } = writing.entry ?? {}
    this.#base = $base ?? { revision, fields, on, after }
    this.binding = new FormBinding(this.#form, {
      fields: { ...writing.start, ...this.#base.fields },
      notebook: { saveDraft: (key) => this.#saveDraft(key), dropDraft: (key) => notebook.dropDraft(key) },
      draftKey,
      draft,
      onChange: () => this.refresh(),
    })
    this.binding.addEventListener("draft", () => showKept(root))
    const save = () => this.#form.requestSubmit()
    const watched = { kind: writing.kind, draftKey, writing: () => this.#written(), save }
    this.#showWhereItIs($base !== undefined)
    this.#trouble = new TroubleWatch(notebook, this.#form, this.binding, watched)
    this.#identities = new IdentityWatch(this.#form)
    this.refresh()
  }

  get values() {
    return this.binding.values()
  }

  /** Something beside the form has changed what the page should say. */
  refresh() {
    const { notebook, audience, entry, readers, scope, onChange } = this.#writing
    const values = this.values
    const { series } = scope(values)
    const isChosen = this.#isOpened || !entry || this.#base.fields.audience !== values.audience
    const place = {
      audience: audience ?? String(values.audience),
      series,
      to: isChosen ? undefined : entry.to,
    }
    showReaders(this.#root, readers ?? describeReaders(notebook, place))
    const { supervisor } = notebook.get("series", series ?? "") ?? {}
    this.#to = isChosen && values.audience === "supervisor" ? supervisor : undefined
    this.#offerToOpen(closedTo(notebook, place))
    onChange?.(values)
  }

  /** @param {string | null} supervisor to whom it is closed */
  #offerToOpen(supervisor) {
    this.#root.querySelector("[data-open]")?.remove()
    if (!supervisor) return
    const open = () => {
      this.#isOpened = true
      this.refresh()
      this.#form.requestSubmit()
    }
    const text = t("Let %(name)s read it", { name: nameOf(this.#writing.notebook, supervisor) })
    const button = { type: "button", class: "ds-button", "data-variant": "secondary", "data-open": true }
    this.#root.querySelector("[data-readers]")?.after(h("button", { ...button, onclick: open }, text))
  }

  /**
   * @param {(values: Fields) => Record<string, string>} problemsOf texts by field; nothing is saved while there are any
   * @param {(entry: string) => void} then
   */
  onDone(problemsOf, then) {
    this.#form.addEventListener("submit", async (event) => {
      event.preventDefault()
      this.#identities.look()
      const problems = { ...problemsOf(this.values), ...identityProblems(this.values) }
      this.binding.showErrors(problems)
      if (Object.keys(problems).length === 0) await this.#finish(then)
    })
    // The main button from inside any field, without leaving the keyboard's home.
    this.#form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.#form.requestSubmit()
    })
  }

  /** Writes the entry and lets its draft go; says so on the page when it cannot. @returns {Promise<string>} its id */
  async save() {
    await this.binding.saveDraftNow()
    this.#refuseIdentityNumbers()
    try {
      const id = await this.#writing.notebook.save(this.#written())
      this.#trouble.saved()
      return id
    } catch (error) {
      this.#trouble.refused(error)
      throw error
    }
  }

  /** Takes away what was typed and not saved. @returns {Promise<() => Promise<void>>} brings it back */
  async dropDraft() {
    const { notebook, draftKey } = this.#writing
    await this.binding.saveDraftNow()
    const draft = notebook.draft(draftKey)
    await this.binding.forgetDraft()
    return async () => void (draft && (await notebook.saveDraft(draftKey, draft)))
  }

  /** Put away without saving: the draft stays. */
  stop() {
    this.#trouble.stop()
    this.#identities.stop()
    return this.binding.stop()
  }

  /** The server takes none: the text stays here, as a draft, until the number is out of it. */
  #refuseIdentityNumbers() {
    const problems = identityProblems(this.values)
    if (Object.keys(problems).length === 0) return
    this.#identities.look()
    this.binding.showErrors(problems)
    throw new Error("There is a national identity number in the text")
  }

  /** @returns {import("../../store/notebook.js").Writing} */
  #written() {
    const { kind, entry, start, scope, draftKey } = this.#writing
    const { values } = this
    const set = entry ? this.binding.changes() : { ...start, ...values }
    return { kind, entry: this.#id, ...scope(values), to: this.#to, set, base: this.#base, draft: draftKey }
  }

  /** @param {(entry: string) => void} then */
  async #finish(then) {
    // Whoever presses twice means once.
    if (this.#isFinishing) return
    this.#isFinishing = true
    const entry = await this.save().catch(() => null)
    this.#isFinishing = false
    if (entry) then(entry)
  }

  /** @param {string} key */
  #saveDraft(key) {
    const { notebook, beside } = this.#writing
    return notebook.saveDraft(key, { ...this.binding.changes(), ...beside?.(), $base: this.#base })
  }

  /** @param {boolean} isResumed */
  #showWhereItIs(isResumed) {
    const { notebook, entry } = this.#writing
    if (isResumed) showSaveState(this.#root, "Mobile", t("You were writing this. It is only on this device."))
    else if (entry)
      this.#root.querySelector("[data-save-state]")?.replaceChildren(...stateLine(notebook, entry).childNodes)
    if (entry?.state === "attention" && !isResumed) this.binding.showErrors(entry.problems ?? {})
    if (entry && Object.keys(entry.conflicts).length)
      this.#root.querySelector("[data-notices]")?.append(conflictNotice())
  }
}

function conflictNotice() {
  return h(
    "div",
    { class: "lv-notice", "data-tone": "warm" },
    icon("Information"),
    h(
      "div",
      {},
      h("p", {}, t("You wrote this in two places. Both texts are kept.")),
      h("a", { href: addressOf("/attention") }, t("Choose what to keep")),
    ),
  )
}

/**
 * A button that takes an entry away, with a way back.
 * @param {HTMLElement} place
 * @param {Notebook} notebook
 * @param {{id: string, editor: Editor, text: string, then: () => void}} removal
 */
export function allowRemoval(place, notebook, { id, editor, text, then }) {
  place.hidden = false
  find(place, "button").addEventListener("click", async () => {
    await notebook.remove(id)
    const bringDraftBack = await editor.dropDraft()
    const undo = async () => {
      await notebook.restore(id)
      await bringDraftBack()
    }
    toast(text, { undo })
    then()
  })
}
