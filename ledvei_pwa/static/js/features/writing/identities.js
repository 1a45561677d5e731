import { hasIdentityNumber } from "../../core/identifiers.js"
import { isId } from "../../core/ids.js"
import { t } from "../../ui/i18n.js"
import { Marks } from "./marks.js"

/** Shows, under each long text of a form, what may tell who it is about. It stops nothing but identity numbers. */
export class IdentityWatch {
  #marks

  /** @param {HTMLFormElement} form as it was filled */
  constructor(form) {
    this.#marks = Array.from(form.querySelectorAll("textarea"), (area) => new Marks(area))
  }

  /** Now, and not when the fingers rest: somebody wants to be done. */
  look() {
    for (const marks of this.#marks) marks.look()
  }

  /** Forgets all that was found and taken out. */
  stop() {
    for (const marks of this.#marks) marks.stop()
  }
}

/**
 * What the server would refuse: said here, while the text is still before its author.
 * @param {import("../../core/merge.js").Fields} values
 * @returns {Record<string, string>} texts by field
 */
export function identityProblems(values) {
  const text = t("There is a national identity number here. Take it out; «the boy, 9» is enough.")
  const found = Object.entries(values).filter(
    ([, value]) => typeof value === "string" && !isId(value) && hasIdentityNumber(value),
  )
  return Object.fromEntries(found.map(([name]) => [name, text]))
}
