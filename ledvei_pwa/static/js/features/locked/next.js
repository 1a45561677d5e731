import { circlesOf } from "../supervision/circle.js"
import { nextSession } from "../supervision/sessions.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * See that the device knows, while it is locked too, where something would be taken up: two ids, and no word.
 * @param {Notebook} notebook
 */
export function keepNextKnown(notebook) {
  const look = () => void notebook.rememberNext(nextOwn(notebook))
  notebook.addEventListener("sync", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.phase === "idle") look()
  })
  look()
}

/** The next session in which this person's own topics are taken up. @param {Notebook} notebook */
export function nextOwn(notebook) {
  const own = circlesOf(notebook).filter((circle) => !circle.isSupervisor && !circle.ended)
  const coming = own
    .map(({ id }) => nextSession(notebook, id, Date.now()))
    .filter((session) => session !== null)
  const next = coming.sort((one, other) => (one.starts < other.starts ? -1 : 1))[0]
  return next ? { series: next.series, session: next.id } : null
}
