import { view as attention } from "./attention/attention.js"
import { guides, view as library } from "./library/library.js"
import { view as me } from "./me/me.js"
import { view as today } from "./today/today.js"
import { view as welcome } from "./welcome/welcome.js"
import { view as write } from "./write/write.js"

/** Every view of the app; the first whose path fits is shown. @type {import("../ui/router.js").View[]} */
export const views = [today, write, library, ...guides, me, attention, welcome]
