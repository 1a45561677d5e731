import { openDB } from "../../vendor/idb.js"
import { asStoreProblem, isLostConnection } from "./problem.js"

// Safe in the worker: nothing here knows a key.
//
// meta     one plain row for each person: device, write credential, sealing key, cursor (see meta.js)
// vaults   one row for each person: the data key, wrapped
// records  what the server has shown, each encrypted
// drafts   what is being written, each encrypted
// pending  readable copies of what waits, each encrypted, with its state in plain
// outbox   what waits, sealed to the server, in the order it was written
// kept     what the server has said that it has, sealed as it was, for as long as a backup may be old

/** @typedef {import("../../vendor/idb.js").DBSchema} DBSchema */
/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./kept.js").KeptRow} KeptRow */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("./outbox.js").OutboxRow} OutboxRow */
/** @typedef {import("./outbox.js").PendingRow} PendingRow */
/** @typedef {import("../vault/vault.js").VaultRow} VaultRow */
/**
 * @typedef {{person: string, type: string, id: string, version: number, fill?: number, box: Bytes}} RecordRow `fill`: see
 *   intake.js
 */
/**
 * @typedef {{person: string, key: string, mark?: string, penned?: boolean, box: Bytes}} DraftRow `mark`: changes with each
 *   writing. `penned`: closed with the pen, while the vault was locked
 */

/**
 * @typedef {object} Tables
 * @property {{key: string, value: MetaRow}} meta
 * @property {{key: string, value: VaultRow}} vaults
 * @property {{key: [string, string, string], value: RecordRow}} records
 * @property {{key: [string, string], value: DraftRow}} drafts
 * @property {{key: string, value: PendingRow, indexes: {person: string}}} pending
 * @property {{key: number, value: OutboxRow, indexes: {operation: string, person: string}}} outbox
 * @property {{key: string, value: KeptRow, indexes: {person: string, device: string, taken: string}}} kept
 */
/** @typedef {DBSchema & Tables} Schema */
/** @typedef {"meta" | "vaults" | "records" | "drafts" | "pending" | "outbox" | "kept"} TableName */
/** @typedef {import("../../vendor/idb.js").IDBPTransaction<Schema, TableName[], "readwrite">} Transaction */

const VERSION = 2
const TRIES = 3

export class Store {
  /** @type {Promise<import("../../vendor/idb.js").IDBPDatabase<Schema>> | null} */
  #opening = null
  /** @type {Set<Transaction>} under way */
  #transactions = new Set()
  /** @type {Promise<void> | undefined} while the page that was left is kept for "back": until it is shown again */
  #rest
  #rests = 0

  /** @param {string} [name] the database's name; one for each browser */
  constructor(name = "ledvei") {
    this.name = name
    // A page has one store for as long as it lives; the worker makes one each time, and is never kept.
    if (globalThis.document)
      globalThis.addEventListener?.("pagehide", ({ persisted }) => persisted && this.#standStill())
  }

  /**
   * Do `work` in one transaction, on disk before this resolves. `work` must wait for nothing but the database, and may be
   * run again when the connection is lost under it.
   * @template T
   * @param {TableName[]} tables
   * @param {(tx: Transaction) => Promise<T>} work
   * @returns {Promise<T>}
   * @throws {import("./problem.js").StoreProblem}
   */
  write(tables, work) {
    return this.#transact(tables, "readwrite", work)
  }

  /**
   * @template T
   * @param {TableName[]} tables
   * @param {(tx: Transaction) => Promise<T>} work
   * @returns {Promise<T>}
   */
  read(tables, work) {
    return this.#transact(tables, "readonly", work)
  }

  async close() {
    const opening = this.#opening
    this.#opening = null
    const database = await opening?.catch(() => null)
    database?.close()
  }

  /**
   * @template T
   * @param {TableName[]} tables
   * @param {"readonly" | "readwrite"} mode
   * @param {(tx: Transaction) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #transact(tables, mode, work) {
    for (let tries = 1; ; ) {
      const rests = this.#rests
      try {
        return await this.#once(tables, mode, work)
      } catch (error) {
        if (rests !== this.#rests) continue
        if (tries === TRIES || !isLostConnection(error)) throw asUnlessOurs(error)
        tries += 1
        await this.close()
      }
    }
  }

  /**
   * Safari keeps a page that is left just as it stands. A transaction under way would stand still too, and every other page
   * wait for its end. So it is undone, and done anew if the page is shown again.
   */
  #standStill() {
    this.#rests += 1
    this.#rest = new Promise((resolve) => {
      addEventListener("pageshow", () => resolve((this.#rest = undefined)), { once: true })
    })
    for (const tx of this.#transactions) abortQuietly(tx)
    void this.close()
  }

  /**
   * @template T
   * @param {TableName[]} tables
   * @param {"readonly" | "readwrite"} mode
   * @param {(tx: Transaction) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #once(tables, mode, work) {
    await this.#rest
    const database = await this.#open()
    // The modes differ in type only; `read` gives out the same face so that queries can be shared.
    const tx = /** @type {Transaction} */ (
      /** @type {unknown} */ (database.transaction(tables, mode, { durability: "strict" }))
    )
    this.#transactions.add(tx)
    // Taken before `work`, so that an abort is never an unhandled rejection.
    const finished = tx.done.then(
      () => null,
      (error) => error ?? new DOMException("aborted", "AbortError"),
    )
    try {
      const result = await work(tx)
      const failure = await finished
      if (failure) throw failure
      return result
    } catch (error) {
      abortQuietly(tx)
      const failure = await finished
      // The reason a transaction ended by itself (no room) says more than what noticed it.
      throw failure === null || failure.name === "AbortError" ? error : failure
    } finally {
      this.#transactions.delete(tx)
    }
  }

  #open() {
    this.#opening ??= this.#connect().catch((error) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  async #connect() {
    if (typeof indexedDB === "undefined") throw new DOMException("No IndexedDB here", "SecurityError")
    return openDB(this.name, VERSION, {
      upgrade: makeTables,
      // Another tab wants to upgrade: let go, and open again when something is asked for next.
      blocking: () => void this.close(),
      terminated: () => {
        this.#opening = null
      },
    })
  }
}

/**
 * Each version adds to the one before; none throws away what waits to be sent.
 * @param {import("../../vendor/idb.js").IDBPDatabase<Schema>} database
 * @param {number} from
 */
function makeTables(database, from) {
  if (from < 1) {
    database.createObjectStore("meta", { keyPath: "person" })
    database.createObjectStore("vaults", { keyPath: "person" })
    database.createObjectStore("records", { keyPath: ["person", "type", "id"] })
    database.createObjectStore("drafts", { keyPath: ["person", "key"] })
    const pending = database.createObjectStore("pending", { keyPath: "id" })
    pending.createIndex("person", "person")
    const outbox = database.createObjectStore("outbox", { keyPath: "place", autoIncrement: true })
    outbox.createIndex("operation", "id", { unique: true })
    outbox.createIndex("person", "person")
  }
  if (from < 2) {
    const kept = database.createObjectStore("kept", { keyPath: "id" })
    for (const name of /** @type {const} */ (["person", "device", "taken"])) kept.createIndex(name, name)
  }
}

/** @param {Transaction} tx */
function abortQuietly(tx) {
  try {
    tx.abort()
  } catch {
    // It had ended already.
  }
}

/** @param {unknown} error */
function asUnlessOurs(error) {
  const isOurs = error instanceof Error && !(error instanceof DOMException) && error.name !== "ReferenceError"
  return isOurs ? error : asStoreProblem(error)
}

/**
 * All rows of a person in a table whose key starts with the person.
 * @param {string} person
 */
export function allOf(person) {
  return IDBKeyRange.bound([person], [person, []])
}
