import { find, fromTemplate, h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { stateText } from "../../ui/state.js"
import { toast } from "../../ui/toasts.js"
import { inShort, timeOf } from "../session/page.js"
import { circleOf } from "../supervision/circle.js"
import { agendaFor, sessionOf } from "../supervision/sessions.js"
import { Editor } from "../writing/editor.js"
import { keepFresh } from "../writing/fresh.js"
import { addressOf } from "../writing/paths.js"
import { offerAudiences, usualAudience } from "./audience.js"
import { mountForSupervisor } from "./supervisor.js"

/**
 * @typedef {import("../../ui/router.js").Context} Context
 * @typedef {import("../supervision/sessions.js").Session} Session
 */

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/supervision/:session/prepare",
  template: "view-prepare",
  wide: true,
  mount(root, context) {
    const { notebook, params, navigate } = context
    const session = sessionOf(notebook, params.session)
    if (!session) return void navigate(`/supervision/${params.session}`, { replace: true })
    if (circleOf(notebook, session.series)?.isSupervisor) {
      root.replaceChildren(fromTemplate("view-prepare-supervisor"))
      return mountForSupervisor(root, context, session)
    }
    return mountForSupervisee(root, context, session)
  },
}

/** @param {HTMLElement} root @param {Context} context @param {Session} session */
function mountForSupervisee(root, { notebook, navigate }, session) {
  linkToSession(root, session)
  const add = find(root, "[data-add-topic]")
  add.setAttribute("href", addressOf(`/topic/new?session=${session.id}`))
  const stop = keepFresh(root, notebook, () => drawTopics(root, notebook, session))
  const editor = editorOf(
    root,
    notebook,
    session,
    "preparation",
    usualAudience(notebook, "preparation", session.series),
  )
  offerAudiences(root, notebook, session.series)
  editor.onDone(
    () => ({}),
    () => {
      toast(t("You are ready. It is sent by itself."))
      navigate(`/supervision/${session.id}`)
    },
  )
  return async () => {
    stop()
    await editor.stop()
  }
}

/**
 * The one text of a kind that a person writes for a session.
 * @param {HTMLElement} root
 * @param {import("../../store/notebook.js").Notebook} notebook
 * @param {Session} session
 * @param {"preparation"|"supervisor_preparation"} kind
 * @param {string} audience
 */
export function editorOf(root, notebook, session, kind, audience) {
  const entry = notebook.entries({ kind, session: session.id, author: notebook.person.id }).pop() ?? null
  const scope = () => ({ series: session.series, session: session.id })
  const draftKey = `/supervision/${session.id}/prepare`
  return new Editor(root, { notebook, kind, draftKey, entry, start: { audience }, scope })
}

/** @param {HTMLElement} root @param {Session} session */
export function linkToSession(root, session) {
  const when = find(root, "[data-when]")
  when.textContent = timeOf(session)
  when.setAttribute("href", addressOf(`/supervision/${session.id}`))
}

/**
 * The newest first: what one has just written is seen.
 * @param {HTMLElement} root @param {import("../../store/notebook.js").Notebook} notebook @param {Session} session
 */
function drawTopics(root, notebook, session) {
  const mine = agendaFor(notebook, session, Date.now())
    .filter(({ topic }) => topic.author === notebook.person.id)
    .sort((one, other) => other.topic.created.localeCompare(one.topic.created))
  const rows = mine.map(({ topic, carriedFrom }) => {
    const href = addressOf(`/topic/${topic.id}`)
    const who = topic.audience === "private" ? t("Only you can read this.") : stateText(notebook, topic)
    const note = [carriedFrom && t("carried over"), who].filter(Boolean).join(" · ")
    const title = h("span", { class: "lv-item__title" }, inShort(topic) || t("(no words yet)"))
    return h(
      "li",
      {},
      h(
        "a",
        { class: "lv-item", href, "data-key": href },
        title,
        h("span", { class: "lv-item__note" }, note),
      ),
    )
  })
  find(root, "[data-topics]").replaceChildren(...rows)
  find(root, "[data-topics]").hidden = rows.length === 0
  find(root, "[data-no-topics]").hidden = rows.length > 0
}
