// A browser's database as text and back: a fixture of every released version is kept for ever in tests/js/fixtures.
import { fromBase64Url, toBase64Url } from "../../../ledvei_pwa/static/js/core/bytes.js"

/**
 * @param {Map | Uint8Array | unknown} value
 * @returns {string} JSON in which maps and bytes keep what they are
 */
export function toText(value) {
  return JSON.stringify(value, (_, each) => {
    if (each instanceof Map) return { $map: [...each] }
    return each instanceof Uint8Array ? { $bytes: toBase64Url(each) } : each
  })
}

/** @param {string} text */
export function fromText(text) {
  return JSON.parse(text, (_, each) => {
    if (Array.isArray(each?.$map)) return new Map(each.$map)
    return typeof each?.$bytes === "string" ? fromBase64Url(each.$bytes) : each
  })
}

/**
 * @param {string} name of a database
 * @returns {Promise<object>} its version, tables, indexes and rows
 */
export async function dumped(name) {
  const database = await ended(indexedDB.open(name))
  const tables = []
  for (const table of database.objectStoreNames) {
    const store = database.transaction(table).objectStore(table)
    const { keyPath, autoIncrement } = store
    const indexes = [...store.indexNames].map((index) => {
      const { keyPath: path, unique } = store.index(index)
      return { name: index, keyPath: path, unique }
    })
    tables.push({ name: table, keyPath, autoIncrement, indexes, rows: await ended(store.getAll()) })
  }
  const { version } = database
  database.close()
  return { version, tables }
}

/**
 * Make a database as it was.
 * @param {string} name
 * @param {object} dump
 */
export async function restored(name, { version, tables }) {
  const opening = indexedDB.open(name, version)
  opening.onupgradeneeded = () => {
    for (const { name: table, keyPath, autoIncrement, indexes, rows } of tables) {
      const store = opening.result.createObjectStore(table, { keyPath, autoIncrement })
      for (const { name: index, keyPath: path, unique } of indexes) store.createIndex(index, path, { unique })
      for (const row of rows) store.add(row)
    }
  }
  const database = await ended(opening)
  database.close()
}

/** @param {IDBRequest} request */
function ended(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
