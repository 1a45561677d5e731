import { mergeFields } from "../core/merge.js"
import { isIn, isReading, pick } from "./items.js"

/** @typedef {import("./items.js").EntryItem} EntryItem */
/** @typedef {import("./items.js").EntryView} EntryView */
/** @typedef {import("./items.js").PendingChange} PendingChange */

/**
 * Lay a device's own changes over what the server has shown.
 * @param {EntryItem | null} shown
 * @param {PendingChange[]} all the entry's, in the order of writing
 * @param {string} me
 * @param {number} after the number of the newest operation that whoever looks at it knows of
 * @returns {EntryView | null} null when there is nothing, or it has been removed
 */
export function viewOf(shown, all, me, after) {
  const changes = all.filter(({ change }) => !isReading(change))
  const start =
    shown ?? changes.findLast(({ change }) => change.record)?.change.record ?? newItem(changes, me)
  if (!start || isRemoved(changes)) return null
  const { version: _version, type: _type, epoch: _epoch, ...item } = start
  const on = shown?.changed ?? null
  /** @type {EntryView} */
  const view = { ...item, on, after, conflicts: { ...item.conflicts }, state: "sent", pending: 0 }
  for (const pending of changes)
    if (!isShown(pending, shown)) layOver(view, withoutShown(pending, changes, shown))
  return withState(view, changes)
}

/**
 * A refused change is older than what was written over it here. Once the server has shown that, it says no more in those fields.
 * @param {PendingChange} pending
 * @param {PendingChange[]} all the entry's
 * @param {EntryItem | null} shown
 * @returns {PendingChange}
 */
export function withoutShown(pending, all, shown) {
  const newer = all.filter((other) => isWrittenOver(pending, other) && isShown(other, shown))
  if (newer.length === 0) return pending
  const { was, set } = pending.change
  const names = Object.keys(set).filter((name) => !newer.some(({ change }) => name in change.set))
  return { ...pending, change: { ...pending.change, was: pick(was, names), set: pick(set, names) } }
}

/**
 * Whether what was refused was written over by a later change of the same entry, in some field, by somebody who knew of it:
 * another tab may have had the form open since before.
 * @param {PendingChange} refused
 * @param {PendingChange} later
 */
export function isWrittenOver(refused, later) {
  if (refused.state !== "attention" || later.state === "attention" || isReading(later.change)) return false
  if (refused.change.entry !== later.change.entry || (later.change.after ?? 0) < refused.number) return false
  return Object.keys(later.change.set).some((name) => name in refused.change.set)
}

/**
 * @param {PendingChange[]} changes
 * @param {string} me
 * @returns {EntryItem | null}
 */
function newItem(changes, me) {
  if (changes.length === 0) return null
  const { kind, entry, at, set } = changes[0].change
  return {
    type: "entry",
    id: entry,
    version: 0,
    kind,
    author: me,
    series: null,
    session: null,
    // A kind whose form does not ask is always for the group: agreements, summaries.
    audience: String(set.audience ?? "group"),
    revision: 0,
    fields: fieldsBefore(changes),
    conflicts: {},
    created: at,
    changed: at,
    readers: [me],
    seen: [],
  }
}

/**
 * What the changed fields said before the first change of each: nothing where that made the entry. But it may have been written
 * on what a restored server does not show any more, and is no rival to its absence.
 * @param {PendingChange[]} changes in the order of writing
 */
function fieldsBefore(changes) {
  /** @type {import("./items.js").Fields} */
  const fields = {}
  for (const { change } of changes)
    for (const name of Object.keys(change.set)) if (!(name in fields)) fields[name] = change.was[name] ?? null
  return fields
}

/**
 * @param {EntryView} view changed in place
 * @param {PendingChange} pending
 */
function layOver(view, { change }) {
  const merged = mergeFields(change.was, view.fields, change.set)
  view.fields = merged.fields
  for (const name of Object.keys(change.set)) {
    const rivals = merged.conflicts[name]?.map((value) => ({ value, at: change.at }))
    if (rivals) view.conflicts[name] = [...(view.conflicts[name] ?? []), ...rivals]
    else delete view.conflicts[name]
  }
  if (typeof view.fields.audience === "string") view.audience = view.fields.audience
  view.series = change.scope.series ?? view.series
  view.session = change.scope.session ?? view.session
  view.to = change.scope.to ?? view.to
  view.changed = change.at
}

/**
 * @param {EntryView} view
 * @param {PendingChange[]} changes
 * @returns {EntryView}
 */
function withState(view, changes) {
  const refused = changes.find(({ state }) => state === "attention")
  const waiting = changes.filter(({ state }) => state === "waiting").length
  if (refused) {
    const { reason, text, fields: problems } = refused
    return { ...view, pending: waiting, state: "attention", reason, text, problems }
  }
  const isSeen = view.seen.some(({ person }) => person !== view.author)
  return { ...view, pending: waiting, state: waiting ? "saved" : isSeen ? "seen" : "sent" }
}

/** @param {PendingChange[]} changes */
function isRemoved(changes) {
  return changes.findLast(({ change }) => change.remove !== undefined)?.change.remove === true
}

/**
 * @param {PendingChange} pending
 * @param {EntryItem | null} shown
 */
function isShown(pending, shown) {
  return pending.state === "sent" && shown !== null && isIn(pending, shown)
}
