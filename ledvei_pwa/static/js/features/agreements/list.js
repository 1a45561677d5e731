import { daysFromToday, formatDate, formatDue, todayInOslo } from "../../ui/dates.js"
import { h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { nameOf } from "../../ui/readers.js"
import { toast } from "../../ui/toasts.js"
import { circleOf } from "../supervision/circle.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 */

/**
 * Agreements that can be ticked off by their owner, their author and the supervisor; the others see how it stands.
 * @param {Notebook} notebook
 * @param {EntryView[]} agreements
 * @param {(agreement: EntryView) => Node|null} [also] more for one of them
 */
export function agreementList(notebook, agreements, also = () => null) {
  return h(
    "ul",
    { class: "lv-list" },
    ...agreements.map((each) => h("li", { "data-entry": each.id }, row(notebook, each, also(each)))),
  )
}

/** Open first, then by the day they are due; those without a day last. @param {EntryView[]} agreements */
export function inOrder(agreements) {
  const place = (/** @type {EntryView} */ { fields }) => `${fields.done ? 1 : 0}${fields.due || "9999"}`
  return [...agreements].sort((one, other) => (place(one) < place(other) ? -1 : 1))
}

/** @param {Notebook} notebook @param {EntryView} agreement @param {Node|null} also */
function row(notebook, agreement, also) {
  const id = `agreement-${agreement.id}`
  const box = h("input", {
    class: "ds-input",
    type: "checkbox",
    id,
    "data-key": id,
    "aria-describedby": `${id}-note`,
    checked: agreement.fields.done === true,
    disabled: !mayTick(notebook, agreement),
    onchange: () => tick(notebook, agreement, box.checked),
  })
  const label = h("label", { for: id }, String(agreement.fields.text ?? ""))
  return h("div", { class: "lv-check" }, box, label, note(notebook, agreement, `${id}-note`), also)
}

/** @param {Notebook} notebook @param {EntryView} agreement */
function mayTick(notebook, { author, fields, series }) {
  const me = notebook.person.id
  return author === me || fields.owner === me || circleOf(notebook, series ?? "")?.isSupervisor === true
}

/** @param {Notebook} notebook @param {EntryView} agreement @param {boolean} done */
async function tick(notebook, { id, kind, fields }, done) {
  const before = { done: fields.done ?? false, done_on: fields.done_on ?? "" }
  await notebook.save({ kind, entry: id, set: { done, done_on: done ? todayInOslo() : "" } })
  if (done)
    toast(t("Marked as done"), {
      undo: async () => void (await notebook.save({ kind, entry: id, set: before })),
    })
}

/** @param {Notebook} notebook @param {EntryView} agreement @param {string} id */
function note(notebook, { fields }, id) {
  const isMine = fields.owner === notebook.person.id
  const who = isMine ? t("Yours") : fields.owner ? nameOf(notebook, String(fields.owner)) : ""
  const due = String(fields.due ?? "")
  const when = fields.done
    ? fields.done_on && t("Done %(day)s", { day: formatDate(String(fields.done_on)) })
    : due && formatDue(due)
  const isNow = isMine && !fields.done && due !== "" && daysFromToday(due) <= 0
  return h(
    "p",
    { id, class: isNow ? "lv-warm lv-small" : "lv-soft lv-small" },
    [who, when].filter(Boolean).join(" · "),
  )
}
