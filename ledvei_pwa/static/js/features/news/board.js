import { deviceName } from "../../ui/device_name.js"
import { find, h, icon, replace } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { newsOf } from "./news.js"

/** @typedef {import("../../ui/router.js").Context & {session: import("../../sync/session.js").Session}} Context */
/** @typedef {import("./news.js").News} News */

/**
 * Tells what has happened, above all else on the page, until it has been read or put right.
 * @param {HTMLElement} root holds `[data-news]`
 * @param {Context} context
 * @returns {() => void} stops it
 */
export function mountNews(root, { notebook, session }) {
  const place = find(root, "[data-news]")
  let shown = ""
  let { phase, problem } = notebook.syncState()
  const show = () => {
    const state = notebook.syncState()
    // While it is tried again, what was said of the device stands.
    if (state.phase !== "syncing") ({ phase, problem } = state)
    const notice = notebook.get("notice", notebook.person.id)
    const more = { unsaved: notebook.unsaved().length, earlier: session.earlier, notice }
    const news = newsOf({ ...state, phase, problem }, more)
    // A button that is about to be pressed must not be put in anew.
    if (shown === JSON.stringify(news)) return
    const hadFocus = place.contains(document.activeElement)
    shown = JSON.stringify(news)
    replace(place, ...news.map((each) => box(each, notebook, session)))
    if (hadFocus) root.querySelector("h1")?.focus()
  }
  const names = ["sync", "unsaved"]
  show()
  for (const name of names) notebook.addEventListener(name, show)
  return () => {
    for (const name of names) notebook.removeEventListener(name, show)
  }
}

/**
 * @param {News} news
 * @param {Context["notebook"]} notebook
 * @param {Context["session"]} session
 */
function box({ name, picture, tone, title, texts, dismiss, setUp, link }, notebook, session) {
  return h(
    "div",
    { class: "lv-notice", "data-tone": tone, "data-told": name },
    icon(picture),
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, title)),
      ...texts.map((text) => h("p", {}, text)),
      link && h("p", {}, h("a", { class: "lv-alone", href: link.href }, link.text)),
      (dismiss || setUp) &&
        h(
          "div",
          { class: "lv-row" },
          dismiss && act(t("I have read it"), "secondary", () => notebook.dismiss(dismiss)),
          setUp && act(t("Set it up again"), "primary", () => setUpAgain(session)),
        ),
      setUp &&
        h(
          "p",
          { class: "lv-small", "data-sign-in": true, hidden: true },
          t("You are signed out."),
          " ",
          signIn(),
        ),
    ),
  )
}

function signIn() {
  return h("a", { href: "/sign-in" }, t("Sign in, and press the button once more"))
}

/**
 * @param {string} text
 * @param {"primary" | "secondary"} variant
 * @param {() => Promise<unknown>} work
 */
function act(text, variant, work) {
  const button = h("button", { type: "button", class: "ds-button", "data-variant": variant }, text)
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return
    button.setAttribute("aria-busy", "true")
    await work()
    button.removeAttribute("aria-busy")
  })
  return button
}

/** The vault stays as it is, and so does what lies in it: only the server learns of the device anew. @param {Context["session"]} session */
async function setUpAgain(session) {
  try {
    await session.enrol({ deviceName: deviceName() })
    toast(t("The device is set up again. What waits is sent by itself."))
  } catch (error) {
    const code = /** @type {{code?: string}} */ (error).code ?? ""
    if (code === "signed_out") return showSignIn()
    toast(problemText(code))
  }
}

function showSignIn() {
  const place = document.querySelector("[data-sign-in]")
  place?.removeAttribute("hidden")
  place?.querySelector("a")?.focus()
}

/** @param {string} code of an EnrolmentProblem */
function problemText(code) {
  if (code === "offline") return t("There is no network just now. Try again when there is.")
  if (code === "other_person")
    return t("Somebody else is signed in here. Sign out, sign in as yourself, and try again.")
  return t("The server did not answer as it should. Try again in a moment.")
}
