import { view as agreements } from "./agreements/view.js"
import { view as assessment } from "./assessment/assessment.js"
import { view as assessments } from "./assessment/overview.js"
import { view as attention } from "./attention/attention.js"
import { view as debrief } from "./debrief/debrief.js"
import { guide, view as library } from "./library/library.js"
import { view as locked } from "./locked/locked.js"
import { keepNextKnown } from "./locked/next.js"
import { view as me } from "./me/me.js"
import { view as prepare } from "./preparation/prepare.js"
import { view as topic } from "./preparation/topic.js"
import { keepRemindersUp } from "./reminders/panel.js"
import { view as hold } from "./session/hold.js"
import { view as supervision } from "./supervision/view.js"
import { view as today } from "./today/today.js"
import { view as welcome } from "./welcome/welcome.js"
import { view as write } from "./write/write.js"

export { tellClosed } from "./reminders/closed.js"
export { mountReminderPanel } from "./reminders/panel.js"
export { showStrength } from "../ui/strength.js"

/**
 * What an unlocked notebook needs beside the view that is shown.
 * @param {import("../store/notebook.js").Notebook} notebook
 */
export async function attend(notebook) {
  keepNextKnown(notebook)
  await keepRemindersUp(notebook)
}

/** Where people write, and the sessions. @type {import("../ui/router.js").View[]} */
const own = [supervision, prepare, hold, topic, debrief, assessments, assessment, agreements]

/** Every view of the app; the first whose path fits is shown. @type {import("../ui/router.js").View[]} */
export const views = [today, ...own, write, library, guide, me, attention, locked, welcome]
