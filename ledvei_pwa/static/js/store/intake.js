import { allOf } from "./db.js"
import { forgetOld, letGo } from "./kept.js"
import { asRow, loadSome } from "./records.js"

/** @typedef {import("./db.js").Store} Store */
/** @typedef {import("./db.js").Transaction} Transaction */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./meta.js").MetaRow} MetaRow */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/**
 * @typedef {object} News
 * @property {Item[]} changes
 * @property {{type: string, id: string}[]} removed
 * @property {{cursor: number, epoch: string | null}} since what the server answered to; nothing is taken in when it is no
 *   longer ours
 * @property {Partial<MetaRow>} meta what else is to be remembered: cursor, epoch, keys, last_sync
 * @property {number} [lastNumber] the highest number the server has had from this device
 * @property {string[]} shown operations whose readable copy is no longer needed: the records hold their result
 * @property {string} [now] ISO, the server's; with the last page
 */

/**
 * When everything is fetched from the beginning, what we hold and the server does not speak of must go. Each record has the
 * `fill` it came with, and with the last page those of an older one go: a page that was closed half-way, or another tab,
 * goes on where the first one was.
 * @param {Store} store
 * @param {Vault} vault
 * @param {News} news
 * @returns {Promise<{before: MetaRow, meta: MetaRow, left: {type: string, id: string}[]} | null>} what was remembered, what is
 *   now, and what has gone besides; null when another tab has moved the cursor meanwhile
 */
export async function takeIn(store, vault, { changes, removed, since, meta, lastNumber = 0, shown, now }) {
  const rows = await Promise.all(changes.map((item) => asRow(vault, item)))
  return store.write(["meta", "records", "pending", "kept"], async (tx) => {
    const before = await tx.objectStore("meta").get(vault.person)
    if (before?.cursor !== since.cursor || before.epoch !== since.epoch) return null
    const records = tx.objectStore("records")
    for (const { type, id } of removed) await records.delete([vault.person, type, id])
    for (const row of rows) await records.put({ ...row, fill: before.fill ?? 0 })
    for (const id of shown) await letGo(tx, id)
    const next = { ...before, ...meta, ...numbers(before, lastNumber) }
    const left = now && next.filled !== next.fill ? await forgetOlder(tx, next) : []
    await tx.objectStore("meta").put(now ? { ...next, filled: next.fill } : next)
    if (now) await forgetOld(tx, now)
    return { before, meta: next, left }
  })
}

/**
 * What the server cannot show just now comes without its words: the device keeps those it has, under the new version.
 * @param {Store} store
 * @param {Vault} vault
 * @param {Item[]} changes
 * @returns {Promise<Item[]>}
 */
export async function withOwnWords(store, vault, changes) {
  const keys = changes
    .filter(({ unreadable }) => unreadable)
    .map(({ type, id }) => /** @type {[string, string]} */ ([type, id]))
  if (keys.length === 0) return changes
  const known = new Map((await loadSome(store, vault, keys)).map((item) => [`${item.type}/${item.id}`, item]))
  return changes.map((item) => {
    const own = item.unreadable && known.get(`${item.type}/${item.id}`)
    return own ? { ...own, version: item.version } : item
  })
}

/**
 * The server has had more from this device than the device remembers: its store was emptied, or put back in time. Numbers
 * go on after those it has used.
 * @param {MetaRow} now
 * @param {number} last
 * @returns {Partial<MetaRow>}
 */
function numbers({ next_number }, last) {
  return last >= next_number ? { next_number: last + 1, emptied: true } : {}
}

/**
 * @param {Transaction} tx over `records`
 * @param {MetaRow} meta
 */
async function forgetOlder(tx, { person, fill = 0 }) {
  const records = tx.objectStore("records")
  const older = (await records.getAll(allOf(person))).filter((row) => (row.fill ?? 0) !== fill)
  for (const { type, id } of older) await records.delete([person, type, id])
  return older.map(({ type, id }) => ({ type, id }))
}
