import { Channel } from "../store/channel.js"
import { allMeta } from "../store/meta.js"
import { changePassphrase, openVault, seeItIsFree, vaultPeople } from "../store/vaults.js"
import { wipeReadable } from "../store/wipe.js"
import { askToStay, mayKnowSomebody, setCanary, wasEmptied } from "./canary.js"

/** @typedef {import("../store/db.js").Store} Store */
/** @typedef {import("./enrol.js").Registration} Registration */
/** @typedef {import("./exchange.js").Transport} Transport */
/** @typedef {import("../vault/vault.js").Vault} Vault */

/** A lock waits no longer for a database that does not answer, in milliseconds. */
const PATIENCE = 3_000
/** The other tabs hear no more often that somebody is here, in milliseconds. */
const STIR_EVERY = 5_000

/**
 * @typedef {object} Sitting what an unlocked person has
 * @property {import("../store/notebook.js").Notebook} notebook
 * @property {import("./engine.js").Engine} engine
 */

/** Not needed before somebody unlocks, and a third of the scripts: a first visit does not wait for it. */
export const loadSitting = () => import("./sitting.js")

/**
 * From an empty browser to an unlocked notebook and back. Dispatches `state` when `state` has changed, and `locking` just
 * before everything readable goes: whoever holds text hands it to the notebook in that event (`event.detail.wait(promise)`).
 * Dispatches `here` when the person has done something in another tab, and `closed` when this device has been closed for them.
 */
export class Session extends EventTarget {
  /** @type {"new" | "locked" | "open"} `new`: nobody has a vault here */
  state = "new"
  /** The browser has thrown away what was here. */
  emptied = false
  /** @type {boolean | null} whether the browser has promised to keep what we store; null: it cannot be asked */
  kept = null
  /** @type {import("./enrol.js").Earlier | null} */
  #earlier = null
  /** @type {Sitting | null} */
  sitting = null
  /** @type {string | null} */
  #problem = null
  /** @type {Map<string, import("../store/drafts.js").Carried[]>} by person: what the disk had not taken at the lock, encrypted */
  #carried = new Map()
  #store
  #transport
  #rounds
  /** @type {Vault | null} */
  #vault = null
  #channel
  #stirred = Number.NEGATIVE_INFINITY
  /** @type {Registration | null} a device the server knows of, which has no vault yet */
  #registration = null

  /**
   * @param {Store} store
   * @param {Transport} transport
   * @param {{rounds?: number}} [options] for tests
   */
  constructor(store, transport, { rounds } = {}) {
    super()
    this.#store = store
    this.#transport = transport
    this.#rounds = rounds
    this.#channel = new Channel(store.name, (message) => this.#hear(message))
  }

  /**
   * What keeps this device from working as it should: the code of a StoreProblem, or, when somebody is here,
   * `device_unknown` and what else `syncState().problem` says.
   * @returns {string | null}
   */
  get problem() {
    return this.#problem ?? this.sitting?.notebook.syncState().problem ?? null
  }

  /** The device that this sign-in had registered here before the browser emptied its store, until that news is dismissed. */
  get earlier() {
    return this.sitting?.notebook.syncState().emptied ? this.#earlier : null
  }

  /** Whether there is text in this page's memory that is nowhere else: the page should not be left. */
  get holdsUnsaved() {
    return this.#carried.size > 0 || (this.sitting?.notebook.unsaved().length ?? 0) > 0
  }

  /**
   * Find out whether somebody has a vault here.
   * @throws {import("../store/problem.js").StoreProblem} when the browser lets us keep nothing
   */
  async start() {
    // The lock can be shown and written in at once; opening the database takes a slow phone a moment.
    const isShown = mayKnowSomebody()
    if (isShown) this.#become("locked")
    const asked = Promise.all([wasEmptied(this.#store), vaultPeople(this.#store)])
    const [emptied, people] = await this.#noting(asked)
    this.emptied = emptied
    const state = people.length > 0 ? "locked" : "new"
    // What stands there already may have been written in.
    if (!this.sitting && !(isShown && state === this.state)) this.#become(state)
  }

  /**
   * @param {string} passphrase
   * @returns {Promise<{opened: boolean, left: number, wiped: boolean}>} `left`: tries before the readable copies go
   */
  async unlock(passphrase) {
    const tried = this.#people().then((people) => openVault(this.#store, people, passphrase))
    const { vault, left, wiped } = await this.#noting(tried)
    if (vault) await this.#open(vault)
    // Another tab, or the worker, may have wiped what was to be opened.
    else if ((await vaultPeople(this.#store)).length === 0) this.#become("new")
    else if (wiped) this.#become("locked")
    return { opened: vault !== null, left, wiped }
  }

  /**
   * Make this a device of the person who is signed in, with a vault of their own. Needs the network. Whose vault is open
   * already needs no passphrase: the server has forgotten this device, or was restored from before it knew it.
   * @param {{passphrase?: string, deviceName: string, startAnew?: boolean}} wish
   * @throws {import("./enrol.js").EnrolmentProblem | import("../store/vaults.js").PassphraseTaken |
   *   import("../store/problem.js").StoreProblem}
   */
  async enrol({ passphrase, deviceName, startAnew = false }) {
    const { registerDevice } = await loadSitting()
    this.#registration ??= await registerDevice(this.#transport.fetch, deviceName, await allMeta(this.#store))
    const registration = this.#registration
    const { emptied } = this
    const vault =
      passphrase === undefined
        ? await this.#enrolOpen(registration)
        : await this.#enrolWith(passphrase, { startAnew, rounds: this.#rounds, emptied })
    this.#registration = null
    this.#earlier = registration.earlier ?? null
    this.emptied = false
    await setCanary(this.#store)
    await this.#open(vault)
  }

  /**
   * @param {string} passphrase
   * @param {{startAnew: boolean, rounds?: number, emptied: boolean}} options
   */
  async #enrolWith(passphrase, options) {
    // Another tab may be open with the key that is now given up, or for somebody else.
    this.#channel.tell({ type: "locked" })
    await this.lockHere()
    const { enrol } = await loadSitting()
    const registration = /** @type {Registration} */ (this.#registration)
    const { id } = registration.person
    const isNew = options.startAnew || !(await vaultPeople(this.#store)).includes(id)
    if (isNew) await seeItIsFree(this.#store, id, passphrase)
    return enrol(this.#store, registration, passphrase, options)
  }

  /** @param {Registration} registration */
  async #enrolOpen(registration) {
    const vault = this.#vault
    const { EnrolmentProblem, remember } = await loadSitting()
    if (vault?.person !== registration.person.id) throw new EnrolmentProblem("other_person")
    this.#channel.tell({ type: "locked" })
    await this.#stand()
    try {
      await remember(this.#store, vault, registration)
    } catch (error) {
      this.#shut()
      throw error
    }
    return vault
  }

  /**
   * @param {string} old
   * @param {string} passphrase
   * @returns {Promise<boolean>} false when `old` is not the passphrase, or nobody is here
   * @throws {import("../store/vaults.js").PassphraseTaken}
   */
  async changePassphrase(old, passphrase) {
    const person = this.sitting?.notebook.person.id
    return person ? changePassphrase(this.#store, person, old, passphrase, { rounds: this.#rounds }) : false
  }

  /** Forget the key, here and in all other tabs of this person's. What was being written is on disk first. */
  async lock() {
    const person = this.sitting?.notebook.person.id
    this.#channel.tell({ type: "locked", person })
    await this.lockHere()
  }

  /** The person has done something here: so they are there for their other tabs too. */
  stir() {
    const person = this.sitting?.notebook.person.id
    const now = performance.now()
    if (!person || now - this.#stirred < STIR_EVERY) return
    this.#stirred = now
    this.#channel.tell({ type: "here", person })
  }

  /** @param {import("../store/channel.js").Message} message */
  #hear({ type, person }) {
    const isOurs = !person || person === this.sitting?.notebook.person.id
    if (type === "locked" && isOurs) void this.lockHere()
    if (type === "here" && isOurs) this.dispatchEvent(new Event("here"))
  }

  /** @returns {Promise<import("../vault/passkey.js").Way[]>} the passkeys that open a vault here */
  async passkeys() {
    const { passkeysHere } = await loadSitting()
    return passkeysHere(this.#store)
  }

  /**
   * Ask for a passkey and open the vault that is its owner's. Needs no network.
   * @param {import("../vault/passkey.js").Way[]} ways
   * @returns {Promise<boolean>} false when it opens none
   * @throws {DOMException} when the person or the browser says no
   */
  async unlockByPasskey(ways) {
    const { unlockByPasskey } = await loadSitting()
    const vault = await unlockByPasskey(this.#store, ways)
    if (vault) await this.#open(vault)
    return vault !== null
  }

  /**
   * To write without unlocking, as the one who unlocked here last. Ask first whether it is them.
   * @returns {Promise<import("./locked.js").LockedPen | null>} null when they have not since this can be done
   */
  async takePen() {
    const [person] = await this.#people()
    const { takePen } = await loadSitting()
    return person ? takePen(this.#store, person, this.#transport) : null
  }

  /** @param {Vault} vault */
  async #open(vault) {
    const { sitDown } = await loadSitting()
    const { notebook, engine } = await this.#noting(sitDown(this.#store, vault, this.#transport))
    this.#vault = vault
    this.sitting = { notebook, engine }
    await notebook.takeBack(this.#carried.get(vault.person) ?? [])
    this.#carried.delete(vault.person)
    notebook.addEventListener("saved", () => void this.#askToStay(), { once: true })
    engine.addEventListener("closed", () => void this.#close(vault.person), { once: true })
    this.#become("open")
    engine.start()
  }

  /**
   * Somebody has closed this device. What was being written goes to the disk with the lock, under a key that is gone; it goes
   * from there too.
   * @param {string} person
   */
  async #close(person) {
    await this.lock()
    await wipeReadable(this.#store, person)
    if ((await vaultPeople(this.#store)).length === 0) this.#become("new")
    this.dispatchEvent(new Event("closed"))
  }

  /** The same in this tab alone. */
  async lockHere() {
    if (await this.#stand()) this.#shut()
  }

  #shut() {
    this.#vault?.lock()
    this.#vault = null
    this.#become("locked")
  }

  /**
   * Put everything on disk and let go of it. What the disk does not take stays in memory, encrypted.
   * @returns {Promise<boolean>} whether somebody was here
   */
  async #stand() {
    const { sitting } = this
    if (!sitting) return false
    const { notebook, engine } = sitting
    this.sitting = null
    /** @type {Promise<unknown>[]} */
    const waits = []
    const wait = (/** @type {Promise<unknown>} */ promise) => void waits.push(promise)
    this.dispatchEvent(new CustomEvent("locking", { detail: { wait } }))
    engine.stop()
    await inTime(Promise.allSettled(waits).then(() => notebook.close()))
    const carried = await notebook.carry()
    if (carried.length > 0) this.#carried.set(notebook.person.id, carried)
    notebook.forget()
    return true
  }

  /**
   * Remember what the store said.
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  async #noting(work) {
    try {
      const result = await work
      this.#problem = null
      return result
    } catch (error) {
      this.#problem = /** @type {{code?: string}} */ (error).code ?? "unknown"
      throw error
    }
  }

  async #askToStay() {
    this.kept = await askToStay()
  }

  /** The one who was here last comes first, so that one try is enough on most days. */
  async #people() {
    const people = await vaultPeople(this.#store)
    const recent = (await allMeta(this.#store))
      .map(({ person }) => person)
      .filter((person) => people.includes(person))
    return [...recent, ...people.filter((person) => !recent.includes(person))]
  }

  /** @param {"new" | "locked" | "open"} state */
  #become(state) {
    this.state = state
    this.dispatchEvent(new Event("state"))
  }
}

/** @param {Promise<unknown>} work */
async function inTime(work) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE)
  })
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}
