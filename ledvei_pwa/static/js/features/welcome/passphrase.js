import { t } from "../../ui/i18n.js"
import { passphraseProblem } from "../../vault/passphrase.js"

/**
 * What is wrong with a new passphrase, by field.
 * @param {string} passphrase
 * @param {string} again
 * @returns {Record<string, string>}
 */
export function newPassphraseErrors(passphrase, again) {
  const problem = passphraseProblem(passphrase)
  if (problem) return { passphrase: textFor(problem) }
  return passphrase.trim() === again.trim()
    ? {}
    : { again: t("The two are not the same. Write it once more.") }
}

/** @param {string} problem */
export function textFor(problem) {
  if (problem === "taken") return t("Others may think of the same. Use other words.")
  if (problem === "only_digits") return t("Digits alone are quickly guessed. Use words.")
  if (problem === "too_simple") return t("That is too simple. Use different letters.")
  return t("That is too short. Use at least twelve characters, or four words.")
}
