import { retryAfter } from "../core/backoff.js"

// Safe in the worker. One request to the server, and whether what came back is an answer at all.

/** @typedef {import("../store/outbox.js").Result} Result */
/** @typedef {import("../core/digest.js").Digest} Digest */
/** @typedef {import("../store/items.js").Item} Item */

/**
 * @typedef {object} Question
 * @property {1} protocol
 * @property {string} device
 * @property {string} [read]
 * @property {number} cursor
 * @property {string | null} epoch
 * @property {{id: string, key: string, sealed: string}[]} operations
 * @property {Digest | null} digest
 * @property {string} build
 */

/**
 * @typedef {object} Answer
 * @property {1} protocol
 * @property {string} epoch
 * @property {Result[]} results
 * @property {boolean} signed_in
 * @property {Item[]} changes
 * @property {{type: string, id: string}[]} removed
 * @property {number} cursor
 * @property {boolean} more
 * @property {Digest | null} digest
 * @property {{id: string, public: string}} keys
 * @property {{last_number: number} | null} device
 * @property {string} build
 */

/**
 * @typedef {object} Transport what a test puts in place of the network
 * @property {typeof fetch} fetch
 * @property {() => number} now milliseconds
 * @property {string} build of this page or worker
 */

const ADDRESS = "/api/v1/sync"
const PATIENCE = 30_000

/**
 * No answer. `kind`: `offline` (nothing came, or something that is not from our server: a hotel's sign-in page),
 * `refused` (the server answered with a status and perhaps a code). Whatever it is, nothing has been settled.
 */
export class ExchangeFailure extends Error {
  /**
   * @param {"offline" | "refused"} kind
   * @param {{status?: number, code?: string, wait?: number | null, cause?: unknown}} [details] `wait` in milliseconds
   */
  constructor(kind, { status = 0, code = "", wait = null, cause } = {}) {
    super(`No answer: ${kind} ${status} ${code}`, { cause })
    this.name = "ExchangeFailure"
    this.kind = kind
    this.status = status
    this.code = code
    this.wait = wait
  }
}

/**
 * @param {Question} question
 * @param {Transport} transport
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 * @throws {ExchangeFailure}
 */
export async function exchange(question, transport, signal) {
  const { response, body } = await ask(question, transport, signal)
  if (!response.ok) {
    const wait = retryAfter(response.headers.get("Retry-After"), transport.now())
    throw new ExchangeFailure("refused", { status: response.status, code: codeIn(body), wait })
  }
  if (!isAnswer(body)) throw new ExchangeFailure("offline", { status: response.status, code: "not_ours" })
  return body
}

/**
 * @param {Question} question
 * @param {Transport} transport
 * @param {AbortSignal} [signal]
 */
async function ask(question, { fetch }, signal) {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  signal?.addEventListener("abort", stop)
  const timer = setTimeout(stop, PATIENCE)
  try {
    const response = await fetch(ADDRESS, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
      credentials: "same-origin",
      redirect: "error",
      cache: "no-store",
      signal: stopping.signal,
    })
    // Inside the time-out: half an answer may be all that ever comes.
    return { response, body: parsed(await response.text()) }
  } catch (cause) {
    throw new ExchangeFailure("offline", { cause })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", stop)
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** @param {any} body */
function codeIn(body) {
  return typeof body?.error === "string" ? body.error : ""
}

/**
 * @param {any} body
 * @returns {body is Answer}
 */
function isAnswer(body) {
  const lists = [body?.results, body?.changes, body?.removed]
  return body?.protocol === 1 && Number.isSafeInteger(body.cursor) && lists.every(Array.isArray)
}
