import { find, fromTemplate, h } from "./h.js"
import { t, tn } from "./i18n.js"
import { confirm } from "./dialogs.js"
import { problemText } from "./store_words.js"
import { hideToast, toast } from "./toasts.js"

/** @typedef {import("../sync/session.js").Session} Session */

/** Longer than the slowest phone takes to unlock, in milliseconds: then something else is in the way. */
const LONG = 8_000

/**
 * The lock screen: names nobody, so that two who share a device see nothing of each other.
 * @param {HTMLElement} outlet
 * @param {Session} session
 * @param {(path: string, options?: {replace?: boolean}) => Promise<void>} navigate
 * @returns {() => void} lets go of it
 */
export function mountLock(outlet, session, navigate) {
  const root = h("div", { class: "lv-view" })
  root.append(fromTemplate("view-lock"))
  outlet.removeAttribute("data-wide")
  outlet.replaceChildren(root)
  if (session.holdsUnsaved)
    find(root, "[data-safe]").textContent = t("A text lies in this page alone. Unlock before you close it.")
  document.title = `${document.getElementById("view-lock")?.dataset.title} – Ledvei`
  const form = /** @type {HTMLFormElement} */ (root.querySelector("form"))
  const field = /** @type {HTMLInputElement} */ (find(root, "#unlock-passphrase"))
  bindShow(find(root, "[data-show]"), [field])
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    void unlock(root, session, field)
  })
  find(root, "[data-start-again]").addEventListener("click", () => startAgain(navigate))
  field.focus()
  void offerPasskey(root, session, field)
  return () => root.remove()
}

/**
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {HTMLInputElement} field
 */
async function unlock(root, session, field) {
  const button = /** @type {HTMLButtonElement} */ (find(root, "[data-unlock]"))
  if (button.getAttribute("aria-busy") === "true") return
  if (!field.value.trim()) return showProblem(root, field, t("Write your passphrase here."))
  button.setAttribute("aria-busy", "true")
  try {
    const { opened, left, wiped } = await tellIfLong(session.unlock(field.value))
    if (opened) return
    // What stood here is another screen by now.
    if (wiped) return toast(wipedText(), { lasting: true })
    showProblem(root, field, wrongText(left))
  } catch (error) {
    showProblem(root, field, problemText(String(Reflect.get(Object(error), "code") ?? "")))
  } finally {
    button.removeAttribute("aria-busy")
  }
}

/**
 * Where a passkey opens a vault here. Which ones do is known before it is pressed: Safari asks only right after a press.
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {HTMLInputElement} field
 */
async function offerPasskey(root, session, field) {
  const ways = await session.passkeys()
  const button = find(root, "[data-passkey]")
  button.hidden = ways.length === 0
  button.addEventListener("click", async () => {
    const isOpen = await session.unlockByPasskey(ways).catch(() => false)
    if (!isOpen) showProblem(root, field, t("Try once more, or write your passphrase."))
  })
}

/** Said calmly, and only counted when it begins to matter. @param {number} left */
function wrongText(left) {
  if (left > 5) return t("That is not the passphrase. Try once more.")
  return tn(
    "That is not the passphrase. After one more wrong try the readable texts here are removed. What waits is still sent.",
    "That is not the passphrase. After %(count)s more wrong tries the readable texts here are removed. What waits is still sent.",
    left,
  )
}

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function tellIfLong(work) {
  let isTold = false
  const timer = setTimeout(() => {
    isTold = true
    toast(t("This takes longer than usual. If Ledvei is open in another tab or window, close it there."), {
      lasting: true,
    })
  }, LONG)
  return work.finally(() => {
    clearTimeout(timer)
    if (isTold) hideToast()
  })
}

function wipedText() {
  return t(
    "The readable texts on this device are removed. What you had sent is safe, and what waited is still sent.",
  )
}

/**
 * @param {HTMLElement} root
 * @param {HTMLInputElement} field
 * @param {string} text
 */
function showProblem(root, field, text) {
  const place = find(root, "[data-problem]")
  place.textContent = text
  place.hidden = false
  field.setAttribute("aria-invalid", "true")
  field.focus()
  field.select()
}

/** @param {(path: string) => Promise<void>} navigate */
async function startAgain(navigate) {
  const isSure = await confirm({
    title: t("Start again on this device?"),
    text: t(
      "You sign in and choose a new passphrase. All that you have sent comes back. Drafts that were not finished here are lost.",
    ),
    yes: t("Start again"),
    no: t("Try the passphrase again"),
  })
  if (isSure) await navigate("/welcome?again=1")
}

/**
 * A box that shows what is typed in password fields.
 * @param {HTMLElement} box
 * @param {HTMLInputElement[]} fields
 */
export function bindShow(box, fields) {
  box.addEventListener("change", () => {
    const isShown = /** @type {HTMLInputElement} */ (box).checked
    for (const field of fields) {
      field.type = isShown ? "text" : "password"
      // What stands in a field of text a browser writes to its own files.
      if (isShown) field.autocomplete = "off"
    }
  })
}
