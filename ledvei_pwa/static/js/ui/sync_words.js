import { formatMoment, formatTime, t, tn, todayInOslo } from "./i18n.js"
import { problemText } from "./store_words.js"

/** @typedef {import("../store/notebook.js").SyncState} SyncState */
/** @typedef {NonNullable<SyncState["progress"]>} Progress */

/** Codes of the device's own store: then it is not the server that does not answer. */
const OF_THE_STORE = ["unavailable", "lost", "newer"]
/** So many at once are worth a bar; fewer are through before it has been read. */
const LONG = 20
/** How often a long one is said aloud: at each quarter. */
const PARTS = 4

/**
 * Where all that is written is, in one sentence. "Everything" is said only when the server's own count and ours agree.
 * @param {SyncState} state
 */
export function stateWords({ equal, waiting, since, lastSync }) {
  if (equal && lastSync)
    return t("Everything is sent and equal. Last checked %(when)s.", { when: whenText(lastSync) })
  if (waiting && since)
    return tn(
      "One change waits to be sent. It was written %(when)s.",
      "%(count)s changes wait to be sent. The oldest was written %(when)s.",
      waiting,
      { when: whenText(since) },
    )
  if (waiting) return tn("One change waits to be sent.", "%(count)s changes wait to be sent.", waiting)
  if (lastSync) return t("Nothing waits. Last fetched %(when)s.", { when: whenText(lastSync) })
  return t("Nothing waits, and nothing has been fetched here yet.")
}

/**
 * Why it is not further, and what happens now; "" when there is nothing to say.
 * @param {SyncState} state
 */
export function whyWords({ phase, problem, waiting, opens }) {
  if (phase === "signed_out" && opens) return opensWords(opens)
  if (phase === "offline") return t("There is no network just now. It is tried again by itself.")
  if (phase === "failed" && problem === "full")
    return t("There is no room left on this device. Make some room, and it is tried again by itself.")
  if (phase === "failed" && problem === "protocol_unknown")
    return t("The app must be updated first. Close Ledvei everywhere, and open it again.")
  if (phase === "failed" && problem && OF_THE_STORE.includes(problem)) return problemText(problem)
  if (phase === "failed") return t("The server does not answer as it should. It is tried again by itself.")
  if (phase === "idle" && waiting) return t("It is tried again by itself.")
  return ""
}

/**
 * To whoever has come back by a link: why so little is here, and until when.
 * @param {string} opens ISO
 */
export function opensWords(opens) {
  return t("Your earlier texts open %(when)s. What you write now is kept and sent.", {
    when: formatMoment(opens),
  })
}

/** @param {Progress} progress */
export function progressWords({ phase, done, total }) {
  const values = { done, total }
  return phase === "sending"
    ? t("Sending: %(done)s of %(total)s", values)
    : t("Fetching: %(done)s of %(total)s", values)
}

/** @param {SyncState} state */
export function isLong({ progress }) {
  return (progress?.total ?? 0) >= LONG
}

/**
 * What is to be said aloud of a long one, sparingly: when another quarter is done.
 * @param {Progress | null} before
 * @param {Progress | null} now
 */
export function isWorthSaying(before, now) {
  if (!now || now.total < LONG) return false
  return before?.phase !== now.phase || quarterOf(before) !== quarterOf(now)
}

/** @param {Progress} progress */
function quarterOf({ done, total }) {
  return Math.floor((done / total) * PARTS)
}

/** @param {string} moment ISO */
export function whenText(moment) {
  return todayInOslo(moment) === todayInOslo()
    ? t("today at %(time)s", { time: formatTime(moment) })
    : formatMoment(moment)
}
