/** @typedef {import("../../ui/router.js").View} View */

/** @type {View} */
export const view = { path: "/library", template: "view-library", mount: () => undefined, open: true }

/** @type {View} */
export const guide = {
  path: "/library/:guide",
  template: "guide-:guide",
  mount: () => undefined,
  open: true,
}
