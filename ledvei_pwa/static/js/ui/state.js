import { h, icon } from "./h.js"
import { formatDate, formatTime, t } from "./i18n.js"
import { cannotRead, closedTo, listed, nameOf } from "./readers.js"

/** @typedef {import("../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../store/notebook.js").EntryView} EntryView */

const ICONS = { saved: "Mobile", sent: "CheckmarkCircle", seen: "Eye", attention: "Chat" }

/**
 * How far a text has come, in words.
 * @param {Notebook} notebook
 * @param {EntryView} entry
 * @returns {string}
 */
export function stateText(notebook, entry) {
  return withEnd(entry, wayText(notebook, entry))
}

/**
 * What is said of a text, and when it is deleted, once that is near.
 * @param {EntryView} entry
 * @param {string} text
 */
export function withEnd({ goes }, text) {
  return goes ? [text, t("Deleted on %(day)s", { day: formatDate(goes) })].join(" · ") : text
}

/** @param {Notebook} notebook @param {EntryView} entry */
function wayText(notebook, entry) {
  if (entry.state === "attention") return t("Needs attention")
  if (entry.state === "saved") return t("Saved on this device, not sent yet")
  const names = readBy(notebook, entry)
  const way = names ? t("Read by %(names)s", { names }) : t("Sent")
  const closed = closedTo(notebook, entry)
  return closed ? `${way} · ${cannotRead(notebook, closed)}` : way
}

/**
 * Who else has read a text, each with the day; "" when nobody has.
 * @param {Notebook} notebook
 * @param {EntryView | null} entry
 */
export function readBy(notebook, entry) {
  const readers = (entry?.seen ?? []).filter(({ person }) => person !== notebook.person.id)
  return listed(readers.map(({ person, at }) => `${nameOf(notebook, person)} ${formatDate(at)}`))
}

/**
 * @param {Notebook} notebook
 * @param {EntryView} entry
 */
export function stateLine(notebook, entry) {
  const tone = entry.state === "attention" ? "warm" : "soft"
  return h(
    "p",
    { class: "lv-line lv-state lv-small", "data-tone": tone },
    icon(ICONS[entry.state]),
    h("span", {}, stateText(notebook, entry)),
  )
}

/**
 * Shows beside the button that what is typed lies on this device.
 * @param {ParentNode} root
 */
export function showKept(root) {
  const text = t("Saved on this device at %(time)s", { time: formatTime(new Date()) })
  showSaveState(root, "CheckmarkCircle", text)
}

/**
 * @param {ParentNode} root
 * @param {string} picture
 * @param {string} text
 */
export function showSaveState(root, picture, text) {
  const place = root.querySelector("[data-save-state]")
  place?.replaceChildren(icon(picture), h("span", {}, text))
}
