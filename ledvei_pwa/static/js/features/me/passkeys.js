import { loadSitting } from "../../sync/session.js"
import { find, h } from "../../ui/h.js"
import { showErrors } from "../../ui/errors.js"
import { formatDate, t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * Unlocking with a passkey beside the passphrase, on this device: those there are, and one more.
 * @param {HTMLElement} root
 * @param {Notebook} notebook
 */
export function bindPasskeys(root, notebook) {
  const place = find(root, "[data-passkeys]")
  place.hidden = !globalThis.PublicKeyCredential
  const form = /** @type {HTMLFormElement} */ (place.querySelector("form"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const problem = await add(notebook, String(new FormData(form).get("passphrase")))
    showErrors(form, problem ? { passphrase: problem } : {})
    if (problem) return
    form.reset()
    toast(t("From now on the passkey unlocks Ledvei on this device too."))
    await list(place, notebook)
  })
  void list(place, notebook)
}

/**
 * The passkey comes first: Safari asks for it only right after the press.
 * @param {Notebook} notebook
 * @param {string} passphrase
 * @returns {Promise<string>} what is wrong, or ""
 */
async function add({ store, person }, passphrase) {
  if (!passphrase.trim()) return t("Write your passphrase here.")
  const { addPasskey, askForPasskey } = await loadSitting()
  const salt = crypto.getRandomValues(new Uint8Array(32))
  const answer = await askForPasskey({ salt }).catch(() => undefined)
  if (answer === undefined) return t("No passkey was chosen. Nothing is changed.")
  if (answer === null)
    return t("That passkey cannot unlock anything. Make a new one under My sign-in, and try with that.")
  const made = new Date().toISOString()
  const isAdded = await addPasskey(store, person.id, passphrase, { ...answer, salt, made })
  answer.secret.fill(0)
  return isAdded ? "" : t("That is not the passphrase you use now.")
}

/** @param {HTMLElement} place @param {Notebook} notebook */
async function list(place, notebook) {
  const { store, person } = notebook
  const { passkeysHere, removePasskey } = await loadSitting()
  const rows = (await passkeysHere(store, person.id)).map(({ credential, made }) => {
    const onclick = async () => {
      await removePasskey(store, person.id, credential)
      toast(t("The passkey no longer unlocks this device. Your passphrase does."))
      await list(place, notebook)
    }
    const name = t("Passkey, added %(day)s", { day: formatDate(new Date(made)) })
    const button = h(
      "button",
      {
        type: "button",
        class: "ds-button",
        "data-variant": "tertiary",
        "aria-label": `${t("Remove")}: ${name}`,
        onclick,
      },
      t("Remove"),
    )
    return h("li", { class: "lv-item" }, h("span", {}, name), button)
  })
  find(place, "ul").replaceChildren(...rows)
}
