import { t } from "./i18n.js"
import { toast } from "./toasts.js"

/** @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(t("The text is copied."))
  } catch {
    toast(t("The browser would not copy. Mark the text and copy it yourself."))
  }
}
