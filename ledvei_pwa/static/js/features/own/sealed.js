import { sealedFile, takeSealedFile } from "../../sync/sealed_file.js"
import { saveFile } from "../../ui/download.js"
import { t, tn } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").Writing} Writing */

/**
 * All that waits, sealed, as a file; and besides, one text that the device could not store.
 * @param {Notebook} notebook
 * @param {Writing | null} [writing]
 */
export async function saveSealed(notebook, writing = null) {
  try {
    saveFile(await sealedFile(notebook, writing), "application/json")
    toast(t("The sealed file is downloaded."))
  } catch (error) {
    console.warn("Sealed file:", error)
    toast(t("The file could not be made here. Copy the text instead."))
  }
}

/**
 * Put what lies in such a file in the outbox of this browser, and send it.
 * @param {Notebook} notebook
 * @param {import("../../sync/engine.js").Engine} engine
 * @param {File} file
 */
export async function sendSealed(notebook, engine, file) {
  try {
    const { taken, known } = await takeSealedFile(notebook.store, await file.text())
    toast(takenText(taken, known))
    await notebook.refresh()
    await engine.syncNow()
  } catch (error) {
    toast(problemText(error))
  }
}

/** @param {number} taken @param {number} known */
function takenText(taken, known) {
  if (taken)
    return tn(
      "One change from the file is taken in, and sent by itself.",
      "%(count)s changes from the file are taken in, and sent by themselves.",
      taken,
    )
  if (known) return t("All that is in the file has been taken in before. Nothing is sent twice.")
  return t("There is nothing in the file.")
}

/** @param {unknown} error */
function problemText(error) {
  const { name, code } = /** @type {{name?: string, code?: string}} */ (error ?? {})
  if (name === "SealedFileProblem" && code === "newer")
    return t("The file comes from a newer Ledvei. Update the app, and try again.")
  if (name === "SealedFileProblem" && code === "damaged")
    return t("A part of the file is damaged, so nothing was taken in. Try with another copy of it.")
  if (name === "SealedFileProblem") return t("This is not a sealed file from Ledvei.")
  return t("The file could not be taken in just now. Try again in a moment.")
}
