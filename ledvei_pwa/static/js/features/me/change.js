import { find } from "../../ui/h.js"
import { showErrors } from "../../ui/errors.js"
import { t } from "../../ui/i18n.js"
import { showStrength } from "../../ui/strength.js"
import { toast } from "../../ui/toasts.js"
import { newPassphraseErrors, textFor } from "../welcome/passphrase.js"

/** @typedef {import("../../sync/session.js").Session} Session */

/**
 * @param {HTMLElement} root
 * @param {Session} session
 */
export function bindPassphraseChange(root, session) {
  const place = find(root, "[data-passphrase]")
  const form = /** @type {HTMLFormElement} */ (place.querySelector("form"))
  void showStrength(/** @type {HTMLInputElement} */ (find(form, "[name=passphrase]")))
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const values = Object.fromEntries(new FormData(form))
    const errors = newPassphraseErrors(String(values.passphrase), String(values.again))
    if (!values.old) errors.old = t("Write the one you use now.")
    showErrors(form, errors)
    if (Object.keys(errors).length) return
    const changing = session.changePassphrase(String(values.old), String(values.passphrase))
    const isChanged = await changing.catch((error) => {
      if (error.code === "taken") return null
      throw error
    })
    if (isChanged === null) return showErrors(form, { passphrase: textFor("taken") })
    if (!isChanged) return showErrors(form, { old: t("That is not the passphrase you use now.") })
    form.reset()
    find(form, "[name=passphrase]").dispatchEvent(new Event("input"))
    place.removeAttribute("open")
    toast(t("The passphrase is changed on this device."))
  })
}
