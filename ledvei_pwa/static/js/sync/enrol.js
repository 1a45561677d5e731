import { newId } from "../core/ids.js"
import { createVault, openVault, vaultPeople } from "../store/vaults.js"

/** @typedef {import("../store/db.js").Store} Store */
/** @typedef {import("../store/meta.js").MetaRow} MetaRow */
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
 */

/** Why there is no new device. `code`: `offline`, `signed_out`, `failed`, or `other_passphrase` (see `enrol`). */
export class EnrolmentProblem extends Error {
  /**
   * @param {"offline" | "signed_out" | "failed" | "other_passphrase"} code
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
 * @returns {Promise<Registration>}
 * @throws {EnrolmentProblem}
 */
export async function registerDevice(fetch, name) {
  const response = await fetch("/api/v1/devices", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Ledvei": "1" },
    body: JSON.stringify({ name }),
    credentials: "same-origin",
    redirect: "error",
    cache: "no-store",
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
 * @param {{startAnew?: boolean, rounds?: number}} [options]
 * @returns {Promise<Vault>}
 * @throws {EnrolmentProblem | import("../store/problem.js").StoreProblem}
 */
export async function enrol(store, registration, passphrase, { startAnew = false, rounds } = {}) {
  const { person } = registration
  const hasVault = (await vaultPeople(store)).includes(person.id)
  const keepsVault = hasVault && !startAnew
  const vault = keepsVault
    ? (await openVault(store, [person.id], passphrase)).vault
    : await createVault(store, person.id, passphrase, { rounds })
  if (!vault) throw new EnrolmentProblem("other_passphrase")
  await remember(store, vault, registration)
  return vault
}

/**
 * @param {Store} store
 * @param {Vault} vault
 * @param {Registration} registration
 */
async function remember(store, vault, { device, write, read, person, keys, epoch, vapid }) {
  /** @type {MetaRow} */
  const row = {
    person: person.id,
    device,
    write,
    keys,
    epoch,
    cursor: 0,
    next_number: 1,
    canary: newId(),
    language: person.language,
    last_sync: null,
    vapid: vapid ?? null,
    box: await vault.encrypt({ name: person.name, read }, ["meta"]),
  }
  await store.write(["meta"], (tx) => tx.objectStore("meta").put(row))
}
