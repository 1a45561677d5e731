import { newId } from "../core/ids.js"
import { makePen, readWith, writeWith } from "../vault/pen.js"
import { putBoth, sealedRow } from "./changes.js"
import { COPY, deleteDraft } from "./drafts.js"
import { allOf } from "./db.js"
import { readMeta } from "./meta.js"

// What is written while the vault is locked: sealed for the server in the outbox, and closed with the pen in the two places
// where readable copies lie. Once it is unlocked it is encrypted as everything else there.

/** @typedef {import("./db.js").DraftRow} DraftRow */
/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./items.js").Change} Change */
/** @typedef {import("./outbox.js").PendingRow} PendingRow */
/** @typedef {import("../vault/pen.js").Pen} Pen */
/** @typedef {import("../vault/vault.js").Vault} Vault */

const TRIES = 20

/**
 * @param {Store} store
 * @param {string} person
 * @returns {Promise<Pen | null>} null where nobody has unlocked since there have been pens
 */
export async function penOf(store, person) {
  const row = await store.read(["vaults"], (tx) => tx.objectStore("vaults").get(person))
  return row?.pen ?? null
}

/**
 * See that there is a pen the next time the vault is locked, and make what was written with it readable.
 * @param {Store} store
 * @param {Vault} vault unlocked
 */
export async function keepPen(store, vault) {
  const pen = await penOf(store, vault.person)
  if (pen) return takeUp(store, vault, pen)
  const made = await makePen(vault)
  await store.write(["vaults"], async (tx) => {
    const row = await tx.objectStore("vaults").get(vault.person)
    if (row && !row.pen) await tx.objectStore("vaults").put({ ...row, pen: made })
  })
}

/**
 * @param {Store} store
 * @param {Vault} vault
 * @param {Pen} pen
 */
async function takeUp(store, vault, pen) {
  const { drafts, copies } = await store.read(["drafts", "pending"], async (tx) => ({
    drafts: await tx.objectStore("drafts").getAll(allOf(vault.person)),
    copies: await tx.objectStore("pending").index("person").getAll(vault.person),
  }))
  for (const row of drafts.filter(({ penned }) => penned)) await takeUpDraft(store, vault, pen, row)
  for (const row of copies.filter(({ penned }) => penned)) await takeUpCopy(store, vault, pen, row)
}

/**
 * @param {Store} store
 * @param {Vault} vault
 * @param {Pen} pen
 * @param {DraftRow} row
 */
async function takeUpDraft(store, vault, pen, { person, key, box }) {
  const anew = await reencrypted(vault, pen, box, ["drafts", key])
  if (!anew) return
  await store.write(["drafts"], async (tx) => {
    const { penned, ...row } = (await tx.objectStore("drafts").get([person, key])) ?? {}
    if (penned) await tx.objectStore("drafts").put(/** @type {DraftRow} */ ({ ...row, box: anew }))
  })
}

/**
 * The server may have answered about it meanwhile: how far it has come stays as it is.
 * @param {Store} store
 * @param {Vault} vault
 * @param {Pen} pen
 * @param {PendingRow} row
 */
async function takeUpCopy(store, vault, pen, { id, box }) {
  const anew = await reencrypted(vault, pen, box, ["pending", id])
  if (!anew) return
  await store.write(["pending"], async (tx) => {
    const { penned, ...row } = (await tx.objectStore("pending").get(id)) ?? {}
    if (penned) await tx.objectStore("pending").put(/** @type {PendingRow} */ ({ ...row, box: anew }))
  })
}

/**
 * @param {Vault} vault
 * @param {Pen} pen
 * @param {import("../core/bytes.js").Bytes} box
 * @param {string[]} place
 * @returns {Promise<import("../core/bytes.js").Bytes | null>} null when it cannot be read: the sealed one is sent all the same
 */
async function reencrypted(vault, pen, box, place) {
  const value = await readWith(pen, vault, box, place).catch((error) => {
    if (vault.isLocked) throw error
    return null
  })
  return value && vault.encrypt(value, place)
}

/** One text that somebody writes while their vault is locked. */
export class LockedText {
  #store
  #person
  #pen
  #now
  /** @type {{key: string, mark: string | undefined, writing?: string}} its draft, beside any other of the same */
  #place

  /**
   * @param {Store} store
   * @param {{person: string, pen: Pen, path: string, now: () => Date}} how `path`: where such a text is written, without the
   *   language; it is found there once it is unlocked
   */
  constructor(store, { person, pen, path, now }) {
    this.#store = store
    this.#person = person
    this.#pen = pen
    this.#now = now
    this.#place = { key: `${path}${COPY}${newId()}`, mark: undefined }
  }

  /**
   * Keep what is being written. It cannot be read back here before it is unlocked.
   * @param {Record<string, any>} fields
   */
  async saveDraft(fields) {
    const { key } = this.#place
    const mark = newId()
    const draft = { key, fields, at: this.#now().toISOString() }
    this.#place.writing = mark
    const box = await writeWith(this.#pen, this.#person, draft, ["drafts", key])
    await this.#store.write(["drafts"], (tx) =>
      tx.objectStore("drafts").put({ person: this.#person, key, mark, penned: true, box }),
    )
    this.#place.mark = mark
  }

  async dropDraft() {
    await this.#store.write(["drafts"], (tx) => deleteDraft(tx, this.#person, this.#place))
  }

  /**
   * Seal it: from now on it is on its way, and no draft.
   * @param {Pick<Change, "kind" | "set" | "scope">} text
   */
  async write({ kind, set, scope }) {
    /** @type {Change} */
    const change = { ...FRESH, id: newId(), entry: newId(), kind, set, scope, at: this.#now().toISOString() }
    const box = await writeWith(this.#pen, this.#person, change, ["pending", change.id])
    for (let tries = 0; tries < TRIES; tries += 1) {
      const meta = await readMeta(this.#store, this.#person)
      if (!meta) throw new Error("This device is not enrolled")
      const row = await sealedRow(meta, change, meta.next_number)
      const copy = { id: change.id, person: this.#person, number: row.number, penned: true, box }
      const waiting = /** @type {PendingRow} */ ({ ...copy, state: "waiting", revision: null })
      if (await putBoth(this.#store, row, waiting, { replaces: [], draft: this.#place })) return
    }
    throw new Error("Another tab took every number")
  }
}

/** A new entry, whose writer has seen nothing of what there is. */
const FRESH = { base: 0, on: null, after: null, was: {} }
