import { FormBinding } from "../../ui/form.js"
import { find, findAll } from "../../ui/h.js"
import { t, todayInOslo } from "../../ui/i18n.js"
import { IdleWatch } from "../../ui/idle.js"
import { toast } from "../../ui/toasts.js"
import { askForBackgroundSync } from "../../sync/triggers.js"
import { identityProblems, IdentityWatch } from "../writing/identities.js"
import { TEXTS } from "./texts.js"

/**
 * @typedef {import("../../ui/router.js").Context & {session: import("../../sync/session.js").Session}} Context
 * @typedef {import("../../sync/locked.js").LockedPen} LockedPen
 * @typedef {keyof typeof TEXTS} Kind
 */

/** What the service has said about it lies in the vault. */
const LOCK_MINUTES = 5

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/locked",
  template: "view-locked",
  open: true,
  mount: (root, context) => mount(root, /** @type {Context} */ (context)),
}

/** @param {HTMLElement} root @param {Context} context */
async function mount(root, { session, navigate }) {
  if (session.state !== "locked") return void navigate("/write", { replace: true })
  const pen = await session.takePen()
  find(root, "[data-none]").hidden = pen !== null
  find(root, "[data-whose]").hidden = pen === null
  if (!pen) return
  /** @type {Sheet | null} */
  let sheet = null
  for (const button of findAll(root, "[data-kind]")) {
    const kind = /** @type {Kind} */ (button.dataset.kind)
    button.hidden = kind === "topic" && !pen.next
    button.addEventListener("click", () => {
      sheet = new Sheet(root, pen, kind, () => void navigate("/today"))
    })
  }
  return () => sheet?.stop()
}

/** One text being written while locked. It can be seen as long as it stands here, and not again before it is unlocked. */
class Sheet {
  #pen
  #kind
  #text
  #form
  #binding
  #identities
  #idle
  #leave
  #isFinishing = false

  /**
   * @param {HTMLElement} root
   * @param {LockedPen} pen
   * @param {Kind} kind
   * @param {() => void} leave
   */
  constructor(root, pen, kind, leave) {
    this.#pen = pen
    this.#kind = kind
    this.#leave = leave
    const text = pen.begin(TEXTS[kind].path(pen.next))
    this.#text = text
    this.#form = /** @type {HTMLFormElement} */ (find(root, `form[data-of="${kind}"]`))
    this.#form.hidden = false
    find(root, "[data-whose]").hidden = true
    const saveDraft = () => text.saveDraft({ ...this.#set(), $base: { revision: 0, fields: {} } })
    const notebook = { saveDraft, dropDraft: () => text.dropDraft() }
    this.#binding = new FormBinding(this.#form, { notebook, draftKey: kind })
    this.#identities = new IdentityWatch(this.#form)
    const onIdle = () => leave()
    this.#idle = new IdleWatch({
      minutes: () => LOCK_MINUTES,
      onWarning: () => {},
      onBack: () => {},
      onIdle,
    })
    this.#idle.start()
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      void this.#finish()
    })
    find(this.#form, "textarea").focus()
  }

  /** What stands there stays as a draft, closed. */
  async stop() {
    this.#idle.stop()
    this.#identities.stop()
    await this.#binding.stop()
    this.#form.reset()
  }

  /** @returns {import("../../core/merge.js").Fields} */
  #set() {
    return { ...this.#binding.values(), ...TEXTS[this.#kind].also(todayInOslo()), audience: "private" }
  }

  async #finish() {
    this.#identities.look()
    const { field, empty } = TEXTS[this.#kind]
    const set = this.#set()
    const problems = String(set[field]).trim() ? identityProblems(set) : { [field]: empty() }
    this.#binding.showErrors(problems)
    if (Object.keys(problems).length > 0) return find(this.#form, "textarea").focus()
    if (this.#isFinishing) return
    this.#isFinishing = true
    try {
      await this.#binding.saveDraftNow()
      await this.#text.write({ kind: this.#kind, set, scope: TEXTS[this.#kind].scope(this.#pen.next) })
    } finally {
      this.#isFinishing = false
    }
    this.#form.reset()
    void this.#pen.send()
    void navigator.serviceWorker?.getRegistration().then(askForBackgroundSync)
    this.#leave()
    toast(t("Sealed. It is sent by itself, and you can read it again when you have unlocked."))
  }
}
