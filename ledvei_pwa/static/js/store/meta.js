// Safe in the worker: plain rows that nobody is hurt by.

/** @typedef {import("../core/bytes.js").Bytes} Bytes */
/** @typedef {import("./db.js").Store} Store */
/** @typedef {{id: string, public: string}} SealingKey base64url of the uncompressed P-256 point */

/**
 * What the device must know while it is locked. The reading credential and the name are in `box`, encrypted.
 * @typedef {object} MetaRow
 * @property {string} person
 * @property {string} device
 * @property {string} write the credential that goes inside the seal; it can write as this person and read nothing
 * @property {SealingKey} keys
 * @property {string | null} epoch changes when the server was restored from a backup; of the records
 * @property {string | null} [kept_epoch] the same, of what the server has acknowledged (see kept.js)
 * @property {number} [acknowledged] the highest number of an operation that it has acknowledged in that epoch
 * @property {string | null} [restored] ISO: it has come back from a backup, and the person has not been told yet
 * @property {number} [sent_again] how much was sent again then
 * @property {string[]} [unknown] devices of this person's that the server does not know
 * @property {number} [fill] how many times everything has been fetched from the beginning (see intake.js)
 * @property {number} [filled] the last of those times that came to its end
 * @property {number} cursor how far of the server's changes this device has
 * @property {number} next_number of the next operation from this device
 * @property {string} canary the same as in `localStorage`; one without the other: the browser has emptied something
 * @property {string} language
 * @property {string | null} [untold_language] chosen here, and the server has not heard it yet
 * @property {string | null} last_sync
 * @property {string | null} vapid
 * @property {import("./items.js").Scope | null} [next] ids of the person's next supervision: what is written while locked may
 *   be meant for it
 * @property {boolean} [lock_hidden] this person wants a lock as soon as nobody looks at the page
 * @property {boolean} [reminders] this person has said yes to reminders from this browser
 * @property {boolean} [emptied] the server has more from this device than the device remembers
 * @property {string} [opened] when it was last unlocked here
 * @property {Bytes} box
 */

/**
 * @param {Store} store
 * @param {string} person
 * @returns {Promise<MetaRow | undefined>}
 */
export function readMeta(store, person) {
  return store.read(["meta"], (tx) => tx.objectStore("meta").get(person))
}

/**
 * @param {Store} store
 * @returns {Promise<MetaRow[]>} the one who was here last comes first
 */
export async function allMeta(store) {
  const rows = await store.read(["meta"], (tx) => tx.objectStore("meta").getAll())
  return rows.sort((one, other) => (other.opened ?? "").localeCompare(one.opened ?? ""))
}

/**
 * @param {Store} store
 * @returns {Promise<string>} `nb` or `nn`: of whoever was here last
 */
export async function languageHere(store) {
  const [last] = await allMeta(store).catch(() => [])
  return last?.language === "nn" ? "nn" : "nb"
}

/**
 * @param {MetaRow | undefined} meta
 * @returns {string | null} the epoch in which the server has acknowledged what it has
 */
export function keptEpoch(meta) {
  return meta?.kept_epoch ?? meta?.epoch ?? null
}

/**
 * @param {MetaRow | undefined} meta
 * @param {string} device
 */
export function isUnknown(meta, device) {
  return meta?.unknown?.includes(device) ?? false
}

/**
 * @param {import("./db.js").Transaction} tx over `meta`
 * @param {string} person
 * @param {Partial<MetaRow>} changes
 * @returns {Promise<void>}
 */
export async function changeMeta(tx, person, changes) {
  const meta = tx.objectStore("meta")
  const row = await meta.get(person)
  if (row) await meta.put({ ...row, ...changes })
}
