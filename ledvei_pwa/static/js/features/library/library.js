/** @typedef {import("../../ui/router.js").View} View */

/** @type {View} */
export const view = { path: "/library", template: "view-library", mount: () => undefined, open: true }

/** @type {View[]} one for each guide that lies in the shell */
export const guides = [...document.querySelectorAll("template[id^='guide-']")].map(({ id }) => ({
  path: `/library/${id.slice("guide-".length)}`,
  template: id,
  mount: () => undefined,
  open: true,
}))
