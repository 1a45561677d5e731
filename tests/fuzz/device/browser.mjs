// A browser without a picture: what it keeps, its tabs and its worker, and what happens to them when it is killed.
import "fake-indexeddb/auto"
import { chance } from "./chance.mjs"
import { seededCrypto } from "./cipher.mjs"

/** @typedef {import("./world.mjs").World} World */

/** One browser on one phone. Its pages share what is kept and the locks; each has its own modules. */
export class Browser {
  /** @type {Set<Page>} */
  pages = new Set()
  /** @type {Set<Channel>} */
  channels = new Set()
  /** Milliseconds that its clock is off. */
  skew = 0

  /**
   * @param {World} world
   * @param {string} id
   * @param {{hasLocks: boolean}} kind Web Locks are not everywhere
   */
  constructor(world, id, { hasLocks }) {
    this.world = world
    this.id = id
    this.locks = hasLocks ? new Locks(world.tasks) : null
    this.factory = new IDBFactory()
    this.words = new Map()
  }

  /** The browser makes room, or somebody clears it. @param {{words: boolean}} also what lies in `localStorage` */
  empty({ words }) {
    this.factory = new IDBFactory()
    if (words) this.words.clear()
  }

  /** @param {string} store @returns {any[]} the rows as they are on disk now */
  rows(store) {
    const database = this.factory._databases.get("ledvei")
    const table = database?.rawObjectStores.get(store)
    return table ? Array.from(table.records.values(), ({ value }) => value) : []
  }
}

/** A tab or the worker: one making of the modules, and everything in the world that they can reach. */
export class Page {
  isAlive = true
  /** @type {Set<any>} */
  connections = new Set()

  /**
   * @param {Browser} browser
   * @param {string} id
   * @param {number} seed
   */
  constructor(browser, id, seed) {
    this.browser = browser
    this.world = browser.world
    this.id = id
    browser.pages.add(this)
    const next = chance(seed)
    this.random = () => next() / 2 ** 32
    this.modules = this.world.scripts(this.#own(next))
  }

  get now() {
    return this.world.clock.now + this.browser.skew
  }

  /**
   * As when the power goes: nothing more is run or heard. What had not been committed is not there.
   */
  kill() {
    this.isAlive = false
    this.browser.pages.delete(this)
    this.world.clock.clearAllOf(this)
    this.browser.locks?.letGo(this)
    for (const channel of this.browser.channels) if (channel.page === this) channel.close()
    for (const connection of this.connections) breakOff(connection)
    this.world.dropFlightsOf(this)
  }

  #own(next) {
    const { browser, world } = this
    const page = this
    const window = new EventTarget()
    const document = Object.assign(new EventTarget(), { hidden: false, visibilityState: "visible" })
    const own = {
      window,
      document,
      navigator: {
        onLine: true,
        userAgent: "Fuzz",
        ...(browser.locks
          ? { locks: { request: (name, how, work) => browser.locks.request(this, name, how, work) } }
          : {}),
        storage: { persisted: async () => true, persist: async () => true },
      },
      indexedDB: openingFor(page),
      localStorage: {
        getItem: (key) => browser.words.get(key) ?? null,
        setItem: (key, value) => void (page.isAlive && browser.words.set(key, String(value))),
        removeItem: (key) => void (page.isAlive && browser.words.delete(key)),
      },
      crypto: seededCrypto(next),
      fetch: (address, init) => world.fetch(page, address, init),
      AbortSignal: {
        timeout: (wait) => {
          const controller = new AbortController()
          this.#timer(() => controller.abort(new DOMException("It took too long", "TimeoutError")), wait)
          return controller.signal
        },
      },
      BroadcastChannel: class extends Channel {
        constructor(name) {
          super(page, name)
        }
      },
      Date: class extends Date {
        constructor(...when) {
          if (when.length === 0) super(page.now)
          else super(...when)
        }

        static now() {
          return page.now
        }
      },
      Math: Object.create(Math, { random: { value: this.random } }),
      performance: { now: () => world.clock.elapsed },
      setTimeout: (work, wait, ...more) => this.#timer(() => work(...more), wait),
      clearTimeout: (id) => world.clock.clear(id),
      setInterval: () => {
        throw new Error("No interval has been needed here until now")
      },
      clearInterval: (id) => world.clock.clear(id),
    }
    own.globalThis = Object.create(globalThis, Object.getOwnPropertyDescriptors(own))
    own.self = own.globalThis
    this.window = window
    return own
  }

  /**
   * @param {() => void} work
   * @param {number} wait
   */
  #timer(work, wait) {
    if (!this.isAlive) return 0
    return this.world.clock.set(this, work, wait)
  }
}

/** @param {Page} page */
function openingFor(page) {
  const { browser } = page
  return {
    open(name, version) {
      // A dead page waits for ever.
      if (!page.isAlive) return new IDBOpenDBRequest()
      const request = browser.factory.open(name, version)
      request.addEventListener("upgradeneeded", () => page.connections.add(request.result))
      request.addEventListener("success", () => {
        page.connections.add(request.result)
        if (!page.isAlive) breakOff(request.result)
      })
      return request
    },
    deleteDatabase: (name) => browser.factory.deleteDatabase(name),
    cmp: (one, other) => browser.factory.cmp(one, other),
  }
}

/**
 * Close a dead page's connection. Its transactions are rolled back without a word, as it can hear none; one of which all
 * is done and whose end alone has not been told is committed: `complete` is the last thing that happens.
 * @param {any} connection
 */
function breakOff(connection) {
  const database = connection._rawDatabase
  for (const transaction of [...database.transactions]) {
    if (transaction.db !== connection || transaction._state === "finished") continue
    if (transaction.mode === "versionchange") {
      transaction._abort("AbortError")
      continue
    }
    for (const undo of transaction._rollbackLog.reverse()) undo()
    transaction._rollbackLog = []
    transaction._requests = []
    transaction._state = "finished"
    database.transactions.splice(database.transactions.indexOf(transaction), 1)
  }
  connection._closePending = true
  connection._closed = true
  database.connections = database.connections.filter((other) => other !== connection)
  database.processTransactions()
}

/** Web Locks: one at a time, in the order of asking; who dies lets go. */
class Locks {
  /** @type {Map<string, {page: Page, work: () => Promise<unknown>, resolve: Function, reject: Function}[]>} */
  #queues = new Map()
  #tasks

  constructor(tasks) {
    this.#tasks = tasks
  }

  request(page, name, { signal }, work) {
    return new Promise((resolve, reject) => {
      if (!page.isAlive) return
      const queue = this.#queues.get(name) ?? []
      const wish = { page, work, resolve, reject }
      this.#queues.set(name, queue)
      queue.push(wish)
      if (queue.length === 1) this.#tasks.add(() => this.#grant(name))
      signal.addEventListener("abort", () => this.#giveUp(name, wish, signal.reason))
    })
  }

  /** Whoever has it already keeps it. */
  #giveUp(name, wish, reason) {
    const queue = this.#queues.get(name)
    if (wish.isGranted || !queue.includes(wish)) return
    queue.splice(queue.indexOf(wish), 1)
    wish.reject(reason)
  }

  /** @param {Page} page */
  letGo(page) {
    for (const [name, queue] of this.#queues) {
      const hadIt = queue[0]?.page === page
      this.#queues.set(
        name,
        queue.filter((wish) => wish.page !== page),
      )
      if (hadIt) this.#tasks.add(() => this.#grant(name))
    }
  }

  #grant(name) {
    const wish = this.#queues.get(name)?.[0]
    if (!wish || wish.isGranted) return
    wish.isGranted = true
    const next = () => {
      const queue = this.#queues.get(name)
      if (queue[0] !== wish) return
      queue.shift()
      this.#tasks.add(() => this.#grant(name))
    }
    Promise.resolve().then(wish.work).then(wish.resolve, wish.reject).then(next)
  }
}

class Channel {
  onmessage = null

  /**
   * @param {Page} page
   * @param {string} name
   */
  constructor(page, name) {
    this.page = page
    this.name = name
    if (page.isAlive) page.browser.channels.add(this)
  }

  postMessage(message) {
    const { page, name } = this
    if (!page.isAlive) return
    for (const other of page.browser.channels) {
      if (other === this || other.name !== name) continue
      const data = structuredClone(message)
      page.world.tasks.add(() => page.browser.channels.has(other) && other.onmessage?.({ data }))
    }
  }

  close() {
    this.page.browser.channels.delete(this)
  }
}
