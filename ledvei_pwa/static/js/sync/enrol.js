import { newId } from "../core/ids.js"
import { putBack, sendAgain } from "../store/kept.js"
import { keptEpoch } from "../store/meta.js"
import { createVault, openVault, vaultPeople } from "../store/vaults.js"

/** @typedef {import("../store/db.js").Store} Store */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/**
 * @typedef {object} Registration what the server gives a new device
 * @property {string} device
 * @property {string} write
 * @property {string} read
 * @property {{id: string, name: string, language: string}} person
 * @property {{id: string, public: string}} keys
 * @property {string} epoch
 * @property {string | null} [vapid]
 * @property {Earlier | null} [earlier] the device that this sign-in registered before: this browser has been emptied since
 *
 * @typedef {{name: string, last_contact: string | null, last_number: number}} Earlier
 */

/** So long the server may take, in milliseconds. */
const PATIENCE = 30_000
/** The server refuses to hear of more. */
const MOST_REGISTERED = 50

/**
 * Why there is no new device. `code`: `offline`, `signed_out`, `failed`, `other_passphrase` (see `enrol`), or `other_person`
 * (somebody else is signed in than the one whose vault is open).
 */
export class EnrolmentProblem extends Error {
  /**
   * @param {"offline" | "signed_out" | "failed" | "other_passphrase" | "other_person"} code
   * @param {unknown} [cause]
   */
  constructor(code, cause) {
    super(`Enrolment: ${code}`, { cause })
    this.name = "EnrolmentProblem"
    this.code = code
  }
}

/**
 * Tell the server of this device. Needs the network and somebody signed in.
 * @param {typeof fetch} fetch
 * @param {string} name of the device, as its owner will find it in a list
 * @param {import("../store/meta.js").MetaRow[]} [metas] of everybody here, the one who was here last first: a server that has
 *   forgotten one of these devices was restored from a backup
 * @returns {Promise<Registration>}
 * @throws {EnrolmentProblem}
 */
export async function registerDevice(fetch, name, metas = []) {
  const known = metas.map((meta) => ({ device: meta.device, epoch: keptEpoch(meta) }))
  const registered = known.filter(({ epoch }) => epoch).slice(0, MOST_REGISTERED)
  const response = await fetch("/api/v1/devices", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Ledvei": "1" },
    body: JSON.stringify({ name, registered }),
    credentials: "same-origin",
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((cause) => {
    throw new EnrolmentProblem("offline", cause)
  })
  if (response.status === 401) throw new EnrolmentProblem("signed_out")
  const body = await response.json().catch(() => null)
  if (!response.ok || typeof body?.device !== "string") throw new EnrolmentProblem("failed", response.status)
  return body
}

/**
 * Make the person's vault and remember the device. Somebody who has a vault here already must open it with its passphrase,
 * so that what lies in it is kept: otherwise `other_passphrase` is thrown, and `startAnew` gives the old copies up.
 * @param {Store} store
 * @param {Registration} registration
 * @param {string} passphrase
 * @param {{startAnew?: boolean, rounds?: number, emptied?: boolean}} [options] `emptied`: the browser had something of ours
 * @returns {Promise<Vault>}
 * @throws {EnrolmentProblem | import("../store/problem.js").StoreProblem}
 */
export async function enrol(store, registration, passphrase, { startAnew = false, rounds, emptied } = {}) {
  const { person } = registration
  const hasVault = (await vaultPeople(store)).includes(person.id)
  const keepsVault = hasVault && !startAnew
  const vault = keepsVault
    ? (await openVault(store, [person.id], passphrase)).vault
    : await createVault(store, person.id, passphrase, { rounds })
  if (!vault) throw new EnrolmentProblem("other_passphrase")
  await remember(store, vault, registration, emptied)
  return vault
}

/**
 * A person who had a device here before goes on counting where it ended, so that what it has left behind stays in order, and
 * what it was shown is looked through again. Nobody asks for that device any more how much the server has of it: so all that
 * was acknowledged goes once more, and the server knows by the ids what it has still.
 * @param {Store} store
 * @param {Vault} vault
 * @param {Registration} registration
 * @param {boolean} [emptied]
 */
export async function remember(store, vault, registration, emptied = false) {
  const { device, write, read, person, keys, epoch, vapid, earlier } = registration
  const box = await vault.encrypt({ name: person.name, read }, ["meta"])
  await store.write(["meta", "outbox", "pending", "kept"], async (tx) => {
    const metas = tx.objectStore("meta")
    const from = await metas.get(person.id)
    if (from && keptEpoch(from) !== epoch)
      await sendAgain(tx, { from: keptEpoch(from), to: epoch, now: new Date().toISOString() })
    await putBack(tx, "person", person.id)
    const before = await metas.get(person.id)
    await metas.put({
      person: person.id,
      device,
      write,
      keys,
      epoch,
      kept_epoch: epoch,
      acknowledged: 0,
      cursor: 0,
      next_number: before?.next_number ?? 1,
      canary: newId(),
      language: person.language,
      last_sync: null,
      vapid: vapid ?? null,
      emptied: before?.emptied || emptied || (!before && Boolean(earlier)),
      restored: before?.restored ?? null,
      sent_again: before?.sent_again ?? 0,
      unknown: before?.unknown ?? [],
      next: before?.next ?? null,
      lock_hidden: before?.lock_hidden ?? false,
      fill: (before?.fill ?? 0) + 1,
      box,
    })
  })
}
