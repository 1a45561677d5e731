import { find } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"

/**
 * Whether the browser has promised to keep what lies here, how much that is, and a way to ask.
 * @param {HTMLElement} root
 */
export async function showStorage(root) {
  const storage = navigator.storage
  const isKept = storage?.persisted ? await storage.persisted().catch(() => null) : null
  const used = storage?.estimate ? (await storage.estimate().catch(() => null))?.usage : undefined
  const size = used === undefined ? "" : t("%(size)s MB are in use.", { size: megabytes(used) })
  find(root, "[data-storage]").textContent = [promiseText(isKept), size].filter(Boolean).join(" ")
  const button = find(root, "[data-persist]")
  button.hidden = isKept !== false
  button.onclick = () => ask(root)
}

/** @param {boolean | null} isKept */
function promiseText(isKept) {
  if (isKept) return t("The browser has promised to keep what lies here.")
  if (isKept === false)
    return t(
      "The browser may empty this when the device is full. It is safest to put Ledvei on the home screen.",
    )
  return t("This browser does not say whether it keeps what lies here.")
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1_000_000).toFixed(1).replace(".", ",")
}

/** @param {HTMLElement} root */
async function ask(root) {
  const isKept = await navigator.storage.persist().catch(() => false)
  toast(
    isKept
      ? t("The browser has promised to keep it.")
      : t("The browser did not promise. It often does once Ledvei is on the home screen."),
  )
  await showStorage(root)
}
