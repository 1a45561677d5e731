// The shapes of what the server shows and of what is written here. Types only, and the words for them.

/** @typedef {import("../core/merge.js").FieldValue} FieldValue */
/** @typedef {import("../core/merge.js").Fields} Fields */
/** @typedef {Record<string, {value: FieldValue, at: string}[]>} Conflicts */
/** @typedef {{series?: string | null, session?: string | null, to?: string | null}} Scope */

/**
 * Anything that the server shows: a session, a series, a person, the service, a reminder, an entry.
 * @typedef {{type: string, id: string, version: number} & Record<string, any>} Item
 */

/**
 * @typedef {object} EntryItem
 * @property {"entry"} type
 * @property {string} id
 * @property {number} version
 * @property {string} kind
 * @property {string} author
 * @property {string | null} series
 * @property {string | null} session
 * @property {string} audience private | supervisor | group
 * @property {number} revision
 * @property {Fields} fields
 * @property {Conflicts} conflicts both texts, where the same field was changed on two sides; only the author sees them
 * @property {string} created ISO
 * @property {string} changed ISO
 * @property {string[]} readers the author too
 * @property {{person: string, at: string}[]} seen
 * @property {string | null} [to] whom its author meant by the supervisor; the author alone is told, of what is for that one
 * @property {string} [goes] the day it is deleted, once that is near; its author alone is told
 * @property {string | null} [epoch] whose number `revision` is, as this device notes it: a restored server counts anew
 */

/**
 * The readable half of an operation.
 * @typedef {object} Change
 * @property {string} id of the operation
 * @property {string} kind of the entry, or `reading`
 * @property {string} entry
 * @property {number} base the revision that the writer had before them; 0 when the entry is new
 * @property {string | null} [on] ISO: when that revision was made, as the server said. A restored server hands out the numbers
 *   of revisions again, to other texts
 * @property {number | null} [after] the number of the newest of this device's changes that the writer could know of: two
 *   tabs may have had the form open at once
 * @property {Fields} was what the changed fields said to the writer
 * @property {Fields} set
 * @property {Scope} scope
 * @property {string} at ISO
 * @property {boolean} [remove] true removes, false restores
 * @property {EntryItem | null} [record] what a restored entry was
 */

/**
 * A change and how far it has come.
 * @typedef {object} PendingChange
 * @property {Change} change
 * @property {number} number
 * @property {"waiting" | "sent" | "attention"} state
 * @property {number | null} revision
 * @property {string | null} [epoch] whose number that is
 * @property {string} [reason]
 * @property {string} [text]
 * @property {Record<string, string>} [fields]
 */

/**
 * An entry as its reader should see it now: what the server has shown, and on top what this device has not yet been shown.
 * @typedef {object} EntryView
 * @property {string} id
 * @property {string} kind
 * @property {string} author
 * @property {string | null} series
 * @property {string | null} session
 * @property {string} audience
 * @property {Fields} fields
 * @property {Conflicts} conflicts
 * @property {number} revision the last one the server has shown; 0 when it has shown none
 * @property {string | null} on ISO: when that one was made
 * @property {number} after the number of this device's newest change that this page knows of
 * @property {string} created
 * @property {string} changed
 * @property {string[]} readers
 * @property {{person: string, at: string}[]} seen
 * @property {string | null} [to] whom its author meant by the supervisor; the author alone is told, of what is for that one
 * @property {string} [goes] the day it is deleted, once that is near; its author alone is told
 * @property {"saved" | "sent" | "seen" | "attention"} state
 * @property {number} pending how many changes wait to be sent
 * @property {string} [reason] why it needs attention
 * @property {string} [text] the same in the person's language
 * @property {Record<string, string>} [problems] what is wrong with each field
 */

/**
 * @param {Fields} fields
 * @param {string[]} names
 * @returns {Fields}
 */
export function pick(fields, names) {
  return Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]))
}

/**
 * Text as the server keeps it, so that nobody's spaces look like a change: one kind of line break, no blanks around it.
 * @param {FieldValue} value
 * @returns {FieldValue}
 */
export function tidied(value) {
  return typeof value === "string" ? value.normalize("NFC").replace(/\r\n?/g, "\n").trim() : value
}

/**
 * Whether the server showed an entry after it had taken a change. The numbers of two epochs say nothing about each other.
 * @param {Pick<PendingChange, "revision" | "epoch">} taken
 * @param {Pick<EntryItem, "revision" | "epoch">} shown
 */
export function isIn({ revision, epoch }, shown) {
  if (revision === null) return false
  // The first releases noted no epoch, neither of changes nor of what was shown.
  const isComparable = !epoch || !shown.epoch || epoch === shown.epoch
  return isComparable && shown.revision >= revision
}

/**
 * @param {Change} change
 */
export function isReading(change) {
  return change.kind === "reading"
}
