import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { saveSealed } from "../own/sealed.js"
import { reasonText } from "./reasons.js"
import { actButton, isSureToDelete } from "./words.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/outbox.js").OutboxRow} OutboxRow */

/**
 * Something the server would not have, that nobody can read here: its vault is gone, and only the sealed text is left.
 * @param {Notebook} notebook
 * @param {OutboxRow} row
 * @returns {import("./cards.js").Card}
 */
export function unreadCard(notebook, row) {
  const make = () => ({ element: cardOf(notebook, row) })
  return { key: row.id, state: row.at, make }
}

/** @param {Notebook} notebook @param {OutboxRow} row */
function cardOf(notebook, { id, at, reason = "unknown", text }) {
  return h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, t("A text that cannot be opened here")),
    h("p", { class: "lv-soft lv-small" }, t("Written %(moment)s", { moment: formatMoment(at) })),
    h("p", {}, reasonText({ reason, text: text ?? null })),
    h("p", {}, t("The passphrase it was written under is gone, so it is only here sealed.")),
    h(
      "div",
      { class: "lv-row" },
      actButton(t("Try again"), "ArrowsCirclepath", () => notebook.retryUnread(id)),
      actButton(t("Download it sealed"), "PadlockLocked", () => saveSealed(notebook)),
      actButton(t("Delete"), "Trash", () => discard(notebook, id)),
    ),
  )
}

/** @param {Notebook} notebook @param {string} id */
async function discard(notebook, id) {
  if (await isSureToDelete()) await notebook.discard(id)
}
