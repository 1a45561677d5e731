import { forgetOld, keep, putBack, sendAgain } from "./kept.js"
import { isUnknown, keptEpoch } from "./meta.js"

// Safe in the worker: sealed envelopes and their states, never a readable word.

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./db.js").Transaction} Transaction */
/** @typedef {import("./meta.js").MetaRow} MetaRow */

/**
 * An operation, sealed. It leaves only when the server has said that it has it.
 * @typedef {object} OutboxRow
 * @property {number} [place] the order of writing
 * @property {string} id of the operation
 * @property {string} person
 * @property {string} device
 * @property {number} [number] of the operation; the first release kept it in the readable copy only
 * @property {string} key id of the sealing key
 * @property {string} sealed base64url
 * @property {string} at ISO
 * @property {"waiting" | "attention"} state
 * @property {string} [reason] a code, when it needs attention: the readable copy may be gone
 * @property {string} [text] the reason in the person's language
 */

/**
 * The readable copy (in `box`) of an operation, kept until the server shows the result of it.
 * @typedef {object} PendingRow
 * @property {string} id of the operation
 * @property {string} person
 * @property {number} number
 * @property {"waiting" | "sent" | "attention"} state
 * @property {number | null} revision that it became on the server
 * @property {string | null} [epoch] in which it became that
 * @property {string} [reason] a code, when it needs attention
 * @property {string} [text] the reason in the person's language
 * @property {Record<string, string>} [fields] what is wrong with each field
 * @property {boolean} [penned] closed with the pen, while the vault was locked
 * @property {Bytes} box
 */

/**
 * @typedef {object} Result what the server says of one operation
 * @property {string} id
 * @property {"applied" | "merged" | "conflict" | "duplicate" | "rejected" | "retry"} result
 * @property {string} [reason]
 * @property {string} [text]
 * @property {Record<string, string>} [fields]
 * @property {number} [revision]
 */

/**
 * What was known when a question was asked.
 * @typedef {object} Asker
 * @property {string} person
 * @property {string} device
 * @property {MetaRow} [meta] nobody need have a vault here whose operations go from here
 */

/**
 * The part of an answer that is about the outbox.
 * @typedef {object} Verdict
 * @property {Result[]} results
 * @property {string | null} epoch
 * @property {string} now ISO, the server's
 * @property {object | null} [device] null when the server does not know it
 */

const TAKEN = new Set(["applied", "merged", "conflict", "duplicate"])
const UNKNOWN = "device_unknown"

/**
 * @param {Store} store
 * @param {string} [person] everybody on this device when left out
 * @returns {Promise<OutboxRow[]>} in the order of writing
 */
export async function outboxRows(store, person) {
  return store.read(["outbox"], async (tx) => {
    const outbox = tx.objectStore("outbox")
    return person === undefined ? outbox.getAll() : outbox.index("person").getAll(person)
  })
}

/**
 * What was refused is sent once more, as it is.
 * @param {Transaction} tx over `outbox`
 * @param {string} id of the operation
 */
export async function waitAgain(tx, id) {
  const outbox = tx.objectStore("outbox")
  const row = await outbox.index("operation").get(id)
  if (row) await outbox.put({ ...row, state: "waiting" })
}

/**
 * Act on the results: what was taken leaves the outbox and is kept, what was refused stays and waits for the person.
 * Anything else is no answer, and changes nothing. An answer from before the server's memory changed, that comes after the
 * news of it, is about a server that is no more: nothing in it counts.
 * @param {Store} store
 * @param {Asker} asker
 * @param {Verdict} verdict
 * @returns {Promise<{settled: string[], isLate: boolean}>} `settled`: the operations' ids
 */
export async function settle(store, asker, verdict) {
  const settled = /** @type {string[]} */ ([])
  if (!hasNews(asker, verdict)) return { settled, isLate: false }
  return store.write(["meta", "outbox", "pending", "kept"], async (tx) => {
    const { person, meta: asked } = asker
    const from = keptEpoch(await tx.objectStore("meta").get(person))
    if (from !== keptEpoch(asked)) return { settled, isLate: true }
    const { results, epoch: to, now } = verdict
    if (asked && to && to !== from) await sendAgain(tx, { from, to, now })
    const taken = []
    for (const result of results) {
      const row = await settleOne(tx, asker, result, verdict)
      if (row) taken.push(row)
    }
    await remember(tx, asker, taken, isUnknownNow(verdict))
    if (taken.some(({ isTaken }) => isTaken)) await forgetOld(tx, now)
    return { settled: taken.map(({ id }) => id), isLate: false }
  })
}

/**
 * Most answers are about nothing that waited.
 * @param {Asker} asker
 * @param {Verdict} verdict
 */
function hasNews({ device, meta }, verdict) {
  const isOtherEpoch = Boolean(meta && verdict.epoch && verdict.epoch !== keptEpoch(meta))
  return verdict.results.length > 0 || isOtherEpoch || isUnknownNow(verdict) !== isUnknown(meta, device)
}

/** @param {Verdict} verdict */
function isUnknownNow({ device, results }) {
  return device === null || results.some(({ reason }) => reason === UNKNOWN)
}

/**
 * @param {Transaction} tx
 * @param {Asker} asker
 * @param {Result} result
 * @param {Verdict} verdict
 * @returns {Promise<{id: string, device: string, number: number, isTaken: boolean} | null>}
 */
async function settleOne(tx, { device }, result, { epoch, now }) {
  const isTaken = TAKEN.has(result.result)
  if (!isTaken && (result.result !== "rejected" || result.reason === UNKNOWN)) return null
  const outbox = tx.objectStore("outbox")
  const row = await outbox.index("operation").get(result.id)
  // What has been sealed anew meanwhile is not what was refused.
  if (!row || (!isTaken && row.device !== device)) return null
  const copy = await tx.objectStore("pending").get(row.id)
  const number = row.number ?? copy?.number ?? 0
  if (isTaken) await keep(tx, row, { number, taken: new Date(now).toISOString() })
  else await outbox.put({ ...row, state: "attention", ...reasonOf(result) })
  if (copy) await tx.objectStore("pending").put(marked(copy, result, isTaken, epoch))
  return { id: row.id, device: row.device, number, isTaken }
}

/**
 * @param {PendingRow} copy
 * @param {Result} result
 * @param {boolean} isTaken
 * @param {string | null} epoch
 * @returns {PendingRow}
 */
function marked(copy, result, isTaken, epoch) {
  return isTaken
    ? { ...copy, state: "sent", revision: result.revision ?? null, epoch }
    : { ...copy, state: "attention", ...reasonOf(result), fields: result.fields }
}

/** @param {Result} result */
const reasonOf = ({ reason = "unknown", text }) => ({ reason, text })

/**
 * How far the server has acknowledged this device, and whether it knows the device. What it does not know it has nothing of:
 * all that was acknowledged waits again.
 * @param {Transaction} tx
 * @param {Asker} asker
 * @param {{device: string, number: number, isTaken: boolean}[]} rows
 * @param {boolean} isUnknownHere
 */
async function remember(tx, { person, device }, rows, isUnknownHere) {
  const meta = await tx.objectStore("meta").get(person)
  if (!meta) return
  const taken = rows.filter((row) => row.isTaken && row.device === meta.device)
  const acknowledged = Math.max(meta.acknowledged ?? 0, ...taken.map(({ number }) => number))
  const others = (meta.unknown ?? []).filter((other) => other !== device)
  const unknown = isUnknownHere ? [...others, device] : others
  if (isUnknownHere && !isUnknown(meta, device)) await putBack(tx, "device", device)
  await tx.objectStore("meta").put({ ...meta, acknowledged, unknown })
}
