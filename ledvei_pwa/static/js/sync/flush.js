import { keptEpoch, readMeta } from "../store/meta.js"
import { outboxRows, settle } from "../store/outbox.js"
import { wipeClosed } from "../store/wipe.js"
import { ExchangeFailure, exchange } from "./exchange.js"
import { alone } from "./turns.js"

// Safe in the worker: sends what is sealed, reads nothing. The page and the worker use the same.

/** @typedef {import("./exchange.js").Answer} Answer */
/** @typedef {import("./exchange.js").Question} Question */
/** @typedef {import("./exchange.js").Transport} Transport */
/** @typedef {import("../store/db.js").Store} Store */
/** @typedef {import("../store/meta.js").MetaRow} MetaRow */
/** @typedef {import("../store/outbox.js").Asker} Asker */
/** @typedef {import("../store/outbox.js").OutboxRow} OutboxRow */

/** The server takes 2 MiB; a phone on a poor line should not have to begin again with all of it. */
const MOST_BYTES = 1_000_000
const LEAST_BYTES = 10_000
const MOST_ROWS = 200

/** How much fits in one request: less after each that took too long, and then more again. */
let bytesAtOnce = MOST_BYTES

/**
 * Send everything that waits on this device, whoever wrote it. Each operation carries its own author's credential inside
 * the seal, so nobody needs to be signed in.
 * @param {Store} store
 * @param {Transport} transport
 * @returns {Promise<{settled: number, failure: ExchangeFailure | null}>}
 */
export function flush(store, transport) {
  return alone(`ledvei-flush-${store.name}`, () => flushAll(store, transport))
}

/**
 * The same, for somebody who has the turn already.
 * @param {Store} store
 * @param {Transport} transport
 * @param {string[]} [except] devices that are left to others
 */
export async function flushAll(store, transport, except = []) {
  const rows = (await outboxRows(store)).filter(({ device }) => !except.includes(device))
  let settled = 0
  for (const device of new Set(rows.map((row) => row.device))) {
    const result = await pushAll(store, device, transport)
    settled += result.settled
    if (result.failure) return { settled, failure: result.failure }
  }
  return { settled, failure: null }
}

/**
 * @param {Store} store
 * @param {string} device
 * @param {Transport} transport
 * @returns {Promise<{settled: number, failure: ExchangeFailure | null}>}
 */
async function pushAll(store, device, transport) {
  const tried = new Set()
  let settled = 0
  for (;;) {
    const rows = stillToSend(await waitingOf(store, device), tried)
    if (rows.length === 0) return { settled, failure: null }
    const { person } = rows[0]
    const meta = await readMeta(store, person)
    const question = plainQuestion(device, transport.build, meta)
    try {
      const sent = await push(store, { rows, question, asker: { person, device, meta }, transport })
      settled += sent.settled.length
      for (const id of sent.asked) tried.add(id)
    } catch (failure) {
      if (failure instanceof ExchangeFailure) return { settled, failure }
      throw failure
    }
  }
}

/**
 * @typedef {object} Sending
 * @property {OutboxRow[]} rows
 * @property {Question} question everything but the operations
 * @property {Asker} asker its meta was read before asking
 * @property {Transport} transport
 * @property {AbortSignal} [signal]
 *
 * @typedef {object} Sent
 * @property {Answer | null} answer
 * @property {string[]} asked the operations that there has been an answer about; none when it came too late to count
 * @property {string[]} settled
 */

/**
 * Ask once, with as many of `rows` as fit; halve them for as long as the server finds them too large. An operation that
 * is too large all by itself is put aside, so that it does not stop those behind it. A device that has been closed forgets
 * what is readable on it.
 * @param {Store} store
 * @param {Sending} sending
 * @returns {Promise<Sent>}
 * @throws {ExchangeFailure}
 */
export async function push(store, { rows, question, asker, transport, signal }) {
  let batch = firstBatch(rows)
  for (;;) {
    const ids = batch.map(({ id }) => id)
    try {
      const operations = batch.map(({ id, key, sealed }) => ({ id, key, sealed }))
      const answer = await exchange({ ...question, operations }, transport, signal)
      bytesAtOnce = Math.min(MOST_BYTES, bytesAtOnce * 2)
      const results = answer.results.filter((result) => ids.includes(result?.id))
      const { settled, isLate } = await settle(store, asker, { ...answer, results })
      if (answer.device?.revoked && !isLate) await wipeClosed(store, asker.person, asker.device)
      return { answer: isLate ? null : answer, asked: isLate ? [] : ids, settled }
    } catch (failure) {
      noteLength(failure)
      if (!isAboutTheBatch(failure) || batch.length === 0) throw failure
      if (batch.length === 1) {
        if (!isVerdict(failure)) throw failure
        const verdict = /** @type {const} */ ({ id: ids[0], result: "rejected", reason: failure.code })
        const { settled } = await settle(store, asker, { results: [verdict], epoch: null, now: "" })
        return { answer: null, asked: ids, settled }
      }
      batch = batch.slice(0, Math.ceil(batch.length / 2))
    }
  }
}

/** @param {unknown} failure */
function noteLength(failure) {
  if (failure instanceof ExchangeFailure && failure.code === "timeout")
    bytesAtOnce = Math.max(LEAST_BYTES, bytesAtOnce / 4)
}

/**
 * @param {Store} store
 * @param {string} device
 */
export async function waitingOf(store, device) {
  const rows = await outboxRows(store)
  return rows.filter((row) => row.device === device && row.state === "waiting")
}

/**
 * What is to be sent in the next request of a run. What the server has not settled goes along again, before what was written
 * after it: a change must not come before what it is a change of. But nothing is asked about twice for its own sake.
 * @param {OutboxRow[]} waiting in the order of writing
 * @param {Set<string>} asked operations that this run has asked about
 */
export function stillToSend(waiting, asked) {
  const fresh = waiting.filter(({ id }) => !asked.has(id))
  const goesAlong = firstBatch(waiting).some(({ id }) => !asked.has(id))
  return goesAlong ? waiting : fresh
}

/**
 * What this device has been told goes along: a server that was restored and does not know it finds out by that.
 * @param {string} device
 * @param {string} build
 * @param {MetaRow} [meta] of the person whose device it is, or was
 * @returns {Question}
 */
export function plainQuestion(device, build, meta) {
  const isOurs = meta?.device === device
  const epoch = isOurs ? keptEpoch(meta) : null
  const cursor = isOurs && meta.epoch === epoch ? meta.cursor : 0
  const acknowledged = (isOurs && meta.acknowledged) || 0
  return { protocol: 1, device, cursor, epoch, acknowledged, operations: [], digest: null, build }
}

/**
 * A request that cannot be read is no fault of the operations in it: the server answers each of those by itself.
 * @param {unknown} failure
 * @returns {failure is ExchangeFailure}
 */
function isAboutTheBatch(failure) {
  return failure instanceof ExchangeFailure && failure.status === 413
}

/**
 * Only our own server's word settles anything: a proxy on the way may say 413 to whatever it likes.
 * @param {ExchangeFailure} failure
 */
function isVerdict({ code }) {
  return code === "too_large"
}

/** @param {OutboxRow[]} rows */
function firstBatch(rows) {
  let bytes = 0
  const end = rows.findIndex(({ sealed }, place) => {
    bytes += sealed.length + 120
    return place > 0 && (bytes > bytesAtOnce || place >= MOST_ROWS)
  })
  return end < 0 ? rows : rows.slice(0, end)
}
