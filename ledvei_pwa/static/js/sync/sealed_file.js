import { isId } from "../core/ids.js"
import { Channel } from "../store/channel.js"

// A way out when the device's store fails, or before it is given away: what waits, sealed, as a file. Any browser with Ledvei
// can send it in, whoever is signed in there: each operation is its author's by what lies in the seal.

/** @typedef {import("../store/db.js").Store} Store */
/** @typedef {import("../store/notebook.js").Notebook} Notebook */
/** @typedef {import("../store/notebook.js").Writing} Writing */
/** @typedef {import("../store/outbox.js").OutboxRow} OutboxRow */

/** `code`: `not_ours` (some other file, or half of one), `newer` (of a later Ledvei), `damaged`. Nothing has been taken. */
export class SealedFileProblem extends Error {
  /**
   * @param {"not_ours" | "newer" | "damaged"} code
   * @param {unknown} [cause]
   */
  constructor(code, cause) {
    super(`The sealed file: ${code}`, { cause })
    this.name = "SealedFileProblem"
    this.code = code
  }
}

/**
 * All that waits of this person's, and besides one writing that could not be stored. Made from memory: the database may be
 * gone.
 * @param {Notebook} notebook
 * @param {Writing | null} [writing]
 * @returns {Promise<{name: string, text: string}>}
 */
export async function sealedFile(notebook, writing = null) {
  const rows = await notebook.sealed(writing)
  const operations = rows.map(({ person, device, number, at, id, key, sealed }) => {
    return { person, device, number, at, id, key, sealed }
  })
  const day = new Date().toISOString().slice(0, 10)
  const text = JSON.stringify({ ledvei: "sealed", protocol: 1, operations }, null, 1)
  return { name: `ledvei-${day}.sealed.json`, text }
}

/**
 * Put what lies in such a file into the outbox of this browser.
 * @param {Store} store
 * @param {string} text
 * @returns {Promise<{taken: number, known: number}>} `known`: those that wait here already, or have been sent from here
 * @throws {SealedFileProblem | import("../store/problem.js").StoreProblem}
 */
export async function takeSealedFile(store, text) {
  const operations = operationsIn(text)
  const taken = await store.write(["meta", "outbox", "kept"], async (tx) => {
    let count = 0
    for (const operation of operations) if (await take(tx, operation)) count += 1
    return count
  })
  const channel = new Channel(store.name)
  channel.tell({ type: "changed", person: null })
  channel.close()
  return { taken, known: operations.length - taken }
}

/**
 * @param {import("../store/db.js").Transaction} tx
 * @param {OutboxRow} operation
 */
async function take(tx, operation) {
  const { id, person, device, number = 0 } = operation
  const outbox = tx.objectStore("outbox")
  if ((await outbox.index("operation").getKey(id)) !== undefined) return false
  if ((await tx.objectStore("kept").getKey(id)) !== undefined) return false
  await outbox.add(operation)
  const meta = await tx.objectStore("meta").get(person)
  // Its number is used now, whatever this device remembers.
  if (meta?.device === device && meta.next_number <= number)
    await tx.objectStore("meta").put({ ...meta, next_number: number + 1 })
  return true
}

/**
 * @param {string} text
 * @returns {OutboxRow[]}
 */
function operationsIn(text) {
  const { ledvei, protocol, operations } = parsed(text)
  if (ledvei !== "sealed" || !Array.isArray(operations)) throw new SealedFileProblem("not_ours")
  if (protocol !== 1) throw new SealedFileProblem("newer")
  if (!operations.every(isOperation)) throw new SealedFileProblem("damaged")
  return operations.map(({ person, device, number, at, id, key, sealed }) => {
    return { person, device, number, at, id, key, sealed, state: "waiting" }
  })
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch (error) {
    throw new SealedFileProblem("not_ours", error)
  }
}

/** @param {any} operation */
function isOperation(operation) {
  const { person, device, number = 1, at, id, key, sealed } = operation ?? {}
  const texts = [person, device, at, key, sealed]
  return isId(id) && Number.isSafeInteger(number) && texts.every((each) => each && typeof each === "string")
}
