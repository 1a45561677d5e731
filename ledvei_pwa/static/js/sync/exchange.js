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
 * @property {number} acknowledged the highest number of this device's that the server has acknowledged in this epoch
 * @property {{id: string, key: string, sealed: string}[]} operations
 * @property {Digest | null} digest
 * @property {string} build
 */

/**
 * @typedef {object} Answer
 * @property {1} protocol
 * @property {string | null} epoch null when the server does not know the device
 * @property {string} now ISO
 * @property {Result[]} results
 * @property {boolean} signed_in
 * @property {string | null} [opens] ISO: signed in by a link that waits; nothing is given until then
 * @property {Item[]} changes
 * @property {{type: string, id: string}[]} removed
 * @property {number} cursor
 * @property {boolean} more
 * @property {number} [left] how many changes come after this page
 * @property {Digest | null} digest
 * @property {boolean} [failed] the results count, and the rest could not be told
 * @property {{id: string, public: string}} keys
 * @property {{last_number: number, revoked?: boolean} | null} device null when the server does not know it
 * @property {string} build
 */

/**
 * @typedef {object} Transport what a test puts in place of the network
 * @property {typeof fetch} fetch
 * @property {() => number} now milliseconds
 * @property {string} build of this page or worker
 */

const ADDRESS = "/api/v1/sync"
/** In milliseconds, and for each byte that is sent: a poor line carries two of them in one. */
const PATIENCE = 30_000
const FOR_A_BYTE = 0.5

/**
 * No answer. `kind`: `offline` (nothing came, or something that is not from our server: a hotel's sign-in page; `code`
 * `timeout` when it took too long), `refused` (the server answered with a status and perhaps a code). Whatever it is,
 * nothing has been settled.
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
    const wait = retryAfter(response.headers.get("Retry-After"), clockOf(response, transport))
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
  const body = JSON.stringify(question)
  let isTooLong = false
  const timer = setTimeout(
    () => {
      isTooLong = true
      stop()
    },
    PATIENCE + body.length * FOR_A_BYTE,
  )
  if (signal?.aborted) stop()
  signal?.addEventListener("abort", stop)
  try {
    const response = await fetch(ADDRESS, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      credentials: "same-origin",
      redirect: "error",
      cache: "no-store",
      signal: stopping.signal,
    })
    // Inside the time-out: half an answer may be all that ever comes.
    return { response, body: parsed(await response.text()) }
  } catch (cause) {
    throw new ExchangeFailure("offline", { code: isTooLong ? "timeout" : "", cause })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", stop)
  }
}

/**
 * The clock by which a server names a moment is its own.
 * @param {Response} response
 * @param {Transport} transport
 */
function clockOf(response, transport) {
  return Date.parse(response.headers.get("Date") ?? "") || transport.now()
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
  const isDated =
    !Number.isNaN(Date.parse(body?.now)) && (body.epoch === null || typeof body.epoch === "string")
  return body?.protocol === 1 && Number.isSafeInteger(body.cursor) && lists.every(Array.isArray) && isDated
}
