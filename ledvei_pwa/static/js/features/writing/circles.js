import { find, h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { circlesOf } from "../supervision/circle.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** In a draft; no field of any form begins so. */
const SERIES = "$series"

/**
 * Which supervision a text is shared in, asked only of those who have several. For debriefs and self-assessments. What is
 * chosen lies in the text's draft until the text is done.
 */
export class CircleChoice {
  #root
  #select
  #circles

  /**
   * @param {HTMLElement} root
   * @param {Notebook} notebook
   * @param {{shared: string|null|undefined, draftKey: string, onChange: () => void}} text `shared`: the series it is
   *   shared in already
   */
  constructor(root, notebook, { shared, draftKey, onChange }) {
    this.#root = root
    this.#circles = circlesOf(notebook).filter((circle) => !circle.isSupervisor && !circle.ended)
    this.#select = /** @type {HTMLSelectElement} */ (find(root, "[data-series]"))
    const options = this.#circles.map(({ id, title }) => h("option", { value: id }, title))
    if (options.length > 1) options.unshift(h("option", { value: "" }, t("Choose")))
    this.#select.replaceChildren(...options)
    const chosen = shared || notebook.draft(draftKey)?.[SERIES]
    if (options.some(({ value }) => value === chosen)) this.#select.value = chosen
    this.#select.disabled = Boolean(shared)
    this.#select.addEventListener("change", onChange)
    const sharing = root.querySelector('[name="audience"][value="supervisor"]')?.closest("label")
    if (sharing) sharing.hidden = this.isEmpty
  }

  /** The series, or "" while none is chosen. */
  get series() {
    return this.#select.value
  }

  /** What the draft keeps beside the form's own fields. */
  get kept() {
    return { [SERIES]: this.series }
  }

  get isEmpty() {
    return this.#circles.length === 0
  }

  /** @param {unknown} audience */
  show(audience) {
    find(this.#root, "[data-series-choice]").hidden = audience !== "supervisor" || this.#circles.length < 2
  }

  /** Says so beside the choice when it has not been made. @param {unknown} audience @returns {Record<string, string>} */
  problems(audience) {
    const isMissing = audience === "supervisor" && !this.series
    find(this.#root, "[data-series-error]").hidden = !isMissing
    return isMissing ? { audience: t("Choose who you share it with.") } : {}
  }
}
