import { t } from "./i18n.js"

/**
 * What to say when the device could not keep something.
 * @param {string} code of a StoreProblem
 */
export function problemText(code) {
  if (code === "full") return t("There is no room left on this device. Make some room, and try again.")
  if (code === "unavailable")
    return t("The browser lets Ledvei keep nothing here. A private window does that. Open an ordinary one.")
  if (code === "newer") return t("Another tab runs a newer version. Close this one, or load it again.")
  return t(
    "The browser's store did not answer. The device may be full. Nothing that was saved is lost. Try again in a moment.",
  )
}
