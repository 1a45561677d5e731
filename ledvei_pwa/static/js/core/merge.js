// The twin of kernel/merge.py; both run tests/shared/merge_cases.json.

/** @typedef {string | number | boolean | null} FieldValue */
/** @typedef {Record<string, FieldValue>} Fields */
/** @typedef {{fields: Fields, conflicts: Record<string, FieldValue[]>}} Merged */

/**
 * A field never filled, one emptied to null and one emptied to "" are the same to a person who reads.
 * @param {FieldValue | undefined} value
 */
export function isEmpty(value) {
  return value === undefined || value === null || value === ""
}

/**
 * Equal in type and value: `true` is not `1`.
 * @param {FieldValue | undefined} one
 * @param {FieldValue | undefined} other
 */
export function areEqual(one, other) {
  return one === other || (isEmpty(one) && isEmpty(other))
}

/**
 * Merge `incoming`, written by somebody who knew `base`, into `current`. A conflict decides nothing: the value that was
 * there first stays, the incoming one is kept beside it until the author chooses.
 * @param {Fields} base
 * @param {Fields} current
 * @param {Fields} incoming
 * @returns {Merged}
 */
export function mergeFields(base, current, incoming) {
  /** @type {Merged} */
  const merged = { fields: { ...current }, conflicts: {} }
  for (const [name, value] of Object.entries(incoming)) {
    if (areEqual(current[name], base[name])) merged.fields[name] = value
    else if (!areEqual(value, base[name]) && !areEqual(value, current[name])) merged.conflicts[name] = [value]
  }
  return merged
}
