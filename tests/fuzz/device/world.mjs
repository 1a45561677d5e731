// All devices of a run, and what has happened on them since the driver last asked.
import { Browser, Page } from "./browser.mjs"
import { Clock, Tasks } from "./clock.mjs"
import { Tab, Worker } from "./person.mjs"

/** Tables whose rows the driver is told of as soon as they are on disk. */
const WATCHED = ["outbox", "kept"]

export class World {
  tasks = new Tasks()
  clock = new Clock()
  /** @type {Map<string, Browser>} */
  browsers = new Map()
  /** @type {Map<string, {page: Page, hands: Tab | Worker}>} */
  pages = new Map()
  #flights = new Map()
  #lastFlight = 0
  #known = new Set()
  #out = empty()

  /** @param {(own: Record<string, unknown>) => any} scripts */
  constructor(scripts) {
    this.scripts = scripts
  }

  /** @param {{now: number, seed: number, rounds: number}} wish */
  begin({ now, seed, rounds }) {
    for (const { page } of this.pages.values()) page.kill()
    this.tasks.forget()
    this.clock.reset(now)
    this.browsers.clear()
    this.pages.clear()
    this.#flights.clear()
    this.#lastFlight = 0
    this.#known.clear()
    this.#out = empty()
    this.seed = seed
    this.rounds = rounds
  }

  browser({ id, hasLocks }) {
    this.browsers.set(id, new Browser(this, id, { hasLocks }))
  }

  page({ id, browser, worker = false }) {
    const page = new Page(this.browsers.get(browser), id, hashOf(`${this.seed}/${id}`))
    const hands = worker ? new Worker(page) : new Tab(page, { rounds: this.rounds })
    this.pages.set(id, { page, hands })
  }

  kill({ id }) {
    this.pages.get(id)?.page.kill()
    this.pages.delete(id)
  }

  empty({ browser, words }) {
    this.browsers.get(browser).empty({ words })
  }

  skew({ browser, by }) {
    this.browsers.get(browser).skew = by
  }

  /** Begin something on a page; how it ends is told when it has ended. */
  call({ page: id, call, does, with: wish = {} }) {
    const { page, hands } = this.pages.get(id)
    const settle = (ended) => {
      if (page.isAlive) this.#out.settled[call] = ended
    }
    Promise.resolve()
      .then(() => hands[does]({ ...wish, call }))
      .then(
        (value) => settle({ value: value ?? null }),
        ({ name, code, message, stack }) => settle({ error: { name, code: code ?? null, message, stack } }),
      )
  }

  /** Go on to the next moment at which something goes out, or to the end. */
  async pass({ ms }) {
    const until = this.clock.now + ms
    for (;;) {
      const work = this.clock.step(until)
      if (!work) return
      work()
      await this.tasks.run()
      if (this.#out.fetches.length > 0) return
    }
  }

  /** What the network brings to whoever asked, if they are still there. */
  answer({ flight, status, headers = {}, body = "", isCut = false, failure }) {
    const waiting = this.#flights.get(flight)
    this.#flights.delete(flight)
    if (!waiting?.page.isAlive) return
    if (failure) waiting.reject(new TypeError(failure))
    else waiting.resolve(response(status, new Headers(headers), body, isCut))
  }

  fetchFor(page) {
    return (address, init) => this.fetch(page, address, init)
  }

  /**
   * @param {Page} page
   * @param {string} address
   * @param {RequestInit} init
   */
  fetch(page, address, { method = "GET", headers = {}, body = "", signal } = {}) {
    return new Promise((resolve, reject) => {
      if (!page.isAlive) return
      if (signal?.aborted) return reject(new DOMException("This operation was aborted", "AbortError"))
      this.#lastFlight += 1
      const flight = this.#lastFlight
      this.#flights.set(flight, { page, resolve, reject })
      const { id: name, browser } = page
      this.#out.fetches.push({
        flight,
        page: name,
        browser: browser.id,
        path: address,
        method,
        headers,
        body,
      })
      signal?.addEventListener("abort", () => {
        if (!this.#flights.delete(flight)) return
        this.note("aborted", { flight })
        reject(new DOMException("This operation was aborted", "AbortError"))
      })
    })
  }

  /** @param {Page} page */
  dropFlightsOf(page) {
    for (const [flight, waiting] of this.#flights) if (waiting.page === page) this.#flights.delete(flight)
  }

  /** @param {string} name @param {object} what */
  note(name, what) {
    this.#out.notes.push({ name, ...what })
  }

  /** @param {string} where @param {any} error @param {Page} [page] */
  report(where, error, page) {
    if (page && !page.isAlive) return
    this.#out.errors.push({ where, page: page?.id ?? null, text: String(error?.stack ?? error) })
  }

  /** What has happened since this was last asked. */
  told() {
    const out = this.#out
    out.now = this.clock.now
    for (const browser of this.browsers.values())
      for (const table of WATCHED) this.#watch(out, browser, table)
    this.#out = empty()
    return out
  }

  #watch(out, browser, table) {
    const left = []
    for (const row of browser.rows(table)) {
      const mark = `${browser.id}/${table}/${row.id}`
      if (table === "outbox") left.push(row.state === "waiting" ? row.id : `${row.id} ${row.state}`)
      if (this.#known.has(mark)) continue
      this.#known.add(mark)
      const { id, person, device, key, sealed, state } = row
      out.rows.push({ browser: browser.id, table, id, person, device, key, sealed, state })
    }
    if (table === "outbox") out.outbox[browser.id] = left
  }

  /** @param {{browser: string, table: string}} which */
  rows({ browser, table }) {
    const rows = this.browsers.get(browser).rows(table)
    this.note("rows", { rows: rows.map(({ box: _box, ...row }) => row) })
  }
}

function empty() {
  return { settled: {}, fetches: [], notes: [], errors: [], rows: [], outbox: {}, now: 0 }
}

/** As little of a Response as the app asks for. */
function response(status, headers, body, isCut) {
  const text = async () => {
    if (isCut) throw new TypeError("terminated")
    return body
  }
  return {
    ok: status >= 200 && status < 300,
    status,
    headers,
    text,
    json: async () => JSON.parse(await text()),
  }
}

/** @param {string} text */
function hashOf(text) {
  let hash = 2166136261
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619)
  return hash >>> 0
}
