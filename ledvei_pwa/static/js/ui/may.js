/** @typedef {import("../store/notebook.js").Notebook} Notebook */
/** @typedef {"people" | "series" | "service"} Page a page of the server's, for some roles (features/people/rules.py) */

/**
 * Whether a page of the server's has something for this person. The server decides anew when it is opened.
 * @param {Notebook} notebook
 * @param {Page} page
 */
export function may(notebook, page) {
  return notebook.get("person", notebook.person.id)?.may?.includes(page) === true
}
