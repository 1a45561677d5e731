/**
 * How long each step of a session has been talked about. Plain numbers, so that it can be kept as a draft.
 *
 * @typedef {{step: string, since: number, spent: Record<string, number>}} Clock milliseconds
 */

/** A page left open overnight has not been talked about all night. */
const LONGEST_STRETCH = 3 * 3_600_000

/** @param {string} step @param {number} now @returns {Clock} */
export const startClock = (step, now) => ({ step, since: now, spent: {} })

/** Milliseconds that a step has had, up to now. @param {Clock} clock @param {string} step @param {number} now */
export function spentOn({ step: current, since, spent }, step, now) {
  const running = step === current ? Math.max(0, now - since) : 0
  return (spent[step] ?? 0) + (running > LONGEST_STRETCH ? 0 : running)
}

/** @param {Clock} clock @param {string} step @param {number} now @returns {Clock} */
export function goToStep(clock, step, now) {
  const spent = { ...clock.spent, [clock.step]: spentOn(clock, clock.step, now) }
  return { step, since: now, spent }
}
