import { fromTemplate, withUniqueIds } from "../../ui/h.js"
import { Editor } from "../writing/editor.js"

/** The short summary that everybody in the supervision can read. Written once for a session, changed as one likes. */
export class SummaryForm {
  #editor
  #entry

  /**
   * @param {HTMLElement} place
   * @param {import("../../store/notebook.js").Notebook} notebook
   * @param {import("../supervision/sessions.js").Session} session
   */
  constructor(place, notebook, session) {
    place.replaceChildren(withUniqueIds(fromTemplate("part-summary-form"), "hold"))
    this.#entry = notebook.entries({ kind: "summary", session: session.id }).pop() ?? null
    const scope = () => ({ series: session.series, session: session.id })
    const draftKey = `summary ${session.id}`
    this.#editor = new Editor(place, {
      notebook,
      kind: "summary",
      draftKey,
      entry: this.#entry,
      scope,
      audience: "group",
    })
  }

  async save() {
    if (this.#entry || String(this.#editor.values.text).trim()) await this.#editor.save()
  }

  /** Going back without saving keeps the draft. */
  stop() {
    return this.#editor.stop()
  }
}
