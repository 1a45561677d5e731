import { find, h } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { sinceLast } from "../session/page.js"
import { topicText } from "../session/topic.js"
import { preparationTexts } from "../session/preparations.js"
import { circleOf } from "../supervision/circle.js"
import { agendaFor } from "../supervision/sessions.js"
import { keepFresh } from "../writing/fresh.js"
import { SeenWatch } from "../writing/seen.js"
import { editorOf, linkToSession } from "./prepare.js"

/**
 * @typedef {import("../../ui/router.js").Context} Context
 * @typedef {import("../supervision/sessions.js").Session} Session
 */

/**
 * The supervisor's own preparation, with what the supervisees have shared beside it.
 * @param {HTMLElement} root @param {Context} context @param {Session} session
 */
export function mountForSupervisor(root, { notebook, navigate }, session) {
  linkToSession(root, session)
  const seen = new SeenWatch(notebook)
  const beside = find(root, "aside")
  const stop = keepFresh(beside, notebook, () => {
    drawShared(beside, notebook, session)
    seen.look(beside)
  })
  const editor = editorOf(root, notebook, session, "supervisor_preparation", "private")
  editor.onDone(
    () => ({}),
    () => {
      toast(t("You are ready. It is sent by itself."))
      navigate(`/supervision/${session.id}`)
    },
  )
  return async () => {
    stop()
    seen.stop()
    await editor.stop()
  }
}

/** @param {HTMLElement} beside @param {import("../../store/notebook.js").Notebook} notebook @param {Session} session */
function drawShared(beside, notebook, session) {
  const circle = circleOf(notebook, session.series)
  if (!circle) return
  const topics = agendaFor(notebook, session, Date.now()).map((item) =>
    h("li", { "data-entry": item.topic.id }, topicText(notebook, item, circle)),
  )
  const good = preparationTexts(notebook, session.id, ["preparation"])
  const none = h(
    "p",
    { class: "lv-soft" },
    t("Nothing is shared yet. What is shared turns up here by itself."),
  )
  const list = h("ul", { class: "lv-agenda lv-agenda--plain" }, ...topics)
  find(beside, "[data-shared]").replaceChildren(...(topics.length + good.length ? [...good, list] : [none]))
  const agreements = sinceLast(notebook, session)
  const noneOpen = h("p", { class: "lv-soft" }, t("No agreements are open."))
  find(beside, "[data-agreements]").replaceChildren(...(agreements.length ? agreements : [noneOpen]))
}
