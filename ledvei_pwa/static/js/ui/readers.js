import { t } from "./i18n.js"

/** @typedef {import("../store/notebook.js").Notebook} Notebook */

const MOST_NAMES = 4

/**
 * Who will be able to read it, in one sentence with names. The server decides by the same rule (kernel/access.py).
 * @param {Notebook} notebook
 * @param {{audience?: string | null, series?: string | null, to?: string | null}} entry
 * @returns {string}
 */
export function describeReaders(notebook, { audience, series, to }) {
  const me = notebook.person.id
  const closed = closedTo(notebook, { audience, series, to })
  if (closed && to && to !== me) {
    const earlier = t("Shared with %(name)s, who was your supervisor.", { name: nameOf(notebook, to) })
    return `${earlier} ${cannotRead(notebook, closed)}`
  }
  const place = series ? notebook.get("series", series) : null
  if (!audience || audience === "private" || closed) return t("Only you can read this.")
  if (!place)
    return audience === "group" ? t("The group can read this.") : t("You and your supervisor can read this.")
  const readers = audience === "group" ? [place.supervisor, ...place.members] : [place.supervisor]
  const others = readers.filter((id) => id && id !== me)
  if (others.length === 0) return t("Only you can read this.")
  const names = inFew(others.map((id) => nameOf(notebook, id)))
  return audience === "group"
    ? t(
        "You and %(names)s can read this, and those who join this supervision later. Nobody else, not a leader either.",
        { names },
      )
    : t("You and %(names)s can read this. Nobody else, not a leader either.", { names })
}

/**
 * The supervisor of today, when a text was shared with another one: they cannot read it until its author says so.
 * @param {Notebook} notebook
 * @param {{audience?: string | null, series?: string | null, to?: string | null}} entry
 * @returns {string | null}
 */
export function closedTo(notebook, { audience, series, to }) {
  if (audience !== "supervisor" || to === undefined) return null
  const { supervisor = null } = notebook.get("series", series ?? "") ?? {}
  return supervisor === to || supervisor === notebook.person.id ? null : supervisor
}

/** @param {Notebook} notebook @param {string} id */
export function cannotRead(notebook, id) {
  return t("%(name)s cannot read it.", { name: nameOf(notebook, id) })
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
