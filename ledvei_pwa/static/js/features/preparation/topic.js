import { find } from "../../ui/h.js"
import { formatDay, t } from "../../ui/i18n.js"
import { nextSession, sessionOf } from "../supervision/sessions.js"
import { circlesOf } from "../supervision/circle.js"
import { allowRemoval, Editor } from "../writing/editor.js"
import { offerAudiences, usualAudience } from "./audience.js"
import { linkToSession } from "./prepare.js"

/**
 * @typedef {import("../../ui/router.js").Context} Context
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 * @typedef {import("../supervision/sessions.js").Session} Session
 */

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/topic/:entry",
  template: "view-topic",
  mount(root, context) {
    const { notebook, params, query, navigate } = context
    const entry = params.entry === "new" ? null : notebook.entry(params.entry)
    const session = sessionFor(notebook, entry, query.get("session"))
    if (!entry && !session) return void navigate("/supervision", { replace: true })
    // Others' topics are read where they will be talked about.
    if (entry && entry.author !== notebook.person.id)
      return void navigate(`/supervision/${entry.session}`, { replace: true })
    return mountEditor(root, context, entry, session)
  },
}

/** @param {Notebook} notebook @param {EntryView|null} entry @param {string|null} asked @returns {Session|null} */
function sessionFor(notebook, entry, asked) {
  if (entry?.session || asked) return sessionOf(notebook, entry?.session ?? asked ?? "")
  const own = circlesOf(notebook).filter((circle) => !circle.isSupervisor)
  const coming = own
    .map(({ id }) => nextSession(notebook, id, Date.now()))
    .filter((session) => session !== null)
  return coming.sort((one, other) => (one.starts < other.starts ? -1 : 1))[0] ?? null
}

/** @param {HTMLElement} root @param {Context} context @param {EntryView|null} entry @param {Session|null} session */
function mountEditor(root, { notebook, query, navigate }, entry, session) {
  const series = entry?.series ?? session?.series ?? ""
  const draftKey = entry ? `/topic/${entry.id}` : `/topic/new?${newest(query, session)}`
  const after = session ? `/supervision/${session.id}/prepare` : "/supervision"
  const start = startOf(notebook, query.get("debrief"), usualAudience(notebook, "topic", series))
  if (session) linkToSession(root, session)
  offerAudiences(root, notebook, series)
  const scope = () => ({ series, session: entry?.session ?? session?.id })
  const editor = new Editor(root, { notebook, kind: "topic", draftKey, entry, start, scope })
  editor.onDone(problemsOf, () => navigate(after))
  if (entry) {
    const text = t("The topic is deleted.")
    allowRemoval(find(root, "[data-remove]"), notebook, {
      id: entry.id,
      editor,
      text,
      then: () => navigate(after),
    })
  }
  return () => editor.stop()
}

/** @param {URLSearchParams} query @param {Session|null} session */
function newest(query, session) {
  const debrief = query.get("debrief")
  return new URLSearchParams({ session: session?.id ?? "", ...(debrief && { debrief }) })
}

/**
 * A topic that comes from a debrief points back to it. The debrief's own words stay there, and the topic is private
 * until its author chooses.
 * @param {Notebook} notebook @param {string|null} debrief @param {string} audience
 * @returns {import("../../core/merge.js").Fields}
 */
function startOf(notebook, debrief, audience) {
  const from = debrief && notebook.entry(debrief)
  if (!from) return { audience }
  const day = String(from.fields.happened_on || from.created.slice(0, 10))
  return {
    focus: "strain",
    question: t("I would like to talk about what happened %(day)s.", { day: formatDay(day) }),
    want: "support",
    strain: typeof from.fields.strain === "number" ? from.fields.strain : null,
    debrief: from.id,
    audience: "private",
  }
}

/** @param {import("../../core/merge.js").Fields} values @returns {Record<string, string>} */
function problemsOf({ question }) {
  if (String(question).trim()) return {}
  return { question: t("Write a few words, so that the other knows what it is about.") }
}
