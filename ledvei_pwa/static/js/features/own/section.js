import { confirm } from "../../ui/dialogs.js"
import { saveFile } from "../../ui/download.js"
import { find } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { ownFile } from "./file.js"
import { saveSealed, sendSealed } from "./sealed.js"

/** @typedef {import("../../ui/router.js").Context} Context */
/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * The way out: one's own texts as a file, at any time, off-line too; and the sealed file, out and in.
 * @param {HTMLElement} root
 * @param {Pick<Context, "notebook" | "engine">} context
 * @returns {() => void} stops it
 */
export function mountOwnTexts(root, { notebook, engine }) {
  find(root, "[data-own-texts]").addEventListener("click", () => void download(notebook))
  find(root, "[data-save-sealed]").addEventListener("click", () => void saveSealed(notebook))
  const chosen = /** @type {HTMLInputElement} */ (find(root, "[data-send-sealed]"))
  chosen.addEventListener("change", async () => {
    const [file] = chosen.files ?? []
    if (!file) return
    await sendSealed(notebook, engine, file)
    // The same file may be chosen once more.
    chosen.value = ""
  })
  const show = () => {
    find(root, "[data-save-sealed]").hidden = notebook.waiting().count === 0
    find(root, "[data-nothing-waits]").hidden = notebook.waiting().count > 0
  }
  show()
  notebook.addEventListener("sync", show)
  return () => notebook.removeEventListener("sync", show)
}

/** @param {Notebook} notebook */
async function download(notebook) {
  const isSure = await confirm({
    title: t("Download your texts?"),
    text: t(
      "Anyone who gets the file can read it, also what only you can read in Ledvei. Keep it as you keep what is confidential, and delete it when you no longer need it.",
    ),
    yes: t("Download"),
  })
  if (!isSure) return
  saveFile(ownFile(notebook), "text/html")
  toast(t("The file is downloaded."))
}
