/** @typedef {"full" | "unavailable" | "lost" | "newer" | "unknown"} StoreProblemCode */

/** Chromium closes its connection, as if that were the matter, when the disk itself is full. */
const NO_ROOM = /quota|no_space/i

/**
 * The device could not keep something. `code`: `full` (no room left), `unavailable` (a private window, or storage switched
 * off), `lost` (the connection broke and did not come back), `newer` (another tab runs a newer version), `unknown`.
 */
export class StoreProblem extends Error {
  /**
   * @param {StoreProblemCode} code
   * @param {unknown} cause
   */
  constructor(code, cause) {
    super(`The device's store: ${code}`, { cause })
    this.name = "StoreProblem"
    this.code = code
  }
}

/**
 * @param {unknown} error
 * @returns {StoreProblem}
 */
export function asStoreProblem(error) {
  if (error instanceof StoreProblem) return error
  return new StoreProblem(codeOf(error), error)
}

/**
 * Safari loses its connection now and then, and any browser closes it when it cleans up: then it is opened again.
 * @param {unknown} error
 */
export function isLostConnection(error) {
  const { name, message } = nameAndMessage(error)
  if (NO_ROOM.test(message)) return false
  return name === "InvalidStateError" || (name === "UnknownError" && /connection|server/i.test(message))
}

/**
 * @param {unknown} error
 * @returns {StoreProblemCode}
 */
function codeOf(error) {
  const { name, message } = nameAndMessage(error)
  if (name === "QuotaExceededError" || NO_ROOM.test(message)) return "full"
  if (name === "SecurityError" || name === "ReferenceError" || /mutation|private/i.test(message))
    return "unavailable"
  if (name === "VersionError") return "newer"
  return isLostConnection(error) ? "lost" : "unknown"
}

/** @param {unknown} error */
function nameAndMessage(error) {
  const { name = "", message = "" } = /** @type {{name?: string, message?: string}} */ (error ?? {})
  return { name, message }
}

/**
 * What only tidies up. Without room it is done another time: whoever has none must still come in, read, and take texts out.
 * @param {Promise<unknown>} work
 * @throws {StoreProblem} another than `full`
 */
export async function tidied(work) {
  await work.catch((error) => {
    if (asStoreProblem(error).code !== "full") throw error
  })
}
