import { circleOf } from "../supervision/circle.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/**
 * With one supervisee "the group" is nobody else than the two: the choice is not shown.
 * @param {ParentNode} root
 * @param {Notebook} notebook
 * @param {string} series
 */
export function offerAudiences(root, notebook, series) {
  const group = root.querySelector('[name="audience"][value="group"]')?.closest("label")
  if (group && !circleOf(notebook, series)?.isGroup) group.hidden = true
}

/**
 * What the person chose last time, else shared: what is written here is written to be taken up. The line above the
 * first field says who it goes to, and nothing leaves before Done.
 * @param {Notebook} notebook
 * @param {string} kind
 * @param {string} series
 */
export function usualAudience(notebook, kind, series) {
  const mine = notebook.entries({ kind, series, author: notebook.person.id })
  const shared = mine.filter(({ audience }) => audience !== "private").pop()
  return shared?.audience ?? "supervisor"
}
