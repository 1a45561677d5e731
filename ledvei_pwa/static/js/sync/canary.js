import { allMeta } from "../store/meta.js"

// Browsers empty what a site has kept: Safari after seven days without a visit, all of them when the disk is full. A word
// in `localStorage` that nothing in the database answers to tells that it has happened.

/** @typedef {import("../store/db.js").Store} Store */

const KEY = "ledvei.canary"

/**
 * @param {Store} store
 * @returns {Promise<boolean>} whether this browser had something of ours that is no longer there
 */
export async function wasEmptied(store) {
  const word = read()
  if (!word) return false
  const rows = await allMeta(store)
  return !rows.some(({ canary }) => word.includes(canary))
}

/** Whether somebody has had a vault here, as far as one can know before the database has answered. */
export function mayKnowSomebody() {
  return read() !== ""
}

/**
 * @param {Store} store
 */
export async function setCanary(store) {
  const rows = await allMeta(store)
  write(rows.map(({ canary }) => canary).join(" "))
}

/**
 * Ask the browser to keep what we store. It may say no; some have nothing to ask.
 * @returns {Promise<boolean | null>} null where one cannot ask
 */
export async function askToStay() {
  const storage = globalThis.navigator?.storage
  if (!storage?.persist) return null
  if (await storage.persisted?.().catch(() => false)) return true
  return storage.persist().catch(() => false)
}

function read() {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? ""
  } catch {
    return "" // switched off
  }
}

/** @param {string} word */
function write(word) {
  try {
    globalThis.localStorage?.setItem(KEY, word)
  } catch {
    // Switched off: then there is no canary, and the server's own count remains.
  }
}
