import { find } from "../../ui/h.js"
import { showErrors } from "../../ui/errors.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { newPassphraseErrors } from "../welcome/passphrase.js"

/** @typedef {import("../../sync/session.js").Session} Session */

/**
 * @param {HTMLElement} root
 * @param {Session} session
 */
export function bindPassphraseChange(root, session) {
  const place = find(root, "[data-passphrase]")
  const form = /** @type {HTMLFormElement} */ (place.querySelector("form"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const values = Object.fromEntries(new FormData(form))
    const errors = newPassphraseErrors(String(values.passphrase), String(values.again))
    if (!values.old) errors.old = t("Write the one you use now.")
    showErrors(form, errors)
    if (Object.keys(errors).length) return
    const isChanged = await session.changePassphrase(String(values.old), String(values.passphrase))
    if (!isChanged) return showErrors(form, { old: t("That is not the passphrase you use now.") })
    form.reset()
    place.removeAttribute("open")
    toast(t("The passphrase is changed on this device."))
  })
}
