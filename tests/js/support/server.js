// The protocol's server in small, in memory: what the device engine may count on, and nothing more. The real one is
// tested in tests/sync; here the engine is driven through answers that the real one is hard to bring to give.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core"
import { fromBase64Url, toBase64Url } from "../../../ledvei_pwa/static/js/core/bytes.js"
import { digestOf } from "../../../ledvei_pwa/static/js/core/digest.js"
import { newId } from "../../../ledvei_pwa/static/js/core/ids.js"
import { areEqual, mergeFields } from "../../../ledvei_pwa/static/js/core/merge.js"

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const info = new TextEncoder().encode("ledvei/1/operation")
// The same key in every run, so that what was sealed for a fixture opens for ever.
const pair = await suite.kem.deriveKeyPair(new Uint8Array(32).fill(7))
const sealing = {
  id: "key-1",
  public: toBase64Url(new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey))),
}

/** Open a sealed operation as the server does. */
export async function openSealed(sealed) {
  const bytes = fromBase64Url(sealed)
  const plain = await suite.open(
    { recipientKey: pair.privateKey, enc: bytes.slice(0, 65), info },
    bytes.slice(65),
  )
  return JSON.parse(new TextDecoder().decode(plain))
}

/** What a backup holds. Changes are numbered by the clock, which does not go back. */
const KEPT_IN_BACKUP = ["epoch", "devices", "entries", "operations", "applied", "feeds", "sharedWith"]
const THIRTY_DAYS = 30 * 24 * 60 * 60_000
const NOT_BACK_YET = { result: "retry", reason: "not_back_yet" }

export class ModelServer {
  epoch = newId()
  #moments = 0
  /** When it was last restored, by its clock. */
  epochAt = null
  page = 200
  devices = new Map()
  entries = new Map()
  /** id of each operation → its result, as the operation table has it */
  operations = new Map()
  /** How many times each operation took effect. */
  applied = new Map()
  counter = 0
  feeds = new Map()
  /** entry → who may read it beside its author */
  sharedWith = new Map()
  refuse = () => null
  /** The server's clock. */
  now = () => Date.now()
  /** Entries whose text is damaged, and people whom nothing can be shown. */
  damaged = new Set()
  failsFor = new Set()

  /** A moment of its own, by the server's clock. */
  tick() {
    this.#moments += 1
    return new Date(this.now() + this.#moments).toISOString()
  }

  /** A backup of all that is in the database. */
  backup() {
    return structuredClone(Object.fromEntries(KEPT_IN_BACKUP.map((name) => [name, this[name]])))
  }

  /**
   * Put a backup back.
   * @param {object} backup
   * @param {{announced?: boolean}} [how] whether somebody has said so
   */
  restore(backup, { announced = true } = {}) {
    Object.assign(this, structuredClone(backup))
    if (announced) this.beginEpoch()
  }

  /** A server of before, with what a fixture has of it. */
  static from(state) {
    return Object.assign(new ModelServer(), state)
  }

  beginEpoch() {
    this.epoch = newId()
    this.epochAt = this.now()
  }

  async register(person, registered = []) {
    const isForgotten = ({ device, epoch }) => epoch === this.epoch && !this.devices.has(device)
    if (registered.some(isForgotten)) this.beginEpoch()
    const device = { device: newId(), person, write: newId(), read: newId(), last: 0 }
    this.devices.set(device.device, device)
    this.feeds.set(person, this.feeds.get(person) ?? new Map())
    const { device: id, write, read } = device
    return {
      device: id,
      write,
      read,
      person: { id: person, name: `Name of ${person}`, language: "nb" },
      keys: sealing,
      epoch: this.epoch,
    }
  }

  async answer(question) {
    const before = this.devices.get(question.device)
    const signed_in = Boolean(before && question.read === before.read)
    // Before anything is taken: what comes now would hide what has gone.
    const isBelieved = signed_in || (before && (await this.isSealedOn(before, question)))
    if (isBelieved && this.hasGoneBack(before, question)) this.beginEpoch()
    const results = []
    const heldBack = new Set()
    for (const operation of question.operations) results.push(await this.receive(operation, heldBack))
    const device = this.devices.get(question.device)
    const base = {
      protocol: 1,
      epoch: device ? this.epoch : null,
      now: new Date(this.now()).toISOString(),
      results,
      signed_in,
      keys: sealing,
      build: "one",
      device: device ? { last_number: device.last, revoked: device.revoked ?? false } : null,
    }
    const nothing = { changes: [], removed: [], cursor: question.cursor, more: false, digest: null }
    if (!signed_in) return { ...base, ...nothing }
    if (this.failsFor.has(device.person)) return { ...base, ...nothing, failed: true }
    return { ...base, ...(await this.news(device.person, question)) }
  }

  /** Whether something was sealed with the device's write credential: so it is when nobody is signed in. */
  async isSealedOn(device, { operations }) {
    const envelopes = await Promise.all(operations.map(({ sealed }) => openSealed(sealed).catch(() => null)))
    return envelopes.some((envelope) => envelope?.credential === device.write)
  }

  hasGoneBack(device, { epoch, cursor, acknowledged = 0 }) {
    const told = Math.max(0, ...Array.from(this.feeds.get(device.person).values(), ({ version }) => version))
    return epoch === this.epoch && (acknowledged > device.last || cursor > told)
  }

  async news(person, { cursor, epoch }) {
    const from = epoch === this.epoch || epoch === null ? cursor : 0
    const rows = [...this.feeds.get(person).values()].sort((one, other) => one.version - other.version)
    const fresh = rows.filter(({ version }) => version > from)
    const page = fresh.slice(0, this.page)
    const more = page.length < fresh.length
    const kept = rows.filter(({ removed }) => !removed)
    return {
      changes: page.filter(({ removed }) => !removed).map((row) => this.item(row, person)),
      removed: page.filter(({ removed }) => removed).map(({ type, id }) => ({ type, id })),
      cursor: page.at(-1)?.version ?? from,
      more,
      left: fresh.length - page.length,
      digest: more ? null : await digestOf(kept),
    }
  }

  item({ type, id, version }, person) {
    if (this.damaged.has(id)) return { type, id, version, unreadable: true }
    const entry = this.entries.get(id)
    const isAuthor = person === entry.author
    const conflicts = isAuthor ? entry.conflicts : {}
    const seen = isAuthor ? entry.seen : []
    const { fields, revisions, kind, author, series, session } = entry
    const revision = revisions.length - 1
    const readers = [author, ...(this.sharedWith.get(id) ?? [])]
    const audience = fields.audience ?? "group"
    const times = { created: "2026-11-01T08:00:00Z", changed: revisions.at(-1).at ?? "2026-11-01T08:00:00Z" }
    return structuredClone({
      type,
      id,
      version,
      kind,
      author,
      series,
      session,
      audience,
      revision,
      fields,
      conflicts,
      readers,
      seen,
      ...times,
    })
  }

  /** `heldBack`: entries of which an operation is to be sent again. What comes after it waits with it. */
  async receive({ id, sealed }, heldBack = new Set()) {
    const envelope = await openSealed(sealed).catch(() => null)
    // From here on at once, as in a transaction.
    const known = this.operations.get(id)
    if (known) return { ...known, result: "duplicate" }
    if (!envelope) return { id, result: "rejected", reason: "seal_unreadable" }
    const device = this.devices.get(envelope.device)
    if (device?.write !== envelope.credential) return { id, result: "rejected", reason: "device_unknown" }
    const { entry } = envelope.operation
    if (heldBack.has(entry)) return { id, ...NOT_BACK_YET }
    const result = { id, ...this.apply(envelope) }
    if (result.reason === NOT_BACK_YET.reason) heldBack.add(entry)
    if (["retry", "rejected"].includes(result.result)) return result
    device.last = Math.max(device.last, envelope.number)
    this.operations.set(id, result)
    this.applied.set(id, (this.applied.get(id) ?? 0) + 1)
    return result
  }

  apply({ person, device, number, operation }) {
    const reason = this.refuse(operation)
    if (reason) return { result: "rejected", ...reason }
    const entry = this.entries.get(operation.entry)
    if (operation.kind === "reading") return this.see(entry, person)
    if (!entry) return this.create(operation, person, device, number)
    if (operation.remove !== undefined) return this.toggle(entry, operation)
    return this.change(entry, operation, device, number)
  }

  see(entry, person) {
    if (!entry) return this.missing()
    entry.seen = [
      ...entry.seen.filter((seen) => seen.person !== person),
      { person, at: "2026-11-02T08:00:00Z" },
    ]
    this.publish(entry)
    return { result: "applied" }
  }

  create({ entry: id, kind, set, scope, base, after, remove }, person, device, number) {
    if (base > 0 || remove !== undefined) return this.missing()
    const entry = { id, kind, author: person, series: scope?.series ?? null, session: scope?.session ?? null }
    Object.assign(entry, { fields: { ...set }, conflicts: {}, seen: [], removed: false })
    const touched = Object.keys(set)
    const made = { fields: { ...set }, touched, device, number, after, at: this.tick() }
    entry.revisions = [{ fields: {} }, made]
    this.entries.set(id, entry)
    this.publish(entry)
    return { result: "applied", revision: 1 }
  }

  /** After a restore its first operation may still lie on a device that has not been in touch. */
  missing() {
    const isSoonAfter = this.epochAt !== null && this.now() - this.epochAt < THIRTY_DAYS
    if (isSoonAfter) return { ...NOT_BACK_YET }
    return { result: "rejected", reason: "entry_unknown" }
  }

  toggle(entry, { remove }) {
    entry.removed = remove
    entry.revisions.push({ fields: entry.fields, at: this.tick() })
    this.publish(entry)
    return { result: "applied", revision: entry.revisions.length - 1 }
  }

  change(entry, { set, base: wrote, on, after }, device, number) {
    const base = this.knownRevision(entry, wrote, on)
    const known = this.known(entry, base, device, (after ?? number - 1) + 1)
    const merged = mergeFields(known, entry.fields, notSuperseded(entry, set, device, number))
    for (const [name, values] of Object.entries(merged.conflicts)) {
      entry.conflicts[name] = [
        ...(entry.conflicts[name] ?? []),
        ...values.map((value) => ({ value, at: "2026-11-02T08:00:00Z" })),
      ]
    }
    const isCurrent = base === entry.revisions.length - 1
    for (const name of Object.keys(set))
      if (isCurrent && !merged.conflicts[name]) delete entry.conflicts[name]
    entry.fields = merged.fields
    const touched = Object.keys(set)
    entry.revisions.push({ fields: { ...merged.fields }, touched, device, number, after, at: this.tick() })
    this.publish(entry)
    const result = Object.keys(merged.conflicts).length > 0 ? "conflict" : isCurrent ? "applied" : "merged"
    return { result, revision: entry.revisions.length - 1 }
  }

  /**
   * A restored server has fewer revisions than the writer had seen, and gives their numbers to other texts: the newest that was
   * there when what the writer had seen was made.
   */
  knownRevision(entry, wrote, on = null) {
    const last = Math.min(wrote, entry.revisions.length - 1)
    return on ? entry.revisions.findLastIndex(({ at = "" }, number) => number <= last && at <= on) : last
  }

  known(entry, base, device, number) {
    const known = { ...entry.revisions[base]?.fields }
    let before = known
    for (const step of entry.revisions.slice(base + 1)) {
      if (step.device === device && step.number < number) {
        for (const [name, value] of Object.entries(step.fields))
          if (!areEqual(value, before[name])) known[name] = value
      }
      before = step.fields
    }
    return known
  }

  publish(entry) {
    const readers = entry.removed ? [] : [entry.author, ...(this.sharedWith.get(entry.id) ?? [])]
    this.counter += 1
    for (const [person, feed] of this.feeds) {
      const row = feed.get(entry.id)
      if (readers.includes(person))
        feed.set(entry.id, { type: "entry", id: entry.id, version: this.counter, removed: false })
      else if (row && !row.removed) feed.set(entry.id, { ...row, version: this.counter, removed: true })
    }
  }

  share(id, ...people) {
    this.sharedWith.set(id, people)
    this.publish(this.entries.get(id))
  }
}

/** Of its device's operations, the newest that the writer of this one had before them. */
function knew({ number, after }) {
  return Math.min(after ?? number - 1, number - 1)
}

/** Without the fields that the same device, knowing of them, has written again later: requests overtake each other. */
function notSuperseded(entry, set, device, number) {
  const later = entry.revisions.filter((step) => step.device === device && knew(step) >= number)
  const names = new Set(later.flatMap(({ touched = [] }) => touched))
  return Object.fromEntries(Object.entries(set).filter(([name]) => !names.has(name)))
}
