import { t } from "../../ui/i18n.js"

/** @typedef {import("../../store/items.js").Scope | null} Next */

/**
 * What can be written while locked: private, since nobody who reads it could be named there. `path` is where such a text is
 * written once it is unlocked, with the same words as in preparation/topic.js.
 */
export const TEXTS = {
  debrief: {
    field: "happened",
    path: () => "/debrief/new",
    also: (/** @type {string} */ happened_on) => ({ happened_on }),
    scope: () => ({}),
    empty: () => t("Write a few words."),
  },
  topic: {
    field: "question",
    path: (/** @type {Next} */ next) => `/topic/new?${new URLSearchParams({ session: next?.session ?? "" })}`,
    also: () => ({}),
    scope: (/** @type {Next} */ next) => next ?? {},
    empty: () => t("Write a few words."),
  },
}
