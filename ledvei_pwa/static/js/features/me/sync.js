import { find } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { showProgress } from "../../ui/progress.js"
import { isLong, isWorthSaying, progressWords, stateWords, whyWords } from "../../ui/sync_words.js"
import { toast } from "../../ui/toasts.js"

/** @typedef {import("../../ui/router.js").Context} Context */
/** @typedef {import("../../store/notebook.js").SyncState} SyncState */

/**
 * The one place that says whether everything is sent and equal, how much waits and since when, and how far it is.
 * @param {HTMLElement} root
 * @param {Pick<Context, "notebook" | "engine">} context
 * @returns {() => void} stops it
 */
export function mountSync(root, { notebook, engine }) {
  const button = find(root, "[data-sync]")
  let isAsked = false
  /** @type {SyncState["progress"]} */
  let before = null
  const show = () => {
    const state = notebook.syncState()
    showState(root, state)
    const isShown = state.phase === "syncing" && (isAsked || isLong(state))
    showProgress(root, state.progress, { isShown, text: t("Sending and fetching") })
    if (isAsked && state.progress && isWorthSaying(before, state.progress))
      find(root, "[data-sync-said]").textContent = progressWords(state.progress)
    before = state.progress
  }
  button.addEventListener("click", async () => {
    if (isAsked) return
    isAsked = true
    button.setAttribute("aria-busy", "true")
    show()
    await engine.syncNow()
    button.removeAttribute("aria-busy")
    isAsked = false
    show()
    sayHowItWent(notebook.syncState())
  })
  show()
  notebook.addEventListener("sync", show)
  return () => notebook.removeEventListener("sync", show)
}

/** @param {HTMLElement} root @param {SyncState} state */
function showState(root, state) {
  const texts = { "[data-sync-state]": stateWords(state), "[data-sync-why]": whyWords(state) }
  for (const [selector, text] of Object.entries(texts)) {
    const place = find(root, selector)
    // The same words put in again would be read aloud again by some.
    if (place.textContent !== text) place.textContent = text
    place.hidden = !text
  }
  find(root, "[data-signed-out]").hidden =
    state.phase !== "signed_out" || Boolean(state.problem ?? state.opens)
}

/** @param {SyncState} state */
function sayHowItWent({ equal, phase }) {
  if (equal) toast(t("Everything is sent and equal."))
  else if (phase === "offline") toast(t("There is no network just now. It is tried again by itself."))
  else if (phase !== "signed_out") toast(t("Not everything is through yet. It is tried again by itself."))
}
