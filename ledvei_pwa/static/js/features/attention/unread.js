import { h } from "../../ui/h.js"
import { formatMoment, t } from "../../ui/i18n.js"
import { saveSealed } from "../own/sealed.js"
import { actButton, isSureToDelete } from "./words.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../../store/outbox.js").OutboxRow} OutboxRow */

/**
 * Something the server would not have, that nobody can read here: its vault is gone, and only the sealed text is left.
 * @param {Notebook} notebook
 * @param {OutboxRow} row
 * @returns {import("./cards.js").Card}
 */
export function unreadCard(notebook, { id, at }) {
  const make = () => ({ element: cardOf(notebook, id, at) })
  return { key: id, state: at, make }
}

/** @param {Notebook} notebook @param {string} id @param {string} at */
function cardOf(notebook, id, at) {
  return h(
    "article",
    { class: "lv-sheet" },
    h("h3", {}, t("A text that cannot be opened here")),
    h("p", { class: "lv-soft lv-small" }, t("Written %(moment)s", { moment: formatMoment(at) })),
    h(
      "p",
      {},
      t(
        "The server did not take it in. The passphrase it was written under is gone, so it is only here sealed.",
      ),
    ),
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
