import { newId } from "../core/ids.js"
import { areEqual } from "../core/merge.js"
import { sealOperation } from "../vault/seal.js"
import { readable } from "../vault/vault.js"
import { deleteDraft } from "./drafts.js"
import { isReading, pick, tidied } from "./items.js"
import { isUnknown, readMeta } from "./meta.js"
import { isWrittenOver, withoutShown } from "./view.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./drafts.js").Place} DraftPlace */
/** @typedef {import("./items.js").Change} Change */
/** @typedef {import("./items.js").EntryItem} EntryItem */
/** @typedef {import("./items.js").EntryView} EntryView */
/** @typedef {import("./items.js").Fields} Fields */
/** @typedef {import("./items.js").PendingChange} PendingChange */
/** @typedef {import("./items.js").Scope} Scope */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("./outbox.js").OutboxRow} OutboxRow */
/** @typedef {import("./outbox.js").PendingRow} PendingRow */
/** @typedef {import("../vault/vault.js").Vault} Vault */

const TRIES = 20

/**
 * @typedef {object} Wish what somebody wants written
 * @property {string} kind
 * @property {string} entry
 * @property {Fields} set
 * @property {Scope} scope
 * @property {{revision: number, fields: Fields, on?: string | null, after?: number}} base what the writer had before them
 * @property {EntryView | null} view what there is now
 * @property {string | null} [supervisor] of the series it is in: who is meant by the supervisor when nobody says more
 * @property {PendingChange[]} refused what the server would not have: goes along in the new change
 * @property {string} at
 */

/**
 * @param {Wish} wish
 * @returns {Change | null} null when nothing is changed
 */
export function changeFrom({ kind, entry, set, scope, base, view, supervisor, refused, at }) {
  const changed = changedFields(set, base.fields, view)
  const to = scope.to ?? (changed.audience === "supervisor" && supervisor)
  const isNew = view === null && base.revision === 0
  if (!isNew && refused.length === 0 && Object.keys(changed).length === 0 && !isMoved(scope, view))
    return null
  /** @type {Change} */
  const change = {
    id: newId(),
    kind,
    entry,
    base: base.revision,
    on: base.on ?? null,
    after: base.after ?? null,
    was: pick(base.fields, Object.keys(changed)),
    set: changed,
    // Where it belongs goes along until the server has shown it: what made it may be refused, or late. Who shares says with whom
    // each time: a restored server may have lost where that was said first.
    scope: {
      ...((base.revision === 0 || isSharing(changed)) && withoutNothing(view ?? {})),
      ...withoutNothing(scope),
      ...(to && { to }),
    },
    at,
  }
  return asOne([...refused, { change }])
}

/**
 * @param {Pick<PendingChange, "change">[]} changes of one entry, in the order of writing
 * @returns {Change} all as one
 */
export function asOne(changes) {
  return changes.map(({ change }) => change).reduceRight((whole, older) => joinedWith(older, whole))
}

/**
 * What was refused as it goes along, or is tried again: where this device has written over it since, that goes instead.
 * @param {PendingChange} refused
 * @param {PendingChange[]} all the entry's, in the order of writing
 * @param {EntryItem | null} shown
 * @returns {PendingChange}
 */
export function asOfNow(refused, all, shown) {
  const rest = withoutShown(refused, all, shown)
  const names = Object.keys(rest.change.set)
  const newer = all.filter((other) => isWrittenOver(rest, other)).map(({ change }) => pick(change.set, names))
  return { ...rest, change: { ...rest.change, set: Object.assign({ ...rest.change.set }, ...newer) } }
}

/**
 * @param {Change} older refused by the server
 * @param {Change} newer
 * @returns {Change} both as one
 */
function joinedWith(older, newer) {
  return {
    ...newer,
    base: older.base,
    on: older.on,
    // Between the two, others of this device's may have been taken: the refused one knew nothing of them.
    after: older.after,
    // What the newer one was written on, the refused one had written itself: the server has never had it.
    was: { ...newer.was, ...nothing(older.set), ...older.was },
    set: { ...older.set, ...newer.set },
    scope: { ...older.scope, ...newer.scope },
  }
}

/** @param {Fields} fields @returns {Fields} the same fields, never filled */
function nothing(fields) {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, null]))
}

/**
 * @param {Fields} set
 * @param {Fields} was
 * @param {EntryView | null} view
 * @returns {Fields}
 */
function changedFields(set, was, view) {
  const changed = Object.entries(set)
    .map(([name, value]) => /** @type {const} */ ([name, tidied(value)]))
    // Choosing the text that stands is a change too, while the other one is still beside it.
    .filter(([name, value]) => !areEqual(value, was[name]) || (view?.conflicts[name] ?? []).length > 0)
  return Object.fromEntries(changed)
}

/** @param {Fields} changed */
function isSharing({ audience }) {
  return Boolean(audience) && audience !== "private"
}

/**
 * @param {Scope} scope
 * @param {EntryView | null} view
 */
function isMoved({ series, session, to }, view) {
  return Boolean(
    (series && series !== view?.series) || (session && session !== view?.session) || (to && to !== view?.to),
  )
}

/**
 * @param {Scope} scope
 * @returns {Scope}
 */
function withoutNothing({ series, session }) {
  return { ...(series && { series }), ...(session && { session }) }
}

/**
 * Put a change on disk: its readable copy, encrypted, and the operation, sealed, in one transaction. Sealing and encrypting
 * come first, since a transaction does not wait for them; so the number is looked up before and must still be free after.
 * @param {Store} store
 * @param {Vault} vault
 * @param {Change} change
 * @param {{replaces?: string[], draft?: DraftPlace, least?: number}} [also] operations that this one stands for, the draft it
 *   came from, and the least number that has not left this device in another way
 * @returns {Promise<{pending: PendingChange, row: OutboxRow}>}
 * @throws {import("./problem.js").StoreProblem}
 */
export async function writeChange(store, vault, change, { replaces = [], draft, least = 1 } = {}) {
  const box = await vault.encrypt(change, ["pending", change.id])
  for (let tries = 0; tries < TRIES; tries += 1) {
    const meta = await readMeta(store, vault.person)
    if (!meta) throw new Error("This device is not enrolled")
    const row = await sealedRow(meta, change, Math.max(meta.next_number, least))
    const { number } = row
    /** @type {PendingRow} */
    const copy = { id: change.id, person: vault.person, number, state: "waiting", revision: null, box }
    if (await putBoth(store, row, copy, { replaces, draft }))
      return { pending: { change, number, state: "waiting", revision: null }, row }
  }
  throw new Error("Another tab took every number")
}

/**
 * As it lies in the outbox: only the server can open it.
 * @param {MetaRow} meta whose it is
 * @param {Change} change
 * @param {number} number
 * @returns {Promise<OutboxRow & {number: number}>}
 */
export async function sealedRow(meta, change, number) {
  const { person, device, write: credential } = meta
  const envelope = { v: 1, person, device, credential, number, operation: onWire(change) }
  const { key, sealed } = await sealOperation(envelope, meta.keys)
  return { id: change.id, person, device, number, key, sealed, at: change.at, state: "waiting" }
}

/**
 * What waits as the operations of a device that the server does not know is sealed as this device's. Nothing can be doubled
 * by that: a device it does not know has never had anything taken. The numbers stay, and with them the order.
 * @param {Store} store
 * @param {Vault} vault
 * @returns {Promise<number>} how many; what has no readable copy stays as it is
 */
export async function sealAnew(store, vault) {
  const { meta, rows, copies } = await store.read(["meta", "outbox", "pending"], async (tx) => ({
    meta: await tx.objectStore("meta").get(vault.person),
    rows: await tx.objectStore("outbox").index("person").getAll(vault.person),
    copies: await tx.objectStore("pending").index("person").getAll(vault.person),
  }))
  let count = 0
  for (const row of rows.filter(({ device }) => meta && meta.device !== device)) {
    const copy = copies.find(({ id }) => id === row.id)
    if (!copy || !(isUnknown(meta, row.device) || copy.reason === "device_unknown")) continue
    const change = await readable(vault, copy.box, ["pending", row.id])
    if (!change) continue
    const anew = await sealedRow(/** @type {MetaRow} */ (meta), change, copy.number)
    if (await putAnew(store, row, anew)) count += 1
  }
  return count
}

/**
 * @param {Store} store
 * @param {OutboxRow} before
 * @param {OutboxRow} anew
 * @returns {Promise<boolean>} false when it has gone, or there is another device, meanwhile
 */
function putAnew(store, { device, place }, anew) {
  return store.write(["meta", "outbox", "pending"], async (tx) => {
    const meta = await tx.objectStore("meta").get(anew.person)
    const row = await tx.objectStore("outbox").get(/** @type {number} */ (place))
    const copy = await tx.objectStore("pending").get(anew.id)
    if (meta?.device !== anew.device || row?.device !== device || !copy) return false
    await tx.objectStore("outbox").put({ ...anew, place })
    const { reason: _reason, text: _text, fields: _fields, ...plain } = copy
    await tx.objectStore("pending").put({ ...plain, state: "waiting" })
    return true
  })
}

/**
 * @param {Store} store
 * @param {OutboxRow} row
 * @param {PendingRow} copy
 * @param {{replaces: string[], draft?: DraftPlace}} also
 * @returns {Promise<boolean>} false when another tab has taken the number meanwhile
 */
export function putBoth(store, row, copy, { replaces, draft }) {
  return store.write(["meta", "outbox", "pending", "drafts"], async (tx) => {
    const meta = await tx.objectStore("meta").get(row.person)
    // A transaction that had been committed when its connection was lost is run again.
    if (await tx.objectStore("outbox").index("operation").getKey(row.id)) return true
    if (!meta || meta.device !== row.device || meta.next_number > copy.number) return false
    await tx.objectStore("outbox").add(row)
    await tx.objectStore("pending").put(copy)
    await tx.objectStore("meta").put({ ...meta, next_number: copy.number + 1 })
    for (const id of replaces) await dropOperation(tx, id)
    if (draft !== undefined) await deleteDraft(tx, row.person, draft)
    return true
  })
}

/**
 * @param {import("./db.js").Transaction} tx over `outbox` and `pending`
 * @param {string} id
 */
export async function dropOperation(tx, id) {
  const outbox = tx.objectStore("outbox")
  const place = await outbox.index("operation").getKey(id)
  if (place !== undefined) await outbox.delete(place)
  await tx.objectStore("pending").delete(id)
}

/**
 * @param {Vault} vault
 * @param {PendingRow[]} rows
 * @returns {Promise<PendingChange[]>} in the order of writing
 */
export async function readChanges(vault, rows) {
  const changes = await Promise.all(
    rows.map(async ({ id, box, number, state, revision, epoch, reason, text, fields }) => {
      const change = await readable(vault, box, ["pending", id])
      return change && { change, number, state, revision, epoch, reason, text, fields }
    }),
  )
  return changes.filter((change) => change !== null).sort((one, other) => one.number - other.number)
}

/**
 * @param {Change} change
 * @returns {object} what the server is told
 */
function onWire(change) {
  const { id, kind, entry, base, on, after, set, scope, at, remove } = change
  if (isReading(change)) return { id, kind, entry, base, ...(on && { on }), at }
  return {
    id,
    kind,
    entry,
    base,
    ...(on && { on }),
    ...(typeof after === "number" && { after }),
    set,
    scope,
    at,
    ...(remove === undefined ? {} : { remove }),
  }
}
