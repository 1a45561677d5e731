import { t } from "../../ui/i18n.js"
import { closedTo, nameOf } from "../../ui/readers.js"
import { readBy } from "../../ui/state.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** Needs that ask for another person, soon (features/debrief/rules.py). */
const ASKS_FOR_SOMEBODY = ["call", "talk_tomorrow"]

/** @param {unknown} need */
export const asksForSomebody = (need) => ASKS_FOR_SOMEBODY.includes(String(need))

/**
 * Where a wish goes and when, as it really is: a wish that is kept private goes nowhere.
 * @param {Notebook} notebook
 * @param {{audience: unknown, hear_from: unknown}} values
 * @param {string} series where it is shared, "" when that is not chosen
 * @param {import("../../store/items.js").EntryView|null} entry as it has come so far
 */
export function wayOfWish(notebook, { audience, hear_from }, series, entry) {
  if (audience !== "supervisor" || (entry && closedTo(notebook, entry)))
    return t("Nobody is told while only you can read this. Share it below, or ring somebody.")
  const supervisor = notebook.get("series", series)?.supervisor
  if (!supervisor) return t("Choose who you share it with, and the wish goes there.")
  const name = nameOf(notebook, supervisor)
  const names = readBy(notebook, entry)
  if (names) return t("Read by %(names)s.", { names })
  if (entry?.state === "sent") return t("The wish has come to %(name)s, who has not opened it yet.", { name })
  const goes = t(
    "The wish goes to %(name)s as soon as this device has a network. You can see here when it has been seen.",
    { name },
  )
  const other = String(hear_from ?? "").trim()
  if (!other || other === name) return goes
  const untold = t("%(name)s is not told by Ledvei.", { name: other })
  return `${goes} ${untold}`
}
