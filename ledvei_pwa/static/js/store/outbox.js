// Safe in the worker: sealed envelopes and their states, never a readable word.

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./db.js").Store} Store */

/**
 * An operation, sealed. It leaves only when the server has said that it has it.
 * @typedef {object} OutboxRow
 * @property {number} [place] the order of writing
 * @property {string} id of the operation
 * @property {string} person
 * @property {string} device
 * @property {string} key id of the sealing key
 * @property {string} sealed base64url
 * @property {string} at ISO
 * @property {"waiting" | "attention"} state
 */

/**
 * The readable copy (in `box`) of an operation, kept until the server shows the result of it.
 * @typedef {object} PendingRow
 * @property {string} id of the operation
 * @property {string} person
 * @property {number} number
 * @property {"waiting" | "sent" | "attention"} state
 * @property {number | null} revision that it became on the server
 * @property {string} [reason] a code, when it needs attention
 * @property {string} [text] the reason in the person's language
 * @property {Record<string, string>} [fields] what is wrong with each field
 * @property {Bytes} box
 */

/**
 * @typedef {object} Result what the server says of one operation
 * @property {string} id
 * @property {"applied" | "merged" | "conflict" | "duplicate" | "rejected"} result
 * @property {string} [reason]
 * @property {string} [text]
 * @property {Record<string, string>} [fields]
 * @property {number} [revision]
 */

const TAKEN = new Set(["applied", "merged", "conflict", "duplicate"])

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
 * Act on the results: what was taken leaves the outbox, what was refused stays and waits for the person. Anything else is
 * no answer, and changes nothing.
 * @param {Store} store
 * @param {Result[]} results
 * @returns {Promise<string[]>} the ids that were settled
 */
export function settle(store, results) {
  return store.write(["outbox", "pending"], async (tx) => {
    const settled = []
    for (const result of results) if (await settleOne(tx, result)) settled.push(result.id)
    return settled
  })
}

/**
 * @param {import("./db.js").Transaction} tx
 * @param {Result} result
 */
async function settleOne(tx, result) {
  const isTaken = TAKEN.has(result.result)
  if (!isTaken && result.result !== "rejected") return false
  const outbox = tx.objectStore("outbox")
  const place = await outbox.index("operation").getKey(result.id)
  const row = place === undefined ? undefined : await outbox.get(place)
  if (!row) return false
  if (isTaken) await outbox.delete(/** @type {number} */ (place))
  else await outbox.put({ ...row, state: "attention" })
  await markPending(tx, result, isTaken)
  return true
}

/**
 * @param {import("./db.js").Transaction} tx
 * @param {Result} result
 * @param {boolean} isTaken
 */
async function markPending(tx, result, isTaken) {
  const pending = tx.objectStore("pending")
  const row = await pending.get(result.id)
  if (!row) return
  if (isTaken) await pending.put({ ...row, state: "sent", revision: result.revision ?? null })
  else {
    const { reason = "unknown", text, fields } = result
    await pending.put({ ...row, state: "attention", reason, text, fields })
  }
}
