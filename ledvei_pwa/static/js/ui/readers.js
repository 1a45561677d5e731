import { t } from "./i18n.js"

/** @typedef {import("../store/notebook.js").Notebook} Notebook */

const MOST_NAMES = 4

/**
 * Who will be able to read it, in one sentence with names. The server decides by the same rule (kernel/access.py).
 * @param {Notebook} notebook
 * @param {{audience?: string | null, series?: string | null}} entry
 * @returns {string}
 */
export function describeReaders(notebook, { audience, series }) {
  const me = notebook.person.id
  const place = series ? notebook.get("series", series) : null
  if (!audience || audience === "private") return t("Only you can read this.")
  if (!place)
    return audience === "group" ? t("The group can read this.") : t("You and your supervisor can read this.")
  const readers = audience === "group" ? [place.supervisor, ...place.members] : [place.supervisor]
  const others = readers.filter((id) => id && id !== me)
  if (others.length === 0) return t("Only you can read this.")
  const names = inFew(others.map((id) => nameOf(notebook, id)))
  // The series has readers, not the text: whoever supervises it later reads what was shared with the supervisor.
  return audience === "group"
    ? t(
        "You and %(names)s can read this, and those who join this supervision later. Nobody else, not a leader either.",
        { names },
      )
    : t(
        "You and %(names)s can read this, and whoever takes over this supervision later. Nobody else, not a leader either.",
        { names },
      )
}

/** A large group is named in the heading of its session; here it would fill the screen. @param {string[]} names */
function inFew(names) {
  if (names.length <= MOST_NAMES) return listed(names)
  return t("the %(count)s others in the group", { count: names.length })
}

/**
 * @param {ParentNode} root
 * @param {string} text
 */
export function showReaders(root, text) {
  const place = root.querySelector("[data-readers-text]")
  if (place && place.textContent !== text) place.textContent = text
}

/**
 * @param {Notebook} notebook
 * @param {string} id
 * @returns {string}
 */
export function nameOf(notebook, id) {
  return notebook.get("person", id)?.name ?? t("somebody")
}

/**
 * `Ingvild, Jonas and Samira`.
 * @param {string[]} names
 */
export function listed(names) {
  if (names.length < 2) return names[0] ?? ""
  return t("%(names)s and %(last)s", { names: names.slice(0, -1).join(", "), last: names[names.length - 1] })
}
