import { newId } from "../core/ids.js"
import { readyToSeal } from "../vault/seal.js"
import { Channel } from "./channel.js"
import { changeFrom, dropOperation, loadChanges, writeChange } from "./changes.js"
import { Drafts } from "./drafts.js"
import { isReading } from "./items.js"
import { changeMeta, readMeta } from "./meta.js"
import { outboxRows } from "./outbox.js"
import { loadRecords, loadSome } from "./records.js"
import { Subjects } from "./subjects.js"
import { takeIn } from "./intake.js"
import { viewOf } from "./view.js"

/** @typedef {import("./items.js").Change} Change */
/** @typedef {import("./items.js").EntryItem} EntryItem */
/** @typedef {import("./items.js").EntryView} EntryView */
/** @typedef {import("./items.js").Fields} Fields */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").PendingChange} PendingChange */
/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./intake.js").News} News */
/** @typedef {import("../vault/vault.js").Vault} Vault */
/** @typedef {"idle" | "syncing" | "offline" | "signed_out" | "failed"} Phase */

/**
 * @typedef {object} SyncState
 * @property {Phase} phase
 * @property {number} waiting
 * @property {string | null} lastSync ISO; when this device last heard everything
 * @property {boolean} equal nothing waits and the server's digest was the same as ours: only then "everything is sent"
 * @property {boolean} emptied the browser has thrown away what this device had
 * @property {string | null} problem a code, when `failed`
 */

/**
 * @typedef {object} Attention something the server would not have
 * @property {string} id of the operation: for `retry` and `discard`
 * @property {string} entry
 * @property {string} kind
 * @property {string} reason a code
 * @property {string | null} text the reason in the person's language
 * @property {Record<string, string>} problems what is wrong with each field
 * @property {Fields} fields what was written
 * @property {string} at
 */

/**
 * @typedef {object} Writing
 * @property {string} kind
 * @property {string} [entry] an id of an entry, or of one that is to be; a new one when left out
 * @property {string | null} [series]
 * @property {string | null} [session]
 * @property {Fields} set
 * @property {{revision: number, fields: Fields}} [base] the EntryView that the form was filled from. Give it whenever
 *   somebody has had a form open: without it, what has come in meanwhile is overwritten
 * @property {string} [draft] key of the draft that this was; it leaves in the same transaction
 */

/**
 * Everything an unlocked person has on this device, readable, and the only way to write. Reading is from memory and at
 * once; writing resolves when it is on disk, and leaves by itself. Dispatches `change` (detail `{ids}`), `sync`, `saved`.
 */
export class Notebook extends EventTarget {
  /** @type {Store} */
  store
  /** @type {{id: string, name: string, language: string}} */
  person
  #vault
  #channel
  #drafts
  #subjects = new Subjects()
  /** @type {PendingChange[]} */
  #changes = []
  /** @type {{id: string, at: string}[]} */
  #outbox = []
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve()
  /** @type {Map<string, number>} the revision of each text that this page has said was seen */
  #told = new Map()
  #now
  /** @type {SyncState} */
  #sync = { phase: "idle", waiting: 0, lastSync: null, equal: false, emptied: false, problem: null }

  /**
   * @param {Store} store
   * @param {Vault} vault unlocked
   * @param {{now?: () => Date}} [options]
   * @returns {Promise<Notebook>}
   * @throws {import("./problem.js").StoreProblem}
   */
  static async open(store, vault, { now = () => new Date() } = {}) {
    const meta = await readMeta(store, vault.person)
    if (!meta) throw new Error("This device is not enrolled")
    const { name, read } = await vault.decrypt(meta.box, ["meta"])
    const notebook = new Notebook(
      store,
      vault,
      { id: vault.person, name, language: meta.language },
      read,
      now,
    )
    await notebook.#load(meta)
    return notebook
  }

  /**
   * @param {Store} store
   * @param {Vault} vault
   * @param {{id: string, name: string, language: string}} person
   * @param {string} read
   * @param {() => Date} now
   */
  constructor(store, vault, person, read, now) {
    super()
    this.store = store
    this.person = person
    /** The credential that reads; it exists in the clear only while unlocked. */
    this.readCredential = read
    this.#vault = vault
    this.#now = now
    this.#drafts = new Drafts(store, vault)
    this.#channel = new Channel(store.name, (message) => void this.#hear(message))
  }

  // Reading

  /**
   * @param {string} type
   * @param {string} id
   * @returns {any} an EntryView for `entry`, the item as the server shows it for other types, or null
   */
  get(type, id) {
    return type === "entry" ? this.entry(id) : this.#subjects.get(type, id)
  }

  /**
   * @param {string} type
   * @returns {any[]}
   */
  all(type) {
    return type === "entry" ? this.entries() : this.#subjects.all(type)
  }

  /**
   * @param {string} id
   * @returns {EntryView | null}
   */
  entry(id) {
    return viewOf(this.#subjects.entry(id), this.#changesOf(id), this.person.id)
  }

  /**
   * @param {{kind?: string, session?: string, series?: string, author?: string}} [filter]
   * @returns {EntryView[]} oldest first
   */
  entries(filter = {}) {
    const ids = new Set([
      ...this.#subjects.all("entry").map(({ id }) => id),
      ...this.#changes.filter(({ change }) => !isReading(change)).map(({ change }) => change.entry),
    ])
    const wanted = /** @type {[keyof EntryView, string][]} */ (Object.entries(filter)).filter(
      ([, value]) => value,
    )
    return Array.from(ids, (id) => this.entry(id))
      .filter((view) => view !== null)
      .filter((view) => wanted.every(([name, value]) => view[name] === value))
      .sort((one, other) => one.created.localeCompare(other.created) || one.id.localeCompare(other.id))
  }

  /** How many operations have not reached the server, and since when (ISO). */
  waiting() {
    return { count: this.#outbox.length, since: this.#outbox[0]?.at ?? null }
  }

  /**
   * @returns {Attention[]} what the server would not have, with its text, oldest first
   */
  attention() {
    return this.#changes
      .filter(({ state, change }) => state === "attention" && !isReading(change))
      .map(({ change, reason = "unknown", text, fields = {} }) => ({
        id: change.id,
        entry: change.entry,
        kind: change.kind,
        reason,
        text: text ?? null,
        problems: fields,
        fields: change.set,
        at: change.at,
      }))
  }

  /** @returns {SyncState} */
  syncState() {
    const waiting = this.#outbox.length
    return { ...this.#sync, waiting, equal: this.#sync.equal && waiting === 0 }
  }

  // Writing

  /**
   * Keep what was written, and let it go to the server when it can. Unchanged fields are left out.
   * @param {Writing} writing
   * @returns {Promise<string>} the entry's id, when it is on disk
   * @throws {import("./problem.js").StoreProblem}
   */
  save({ kind, entry = newId(), series, session, set, base, draft }) {
    return this.#inTurn(async () => {
      const view = this.entry(entry)
      const refused = this.#changesOf(entry).filter(({ state }) => state === "attention")
      const before = base ?? view ?? { revision: 0, fields: {} }
      const scope = { series, session }
      const change = changeFrom({ kind, entry, set, scope, base: before, view, refused, at: this.#at() })
      if (change) await this.#write(change, { replaces: refused.map((older) => older.change.id), draft })
      else if (draft !== undefined) await this.#drafts.drop(draft)
      return entry
    })
  }

  /**
   * @param {string} id of an entry
   * @returns {Promise<void>}
   */
  remove(id) {
    return this.#inTurn(async () => {
      const view = this.entry(id)
      if (!view) return
      const refused = this.#changesOf(id).filter(({ state }) => state === "attention")
      const replaces = refused.map(({ change }) => change.id)
      // The server has never had it: then there is nothing to tell.
      if (view.revision === 0 && refused.length === this.#changesOf(id).length) await this.#drop(replaces)
      else
        await this.#write(this.#plainChange(view.kind, id, { base: view.revision, remove: true }), {
          replaces,
        })
    })
  }

  /**
   * Undo a removal.
   * @param {string} id of an entry
   * @returns {Promise<void>}
   */
  restore(id) {
    return this.#inTurn(async () => {
      const view = this.entry(id)
      if (view && !view.conflicts.removed) return
      const record = this.#subjects.entry(id) ?? this.#subjects.gone(id)
      const kind = record?.kind ?? this.#changesOf(id)[0]?.change.kind
      if (kind) {
        await this.#write(this.#plainChange(kind, id, { base: record?.revision ?? 0, remove: false, record }))
      }
    })
  }

  /**
   * I have seen somebody else's entry, as it stands. Told once for each revision: only the author hears who has seen it, so
   * nothing that comes back would say that it has been told.
   * @param {string} id
   * @returns {Promise<void>}
   */
  markSeen(id) {
    return this.#inTurn(async () => {
      const shown = this.#subjects.entry(id)
      if (!shown || shown.author === this.person.id) return
      const isOnItsWay = this.#changesOf(id).some(
        ({ change }) => isReading(change) && change.base === shown.revision,
      )
      if (isOnItsWay || this.#told.get(id) === shown.revision) return
      await this.#write(this.#plainChange("reading", id, { base: shown.revision }))
      this.#told.set(id, shown.revision)
    })
  }

  /**
   * Try once more with something the server would not have.
   * @param {string} id of the operation
   * @returns {Promise<void>}
   */
  retry(id) {
    return this.#inTurn(async () => {
      const refused = this.#changes.find(({ change, state }) => change.id === id && state === "attention")
      // Sealed anew, as an operation of its own: the server has answered the old one for good.
      if (refused) await this.#write({ ...refused.change, id: newId() }, { replaces: [id] })
    })
  }

  /**
   * Give up something the server would not have. Ask first.
   * @param {string} id of the operation
   * @returns {Promise<void>}
   */
  discard(id) {
    return this.#inTurn(() => this.#drop([id]))
  }

  // Drafts

  /**
   * @param {string} key
   * @returns {Record<string, any> | null} what was being written
   */
  draft(key) {
    return this.#drafts.get(key)?.fields ?? null
  }

  drafts() {
    return this.#drafts.all()
  }

  /**
   * @param {string} key
   * @param {Record<string, any>} fields anything that JSON can hold
   * @returns {Promise<void>} resolves when it is on disk
   * @throws {import("./problem.js").StoreProblem}
   */
  async saveDraft(key, fields) {
    await this.#drafts.save(key, fields, this.#at())
    this.#tellOfDrafts()
  }

  /** @param {string} key */
  async dropDraft(key) {
    await this.#drafts.drop(key)
    this.#tellOfDrafts()
  }

  // Keeping up, for the engine

  /**
   * Take in what the server says, in one transaction.
   * @param {News} news
   * @returns {Promise<boolean>} false when another tab has come first
   */
  takeIn(news) {
    return this.#inTurn(async () => {
      const remembered = await takeIn(this.store, this.#vault, news)
      if (!remembered) return false
      const { last_sync: lastSync = this.#sync.lastSync, emptied = this.#sync.emptied } = remembered
      this.#sync = { ...this.#sync, lastSync, emptied }
      this.#subjects.apply(news)
      const keys = [...news.changes, ...news.removed].map(
        ({ type, id }) => /** @type {[string, string]} */ ([type, id]),
      )
      await this.#reloadChanges()
      this.#announce(keys)
      return true
    })
  }

  /** The outbox or the results have changed under us. */
  refresh() {
    return this.#inTurn(async () => {
      await this.#reloadChanges()
      this.#announce([])
    })
  }

  /** @returns {import("../core/digest.js").Subject[]} everything the server has shown, for the digest */
  shown() {
    return this.#subjects.every()
  }

  /** @returns {string[]} operations that the server has, whose result it has not yet shown */
  sent() {
    return this.#changes.filter(({ state }) => state === "sent").map(({ change }) => change.id)
  }

  /**
   * @param {Partial<SyncState>} state
   */
  setSync(state) {
    this.#sync = { ...this.#sync, ...state }
    this.dispatchEvent(new CustomEvent("sync", { detail: this.syncState() }))
  }

  /** Wait until all is on disk, and hear no more. The vault may be locked after this. */
  async close() {
    await this.settled()
    this.#channel.close()
  }

  /** Resolves when everything said so far is on disk. */
  async settled() {
    await this.#turn.catch(() => {})
    await this.#drafts.settled()
  }

  /** @param {import("./meta.js").MetaRow} meta */
  async #load(meta) {
    const [items] = await Promise.all([
      loadRecords(this.store, this.#vault),
      this.#drafts.load(),
      this.#reloadChanges(),
      readyToSeal(),
    ])
    this.#subjects.replace(items)
    this.#sync = { ...this.#sync, lastSync: meta.last_sync, emptied: meta.emptied ?? false }
    const opened = this.#at()
    await this.store.write(["meta"], (tx) => changeMeta(tx, this.person.id, { opened }))
  }

  async #reloadChanges() {
    const [changes, rows] = await Promise.all([
      loadChanges(this.store, this.#vault),
      outboxRows(this.store, this.person.id),
    ])
    this.#changes = changes
    this.#outbox = rows.filter(({ state }) => state === "waiting")
    // A reading that was refused, or a removal of what is gone already, is nothing to bother a person with.
    const idle = changes.filter(
      ({ change, state, reason }) =>
        state === "attention" && (isReading(change) || (change.remove && reason === "entry_unknown")),
    )
    if (idle.length > 0) await this.#dropFromDisk(idle.map(({ change }) => change.id))
  }

  /**
   * @param {Change} change
   * @param {{replaces?: string[], draft?: string}} [also]
   */
  async #write(change, also = {}) {
    const { replaces = [], draft: key } = also
    const draft = key === undefined ? undefined : this.#drafts.placeOf(key)
    const pending = await writeChange(this.store, this.#vault, change, { replaces, draft })
    this.#forget(replaces)
    this.#changes.push(pending)
    this.#outbox.push({ id: change.id, at: change.at })
    this.#sync.equal = false
    if (key !== undefined) await this.#drafts.forget(key)
    this.#tell([change.entry])
    this.dispatchEvent(new CustomEvent("saved", { detail: { entry: change.entry } }))
  }

  /** @param {string[]} operations */
  async #drop(operations) {
    const entries = this.#changes
      .filter(({ change }) => operations.includes(change.id))
      .map(({ change }) => change.entry)
    await this.#dropFromDisk(operations)
    this.#tell(entries)
  }

  /** @param {string[]} operations */
  async #dropFromDisk(operations) {
    await this.store.write(["outbox", "pending"], async (tx) => {
      for (const id of operations) await dropOperation(tx, id)
    })
    this.#forget(operations)
  }

  /** @param {string[]} operations */
  #forget(operations) {
    this.#changes = this.#changes.filter(({ change }) => !operations.includes(change.id))
    this.#outbox = this.#outbox.filter(({ id }) => !operations.includes(id))
  }

  /**
   * @param {string} kind
   * @param {string} entry
   * @param {Partial<Change>} [more]
   * @returns {Change}
   */
  #plainChange(kind, entry, more = {}) {
    return { id: newId(), kind, entry, base: 0, was: {}, set: {}, scope: {}, at: this.#at(), ...more }
  }

  /** @param {string} entry */
  #changesOf(entry) {
    return this.#changes.filter(({ change }) => change.entry === entry)
  }

  /** @param {string[]} ids */
  #tell(ids) {
    this.#channel.tell({ type: "changed", person: this.person.id })
    this.#dispatchChange(ids)
  }

  #tellOfDrafts() {
    this.#channel.tell({ type: "changed", person: this.person.id, drafts: true })
  }

  /** @param {[string, string][]} keys */
  #announce(keys) {
    this.#channel.tell({ type: "changed", person: this.person.id, records: keys })
    this.#dispatchChange(keys.map(([, id]) => id))
  }

  /** @param {string[]} ids */
  #dispatchChange(ids) {
    this.dispatchEvent(new CustomEvent("change", { detail: { ids } }))
    this.dispatchEvent(new CustomEvent("sync", { detail: this.syncState() }))
  }

  /** @param {import("./channel.js").Message} message */
  async #hear(message) {
    if (message.type !== "changed" || (message.person ?? this.person.id) !== this.person.id) return
    if (this.#vault.isLocked) return
    await this.#inTurn(async () => {
      await this.#drafts.load()
      if (message.drafts) return this.#dispatchChange([])
      const keys = message.records ?? []
      this.#subjects.reload(keys, await loadSome(this.store, this.#vault, keys))
      await this.#reloadChanges()
      this.#dispatchChange(keys.map(([, id]) => id))
    }).catch((error) => {
      if (!this.#vault.isLocked) throw error
    })
  }

  /**
   * One thing at a time, so that each sees what the one before it has done.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(work) {
    const result = this.#turn.catch(() => {}).then(work)
    this.#turn = result
    return result
  }

  #at() {
    return this.#now().toISOString()
  }
}
