import { find } from "../../ui/h.js"
import { Cards } from "./cards.js"
import { conflictCard } from "./conflicts.js"
import { leftoverCard, leftovers } from "./leftovers.js"
import { refusedCard } from "./refused.js"
import { unreadCard } from "./unread.js"

/** @typedef {import("../../ui/router.js").Context} Context */

/** @type {import("../../ui/router.js").View} */
export const view = { path: "/attention", template: "view-attention", mount }

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function mount(root, { notebook }) {
  const refused = new Cards(find(root, "[data-refused]"))
  const conflicts = new Cards(find(root, "[data-conflicts]"))
  const left = new Cards(find(root, "[data-left]"))
  const show = () => {
    const counts = [
      conflicts.show(inConflict(notebook).map((entry) => conflictCard(notebook, entry))),
      refused.show([
        ...notebook.attention().map((one) => refusedCard(notebook, one)),
        ...notebook.unreadable().map((row) => unreadCard(notebook, row)),
      ]),
      left.show(leftovers(notebook).map((draft) => leftoverCard(notebook, draft))),
    ]
    for (const [index, name] of ["conflicts", "refused", "left"].entries())
      find(root, `[data-${name}-section]`).hidden = counts[index] === 0
    find(root, "[data-none]").hidden = counts.some((count) => count > 0)
    // What had focus may be settled and gone.
    if (document.activeElement === document.body) find(root, "h1").focus()
  }
  show()
  notebook.addEventListener("change", show)
  return async () => {
    notebook.removeEventListener("change", show)
    await Promise.all([refused.stop(), conflicts.stop(), left.stop()])
  }
}

/** @param {import("../../store/notebook.js").Notebook} notebook */
function inConflict(notebook) {
  return notebook
    .entries({ author: notebook.person.id })
    .filter((entry) => Object.keys(entry.conflicts).length > 0)
}
