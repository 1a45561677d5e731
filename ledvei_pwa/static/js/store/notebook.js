import { newId } from "../core/ids.js"
import { readyToSeal } from "../vault/seal.js"
import { Channel } from "./channel.js"
import { asOfNow, asOne, changeFrom, dropOperation, sealAnew, sealedRow, writeChange } from "./changes.js"
import { Drafts } from "./drafts.js"
import { isIn, isReading } from "./items.js"
import { changeMeta, keptEpoch, readMeta } from "./meta.js"
import { keepPen } from "./penned.js"
import { howFar, loadStanding } from "./standing.js"
import { waitAgain } from "./outbox.js"
import { tidied } from "./problem.js"
import { Subjects } from "./subjects.js"
import { takeIn, withOwnWords } from "./intake.js"
import { isWrittenOver, viewOf } from "./view.js"

/** @typedef {import("./items.js").Change} Change */
/** @typedef {import("./items.js").EntryItem} EntryItem */
/** @typedef {import("./items.js").EntryView} EntryView */
/** @typedef {import("./items.js").Fields} Fields */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").PendingChange} PendingChange */
/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./drafts.js").Carried} Carried */
/** @typedef {import("./intake.js").News} News */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("./outbox.js").OutboxRow} OutboxRow */
/** @typedef {import("../vault/vault.js").Vault} Vault */
/** @typedef {"idle" | "syncing" | "offline" | "signed_out" | "failed"} Phase */

/**
 * @typedef {object} SyncState
 * @property {Phase} phase
 * @property {number} waiting
 * @property {string | null} since ISO; when the oldest of them was written
 * @property {{phase: "sending" | "fetching", done: number, total: number} | null} progress
 * @property {string | null} lastSync ISO; when this device last heard everything
 * @property {boolean} equal nothing waits and the server's digest was the same as ours: only then "everything is sent"
 * @property {boolean} emptied the browser has thrown away what this device had, and nobody has dismissed the news
 * @property {string | null} restored ISO: the service has come back from a backup, and nobody has dismissed the news
 * @property {number} sentAgain how much was sent again then
 * @property {string | null} problem a code, when `failed`; `device_unknown` or `device_revoked` when `signed_out` by that
 * @property {string | null} [opens] ISO, when `signed_out`: who came back by a link is given their earlier texts from then on
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
 * @property {string | null} [to] who the page said is the supervisor that reads it, where that is chosen
 * @property {Fields} set
 * @property {{revision: number, fields: Fields, on?: string | null, after?: number}} [base] the EntryView that the form was filled from. Give it whenever
 *   somebody has had a form open: without it, what has come in meanwhile is overwritten
 * @property {string} [draft] key of the draft that this was; it leaves in the same transaction
 */

/**
 * Everything an unlocked person has on this device, readable, and the only way to write. Reading is from memory and at
 * once; writing resolves when it is on disk, and leaves by itself. Dispatches `change` (detail `{ids}`), `sync`, `saved`, and
 * `unsaved` when what `unsaved()` says has changed.
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
  /** @type {string | null} how far they have come, of what is on disk: another tab may have taken in more */
  #recordsAt = null
  /** @type {PendingChange[]} */
  #changes = []
  /** @type {Map<string, PendingChange[]>} the changes that lay over entries when this page removed them, for undo */
  #takenAway = new Map()
  /** The number of the newest operation of this device's that this page knows of: another tab may have written since. */
  #newest = 0
  /** @type {OutboxRow[]} */
  #outbox = []
  /** @type {MetaRow} */
  #meta
  /** The numbers below have left this device in a file. */
  #leastNumber = 1
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve()
  /** @type {Map<string, Change>} what this page has last told of having seen each text */
  #told = new Map()
  #now
  /** @type {Pick<SyncState, "phase" | "progress" | "equal" | "problem" | "opens">} */
  #sync = { phase: "idle", progress: null, equal: false, problem: null }
  /** Something that the server has shown cannot be read here any more. */
  isDamaged = false

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
    const notebook = new Notebook(store, vault, { meta, name, read, now })
    await notebook.#load()
    return notebook
  }

  /**
   * @param {Store} store
   * @param {Vault} vault
   * @param {{meta: MetaRow, name: string, read: string, now: () => Date}} known
   */
  constructor(store, vault, { meta, name, read, now }) {
    super()
    this.store = store
    this.person = { id: vault.person, name, language: meta.language }
    /** The credential that reads; it exists in the clear only while unlocked. */
    this.readCredential = read
    this.#vault = vault
    this.#meta = meta
    this.#newest = meta.next_number - 1
    this.#now = now
    this.#drafts = new Drafts(store, vault, () => this.dispatchEvent(new Event("unsaved")))
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
    return viewOf(this.#subjects.entry(id), this.#changesOf(id), this.person.id, this.#newest)
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
    const rows = this.#outbox.filter(({ state }) => state === "waiting")
    return { count: rows.length, since: rows[0]?.at ?? null }
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

  /**
   * @returns {OutboxRow[]} what the server would not have, of which nobody here has a readable copy: the vault it was written
   *   in is gone
   */
  unreadable() {
    const readable = new Set(this.#changes.map(({ change }) => change.id))
    return this.#outbox.filter(({ id, state }) => state === "attention" && !readable.has(id))
  }

  /** @returns {SyncState} */
  syncState() {
    const { last_sync: lastSync, emptied = false, restored = null, sent_again: sentAgain = 0 } = this.#meta
    const { count: waiting, since } = this.waiting()
    const equal = this.#sync.equal && waiting === 0
    return { ...this.#sync, lastSync, emptied, restored, sentAgain, waiting, since, equal }
  }

  /**
   * The person has read the news.
   * @param {"restored" | "emptied"} news
   */
  async dismiss(news) {
    const told = news === "restored" ? { restored: null, sent_again: 0 } : { emptied: false }
    await this.store.write(["meta"], (tx) => changeMeta(tx, this.person.id, told))
    this.#meta = { ...this.#meta, ...told }
    this.#tell([])
  }

  /** Whether this person wants a lock as soon as nobody looks at the page. */
  get locksWhenHidden() {
    return this.#meta.lock_hidden === true
  }

  /**
   * Where something that is written while locked would be taken up.
   * @param {import("./items.js").Scope | null} next
   */
  async rememberNext(next) {
    const { series, session } = this.#meta.next ?? {}
    if (series === next?.series && session === next?.session) return
    await this.store.write(["meta"], (tx) => changeMeta(tx, this.person.id, { next }))
    this.#meta = { ...this.#meta, next }
  }

  /** @param {boolean} lock_hidden */
  async lockWhenHidden(lock_hidden) {
    await this.store.write(["meta"], (tx) => changeMeta(tx, this.person.id, { lock_hidden }))
    this.#meta = { ...this.#meta, lock_hidden }
    this.#tell([])
  }

  // Writing

  /**
   * Keep what was written, and let it go to the server when it can. Unchanged fields are left out.
   * @param {Writing} writing
   * @returns {Promise<string>} the entry's id, when it is on disk
   * @throws {import("./problem.js").StoreProblem}
   */
  save({ entry = newId(), draft, ...writing }) {
    return this.#inTurn(async () => {
      const { change, replaces } = this.#changeFor(entry, writing)
      if (change) await this.#write(change, { replaces, draft })
      else if (draft !== undefined) await this.#drafts.drop(draft)
      return entry
    })
  }

  /**
   * What waits, as it lies in the outbox, and besides one writing that could not be put there. From memory alone: the disk
   * may be gone.
   * @param {Writing | null} [writing]
   * @returns {Promise<OutboxRow[]>}
   */
  async sealed(writing = null) {
    const change = writing && this.#changeFor(writing.entry ?? newId(), writing).change
    if (!change) return this.#outbox
    const number = Math.max(this.#meta.next_number, this.#leastNumber)
    this.#leastNumber = number + 1
    return [...this.#outbox, await sealedRow(this.#meta, change, number)]
  }

  /**
   * @param {string} id of an entry
   * @returns {Promise<void>}
   */
  remove(id) {
    return this.#inTurn(async () => {
      const view = this.entry(id)
      if (!view) return
      const changes = this.#changesOf(id)
      const refused = this.#refusedOf(id)
      const replaces = refused.map(({ change }) => change.id)
      // The server has never had it: then there is nothing to tell.
      if (view.revision === 0 && refused.length === changes.length) await this.#drop(replaces)
      else
        await this.#write(this.#plainChange(view.kind, id, { ...basisOf(view), remove: true }), {
          replaces,
        })
      const isRefused = (/** @type {PendingChange} */ pending) => refused.includes(pending)
      this.#takenAway.set(
        id,
        changes.map((pending) => (isRefused(pending) ? { ...pending, state: "attention" } : pending)),
      )
    })
  }

  /**
   * Undo a removal, with all that was there: what had been refused goes as operations of its own, as when it is tried again.
   * @param {string} id of an entry
   * @returns {Promise<void>}
   */
  restore(id) {
    return this.#inTurn(async () => {
      const view = this.entry(id)
      const isThere = view && !view.conflicts.removed
      const record = this.#stoodThere(id)
      const kind = record?.kind ?? this.#changesOf(id)[0]?.change.kind
      // First: should the page be gone before all is back, then no words are lost.
      await this.#bringBack(id)
      if (kind && !isThere) {
        const before = { base: record?.revision ?? 0, on: record?.on }
        await this.#write(this.#plainChange(kind, id, { ...before, remove: false, record }))
      }
      this.#takenAway.delete(id)
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
      const onTheirWay = this.#changesOf(id).map(({ change }) => change)
      const told = this.#told.get(id)
      if ([...onTheirWay, ...(told ? [told] : [])].some((change) => isReadingOf(change, shown))) return
      const reading = this.#plainChange("reading", id, { base: shown.revision, on: shown.changed })
      await this.#write(reading)
      this.#told.set(id, reading)
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
      if (!refused) return
      const along = this.#refusedOf(refused.change.entry).filter(
        (pending) => pending === refused || pending.state === "waiting",
      )
      const replaces = along.map(({ change }) => change.id)
      // Sealed anew, as an operation of its own: the server has answered the old one for good.
      await this.#write({ ...asOne(this.#asOfNow(along)), id: newId() }, { replaces })
    })
  }

  /**
   * Send something once more as it is sealed: it cannot be read here, and the server may take it now.
   * @param {string} id of the operation
   * @returns {Promise<void>}
   */
  retryUnread(id) {
    return this.#inTurn(async () => {
      await this.store.write(["outbox"], (tx) => waitAgain(tx, id))
      await this.#reload()
      this.#announce([])
      this.dispatchEvent(new CustomEvent("saved", { detail: {} }))
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

  /** @returns {string[]} keys of drafts that the device could not keep: they are in this page alone, and tried again */
  unsaved() {
    return this.#drafts.unsaved()
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
      const changes = await withOwnWords(this.store, this.#vault, news.changes)
      const shown = news.shown.filter((id) => this.#isShown(id, changes, news.removed))
      const taken = await takeIn(this.store, this.#vault, { ...news, changes, shown })
      if (!taken) return false
      const removed = [...news.removed, ...taken.left]
      this.#subjects.apply({ changes, removed })
      if (this.#recordsAt === howFar(taken.before)) this.#recordsAt = howFar(taken.meta)
      await this.#reload()
      this.#announce([...changes, ...removed].map(({ type, id }) => [type, id]))
      return true
    })
  }

  /**
   * Read again what the server has shown: another tab may have taken in what this one has not heard of.
   * @param {{cursor: number, epoch: string | null}} until
   * @returns {Promise<boolean>} whether that is how far this device has come
   */
  reread({ cursor, epoch }) {
    return this.#inTurn(async () => {
      this.#recordsAt = null
      await this.#reload()
      this.#dispatchChange(this.#subjects.every().map(({ id }) => id))
      return this.#meta.cursor === cursor && this.#meta.epoch === epoch
    })
  }

  /** What waits as a device's that the server does not know goes as this device's. @returns {Promise<boolean>} */
  sealAnew() {
    return this.#inTurn(async () => {
      const count = await sealAnew(this.store, this.#vault)
      if (count > 0) await this.#reload()
      return count > 0
    })
  }

  /** The outbox or the results have changed under us. */
  refresh() {
    return this.#inTurn(async () => {
      await this.#reload()
      this.#announce([])
    })
  }

  /**
   * The server, restored from a backup, does not have the entries of these, and waits for their first words. Of an entry that it
   * had never shown, those can be here alone; when they have been refused or given up, nothing is to come.
   * @param {string[]} operations
   */
  notBackYet(operations) {
    return this.#inTurn(async () => {
      await this.#reload()
      const idle = operations.filter((id) => this.#isOfNothing(id))
      if (idle.length > 0) await this.#drop(idle)
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
   * @param {Partial<Pick<SyncState, "phase" | "progress" | "equal" | "problem" | "opens">>} state
   */
  setSync(state) {
    this.#sync = { ...this.#sync, ...state }
    this.dispatchEvent(new CustomEvent("sync", { detail: this.syncState() }))
  }

  /** What the disk has not taken, encrypted: for `takeBack` when the vault has been locked and opened again. */
  carry() {
    return this.#drafts.carry()
  }

  /** @param {Carried[]} carried */
  takeBack(carried) {
    return this.#drafts.takeBack(carried)
  }

  /** Wait until all is on disk, and hear no more. The vault may be locked after this. */
  async close() {
    await this.settled()
    this.#channel.close()
  }

  /** Let go of every readable word: whoever still holds this notebook after the lock holds nothing. */
  forget() {
    this.#subjects.forget()
    this.#drafts.forgetAll()
    this.#takenAway.clear()
    this.#told.clear()
    this.#changes = []
    this.person = { ...this.person, name: "" }
    this.readCredential = ""
    // The language itself remembers the last text that any expression was held against (`RegExp.input`).
    ;/^/.test("")
  }

  /** Resolves when everything said so far is on disk. */
  async settled() {
    await this.#turn.catch(() => {})
    await this.#drafts.settled()
  }

  async #load() {
    // Before anything is written: what is written from now on is newer.
    await tidied(keepPen(this.store, this.#vault))
    await tidied(sealAnew(this.store, this.#vault))
    await Promise.all([this.#drafts.load(), this.#reload(), readyToSeal()])
    const opened = this.#at()
    await tidied(this.store.write(["meta"], (tx) => changeMeta(tx, this.person.id, { opened })))
  }

  async #reload() {
    const standing = await loadStanding(this.store, this.#vault, this.#recordsAt)
    const { meta, changes, outbox, items, isDamaged } = standing
    // All at once, with nothing to wait for between: what is asked meanwhile is answered as of one moment too.
    if (items) {
      this.#subjects.replace(items)
      this.#recordsAt = howFar(meta)
      this.isDamaged = isDamaged
    }
    this.#changes = changes
    this.#newest = Math.max(this.#newest, ...changes.map(({ number }) => number))
    this.#outbox = outbox
    this.#meta = meta ?? this.#meta
    const idle = changes.filter(isIdle)
    if (idle.length > 0) await tidied(this.#dropFromDisk(idle.map(({ change }) => change.id)))
  }

  /**
   * @param {string} entry
   * @param {Writing} writing
   */
  #changeFor(entry, { kind, series, session, to, set, base }) {
    const view = this.entry(entry)
    const refused = this.#refusedOf(entry)
    const seen = base ?? view ?? { revision: 0, fields: {} }
    const before = { ...seen, after: seen.after ?? this.#newest }
    const scope = { series, session, to }
    const { supervisor } = this.get("series", series ?? view?.series ?? "") ?? {}
    const along = this.#asOfNow(refused)
    const wish = { kind, entry, set, scope, base: before, view, supervisor, refused: along, at: this.#at() }
    const change = changeFrom(wish)
    return { change, replaces: refused.map((older) => older.change.id) }
  }

  /**
   * What the server would not have of an entry, and what waits for that alone: written on words that a restored server has lost,
   * and has refused since. Were it sent before them, it would hold them up.
   * @param {string} entry
   */
  #refusedOf(entry) {
    const changes = this.#changesOf(entry)
    const first = changes.find(({ state }) => state === "attention")
    const isLost = first?.change.base === 0 && !first.change.remove && !this.#subjects.entry(entry)
    const waitsForIt = (/** @type {PendingChange} */ { change, number, state }) =>
      isLost && state === "waiting" && number > first.number && isEditOfShown(change)
    return changes.filter((pending) => pending.state === "attention" || waitsForIt(pending))
  }

  /** @param {PendingChange[]} refused of one entry */
  #asOfNow(refused) {
    return refused.map((pending) => {
      const { entry } = pending.change
      return asOfNow(pending, this.#changesOf(entry), this.#subjects.entry(entry))
    })
  }

  /**
   * Whether an operation removes or brings back what the server will never have, as things stand.
   * @param {string} id of the operation
   */
  #isOfNothing(id) {
    const pending = this.#changes.find(({ change }) => change.id === id)
    // What is behind it waits for it, and cannot come first.
    const isToCome = (/** @type {PendingChange} */ { change, number, state }) =>
      state === "sent" || (state === "waiting" && number < (pending?.number ?? 0) && !isOfUnshown(change))
    return Boolean(
      pending && isOfUnshown(pending.change) && !this.#changesOf(pending.change.entry).some(isToCome),
    )
  }

  /**
   * Whether the records will hold what came of an operation. They do not when the server could not show it.
   * @param {string} id of the operation
   * @param {Item[]} changes that are about to be taken in
   * @param {{type: string, id: string}[]} removed
   */
  #isShown(id, changes, removed) {
    const pending = this.#changes.find(({ change }) => change.id === id)
    const isIt = (/** @type {{type: string, id: string}} */ it) =>
      it.type === "entry" && it.id === pending?.change.entry
    const record = changes.find(isIt) ?? (pending && this.#subjects.held("entry", pending.change.entry))
    if (!pending || !record || pending.revision === null || removed.some(isIt)) return true
    // It tells what of an older, refused one has been written over.
    if (this.#changes.some((older) => isWrittenOver(older, pending))) return false
    return isIn(pending, /** @type {EntryItem} */ (record)) || this.#isOfBefore(pending, record)
  }

  /**
   * Whether an operation was taken before a restore, and the record is from after it. No number tells then whether the one is
   * in the other. But what can be sent again waits by now: this one is too old for that, and nothing more will come of it.
   * @param {PendingChange} pending that has been sent
   * @param {Item} record
   */
  #isOfBefore({ epoch }, record) {
    // The outbox hears of a restore before the records do: both must have heard of the same.
    const isOfNow = record.epoch === keptEpoch(this.#meta) && !record.unreadable
    return Boolean(epoch) && epoch !== record.epoch && isOfNow
  }

  /**
   * @param {Change} change
   * @param {{replaces?: string[], draft?: string}} [also]
   */
  async #write(change, also = {}) {
    const { replaces = [], draft: key } = also
    const draft = key === undefined ? undefined : this.#drafts.placeOf(key)
    const least = this.#leastNumber
    const { pending, row } = await writeChange(this.store, this.#vault, change, { replaces, draft, least })
    this.#forget(replaces)
    this.#changes.push(pending)
    this.#newest = Math.max(this.#newest, pending.number)
    this.#outbox.push(row)
    this.#meta = { ...this.#meta, next_number: pending.number + 1 }
    this.#sync.equal = false
    if (key !== undefined) await this.#drafts.forget(key)
    this.#tell([change.entry])
    this.dispatchEvent(new CustomEvent("saved", { detail: { entry: change.entry } }))
  }

  /**
   * What its person saw before it was removed, without what had been refused. It may have been sent together with the removal:
   * then the server has never shown it.
   * @param {string} id of an entry
   */
  #stoodThere(id) {
    const changes = (this.#takenAway.get(id) ?? []).filter(({ state }) => state !== "attention")
    const shown = this.#subjects.entry(id) ?? this.#subjects.gone(id)
    const view = viewOf(shown, changes, this.person.id, this.#newest)
    return view && { ...view, type: /** @type {const} */ ("entry"), version: 0 }
  }

  /** @param {string} id of an entry, of which something had been refused: it was here alone */
  async #bringBack(id) {
    const changes = this.#takenAway.get(id) ?? []
    const shown = this.#subjects.entry(id) ?? this.#subjects.gone(id)
    for (const pending of changes.filter(({ state }) => state === "attention")) {
      await this.#write({ ...asOfNow(pending, changes, shown).change, id: newId() })
      changes.splice(changes.indexOf(pending), 1)
    }
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
      if (message.penned) await keepPen(this.store, this.#vault)
      await this.#drafts.load()
      if (message.drafts) return this.#dispatchChange([])
      const keys = message.records ?? []
      await this.#reload()
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

/** @param {EntryView} view @returns {Partial<Change>} what somebody has before them who looks at it */
function basisOf({ revision, on, after }) {
  return { base: revision, on, after }
}

/**
 * The moment belongs to it: a restored server gives the numbers of lost revisions to other texts. The first releases noted none.
 * @param {Change} change
 * @param {EntryItem} shown
 */
function isReadingOf(change, { revision, changed }) {
  return isReading(change) && change.base === revision && (!change.on || change.on === changed)
}

/**
 * A reading that was refused, a removal of what is gone already, or the undoing of one where there never was anything, is
 * nothing to bother a person with: there is no word in it.
 * @param {PendingChange} pending
 */
function isIdle({ change, state, reason }) {
  if (state !== "attention") return false
  return isReading(change) || (reason === "entry_unknown" && (change.remove === true || isOfUnshown(change)))
}

/**
 * A removal or its undoing, without a word, of an entry that the server had not shown when it was asked for.
 * @param {Change} change
 */
function isOfUnshown({ remove, base, set }) {
  return remove !== undefined && base === 0 && Object.keys(set).length === 0
}

/** @param {Change} change */
function isEditOfShown(change) {
  return change.base > 0 && change.remove === undefined && !isReading(change)
}
