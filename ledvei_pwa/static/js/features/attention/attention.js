import { confirm } from "../../ui/dialogs.js"
import { find, h, icon, replace } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { kindName, ownWords, pathOf } from "../write/entries.js"
import { addressOf } from "../writing/paths.js"
import { conflictCard } from "./conflicts.js"

/** @typedef {import("../../ui/router.js").Context} Context */
/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/notebook.js").Attention} Attention */

/** @type {import("../../ui/router.js").View} */
export const view = { path: "/attention", template: "view-attention", mount }

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function mount(root, { notebook }) {
  const show = () => {
    // Somebody is writing two texts into one: wait until they have saved.
    if ([...root.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue)) return
    const refused = notebook.attention()
    const conflicts = notebook
      .entries({ author: notebook.person.id })
      .filter((entry) => Object.keys(entry.conflicts).length)
    replace(find(root, "[data-refused]"), ...refused.map((one) => refusedCard(notebook, one)))
    replace(find(root, "[data-conflicts]"), ...conflicts.map((entry) => conflictCard(notebook, entry)))
    find(root, "[data-refused-section]").hidden = refused.length === 0
    find(root, "[data-conflicts-section]").hidden = conflicts.length === 0
    find(root, "[data-none]").hidden = refused.length + conflicts.length > 0
    // What had focus may be settled and gone.
    if (document.activeElement === document.body) find(root, "h1").focus()
  }
  show()
  notebook.addEventListener("change", show)
  return () => notebook.removeEventListener("change", show)
}

/**
 * Something the server would not have: why, the text itself, and every way on.
 * @param {Notebook} notebook
 * @param {Attention} refused
 */
function refusedCard(notebook, refused) {
  const text = ownWords(refused)
  const entry = notebook.entry(refused.entry)
  const edit = entry && addressOf(pathOf(entry))
  return h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, kindName(refused.kind)),
    h("p", { class: "lv-soft lv-small" }, t("Written %(moment)s", { moment: formatMoment(refused.at) })),
    h("p", {}, reasonText(refused)),
    ...Object.values(refused.problems).map((problem) => h("p", { class: "lv-warm" }, problem)),
    text && h("p", { class: "lv-text" }, text),
    h(
      "div",
      { class: "lv-row" },
      edit ? h("a", { class: "ds-button", href: edit }, t("Change it")) : null,
      // The same text again would be refused again.
      refused.reason !== "invalid_field" &&
        button(t("Try again"), "ArrowsCirclepath", () => notebook.retry(refused.id)),
      text && button(t("Copy the text"), "Files", () => copy(text)),
      button(t("Delete"), "Trash", () => discard(notebook, refused)),
    ),
  )
}

/** @param {Attention} refused */
function reasonText({ reason, text }) {
  /** @type {Record<string, string>} */
  const own = {
    device_revoked: t("This device has been taken out of use by you or your leader."),
    device_unknown: t("The server does not know this device. Sign in once, and try again."),
    seal_unreadable: t("The server could not open it. Try again, and it is packed anew."),
    number_mismatch: t("It came in another order than it was written. Try again."),
    entry_unknown: t("What this belonged to is not there any more."),
    scope_unknown: t("The session or the series it belonged to is not there any more."),
    not_yours: t("You may not change this text, or not any more."),
    invalid_field: t("Something in it has to be changed first."),
  }
  return text ?? own[reason] ?? t("The server could not take it in.")
}

/**
 * @param {string} text
 * @param {string} picture
 * @param {() => unknown} act
 */
function button(text, picture, act) {
  return h(
    "button",
    { type: "button", class: "ds-button", "data-variant": "secondary", onclick: act },
    icon(picture),
    text,
  )
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(t("The text is copied."))
  } catch {
    toast(t("The browser would not copy. Mark the text and copy it yourself."))
  }
}

/**
 * @param {Notebook} notebook
 * @param {Attention} refused
 */
async function discard(notebook, refused) {
  const isSure = await confirm({
    title: t("Delete this text?"),
    text: t("It exists only on this device. It cannot be brought back."),
    yes: t("Delete it"),
    no: t("Keep it"),
  })
  if (isSure) await notebook.discard(refused.id)
}
