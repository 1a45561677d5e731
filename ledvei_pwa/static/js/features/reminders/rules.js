// Which reminders still mean something. The server has shown them when they were due; what has happened since is known here.

/**
 * @typedef {object} ReminderItem as the server shows it
 * @property {string} id
 * @property {"prepare" | "session" | "agreement" | "account" | "last_day" | "last_week"} kind the last two are shown as news
 * @property {string | null} session
 * @property {string | null} entry
 * @property {string} due
 * @property {string} expires
 */

/** @typedef {{fields: Record<string, unknown>, author: string}} Written */

/**
 * @typedef {object} Known
 * @property {(id: string) => {status: string, starts: string} | null} session
 * @property {(id: string) => Written | null} entry
 * @property {(session: string) => boolean} hasPrepared
 */

/**
 * The last one about each session or agreement, what is soonest first. A session that is over, moved, held or prepared for,
 * and an agreement that is done, remind no more.
 * @param {ReminderItem[]} reminders
 * @param {Known} known
 * @param {number} now milliseconds
 * @returns {ReminderItem[]}
 */
export function remindersToShow(reminders, known, now) {
  /** @type {Map<string, ReminderItem>} */
  const latest = new Map()
  for (const reminder of [...reminders].sort((one, other) => Date.parse(one.due) - Date.parse(other.due))) {
    if (isOfUse(reminder, known, now)) latest.set(reminder.entry ?? reminder.session ?? reminder.id, reminder)
  }
  return [...latest.values()].sort((one, other) => Date.parse(one.expires) - Date.parse(other.expires))
}

/**
 * @param {ReminderItem} reminder
 * @param {Known} known
 * @param {number} now
 */
function isOfUse({ kind, session, entry, due, expires }, known, now) {
  if (Date.parse(due) > now) return false
  if (kind === "account") return Date.parse(expires) > now
  if (kind === "agreement") {
    // One that is not done when its day has passed still wants doing.
    const agreement = entry ? known.entry(entry) : null
    return agreement !== null && agreement.fields.done !== true
  }
  const meeting = session ? known.session(session) : null
  const isToCome = meeting?.status === "planned" && Date.parse(expires) > now
  const isTrue = meeting !== null && Date.parse(meeting.starts) === Date.parse(expires)
  return isToCome && isTrue && !(kind === "prepare" && known.hasPrepared(session ?? ""))
}
