import { find, h, icon } from "./h.js"
import { t } from "./i18n.js"

/** @typedef {import("../store/notebook.js").Notebook} Notebook */

/** @type {[string, string]} */
const NOTHING = ["", ""]
/** What is said of the network and the server, as icon and words. */
let said = NOTHING

/**
 * The one quiet line at the top: off-line is normal, and said so; when all is well it says nothing. Its place is kept
 * free (css/30-components.css), one line on a narrow phone: so short are the texts that come and go.
 * @param {Notebook | null} notebook
 */
export function showStatus(notebook) {
  const state = notebook?.syncState()
  // While it is tried again it is not known to be better, and on a dead line trying takes half a minute each time.
  if (state?.phase !== "syncing") said = state ? statusOf(state) : NOTHING
  const [picture, text] = notebook?.unsaved().length
    ? ["Information", t("Not stored yet. Keep the page open.")]
    : said
  const place = find(document, "[data-status]")
  place.hidden = !text
  if (text && place.textContent !== text) place.replaceChildren(icon(picture), h("span", {}, text))
  const demo = find(document, "[data-demo]")
  demo.hidden = notebook ? !notebook.all("service")[0]?.demo : true
}

/**
 * @param {import("../store/notebook.js").SyncState} state
 * @returns {[string, string]} icon and words
 */
function statusOf({ phase, problem, opens }) {
  if (phase === "offline") return ["CloudSlash", t("No network. All is kept here.")]
  if (phase === "signed_out" && problem) return ["Mobile", t("Set up this device again, from Me.")]
  if (phase === "signed_out" && opens) return ["Clock", t("Not all is open yet. You can write.")]
  if (phase === "signed_out") return ["Leave", t("Signed out. What you write is sent.")]
  if (phase === "failed" && problem === "full") return ["CloudSlash", t("No room left on this device.")]
  if (phase === "failed") return ["CloudSlash", t("No answer just now. All is kept here.")]
  return NOTHING
}
