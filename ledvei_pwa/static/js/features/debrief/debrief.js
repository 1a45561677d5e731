import { find, h } from "../../ui/h.js"
import { t, todayInOslo } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { nameOf } from "../../ui/readers.js"
import { circlesOf } from "../supervision/circle.js"
import { nextSession } from "../supervision/sessions.js"
import { CircleChoice } from "../writing/circles.js"
import { allowRemoval, Editor } from "../writing/editor.js"
import { identityProblems } from "../writing/identities.js"
import { showForReading } from "../writing/reading.js"
import { asksForSomebody, wayOfWish } from "./wish.js"

/**
 * @typedef {import("../../ui/router.js").Context} Context
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {import("../../store/items.js").EntryView} EntryView
 */

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/debrief/:entry",
  template: "view-debrief",
  mount(root, context) {
    const { notebook, params, navigate } = context
    const entry = params.entry === "new" ? null : notebook.entry(params.entry)
    if (params.entry !== "new" && !entry) return void navigate("/write", { replace: true })
    if (entry && entry.author !== notebook.person.id)
      return showForReading(root, notebook, entry, "view-debrief", t("What happened"))
    return mountEditor(root, context, entry)
  },
}

/** @param {HTMLElement} root @param {Context} context @param {EntryView|null} entry */
function mountEditor(root, { notebook, navigate }, entry) {
  const draftKey = `/debrief/${entry?.id ?? "new"}`
  const onChoice = () => editor.refresh()
  const circles = new CircleChoice(root, notebook, { shared: entry?.series, draftKey, onChange: onChoice })
  const beside = () => circles.kept
  const start = { audience: "private", happened_on: todayInOslo() }
  const scope = (/** @type {any} */ { audience }) => ({
    series: audience === "supervisor" ? circles.series : entry?.series,
  })
  const onChange = (/** @type {any} */ values) => showWish(root, notebook, values, circles, entry)
  offerPeople(root, notebook)
  const editor = new Editor(root, {
    notebook,
    kind: "debrief",
    draftKey,
    entry,
    start,
    scope,
    onChange,
    beside,
  })
  const problems = (/** @type {any} */ values) => ({
    ...circles.problems(values.audience),
    ...problemsOf(values),
  })
  editor.onDone(problems, () => {
    toast(t("Saved. Take care of yourself."))
    navigate("/write")
  })
  find(root, "[data-take-up]").addEventListener("click", async () => {
    const values = editor.values
    const found = { ...problems(values), ...identityProblems(values) }
    editor.binding.showErrors(found)
    if (Object.keys(found).length) return
    const id = await editor.save()
    navigate(topicPath(notebook, id))
  })
  if (entry) {
    const text = t("The debrief is deleted.")
    allowRemoval(find(root, "[data-remove]"), notebook, {
      id: entry.id,
      editor,
      text,
      then: () => navigate("/write"),
    })
  }
  return () => editor.stop()
}

/** @param {{happened: unknown, reactions: unknown, helped: unknown, need: unknown}} values @returns {Record<string, string>} */
function problemsOf({ happened, reactions, helped, need }) {
  const isEmpty = [happened, reactions, helped, need].every((value) => !String(value ?? "").trim())
  return isEmpty ? { happened: t("Write a few words, or choose what you need.") } : {}
}

/** The next session that takes up own topics. @param {Notebook} notebook @param {string} debrief */
function topicPath(notebook, debrief) {
  const own = circlesOf(notebook).filter((circle) => !circle.isSupervisor)
  const coming = own
    .map(({ id }) => nextSession(notebook, id, Date.now()))
    .filter((session) => session !== null)
  const next = coming.sort((one, other) => (one.starts < other.starts ? -1 : 1))[0]
  return `/topic/new?session=${next?.id ?? ""}&debrief=${debrief}`
}

/** @param {HTMLElement} root @param {Notebook} notebook */
function offerPeople(root, notebook) {
  const ids = new Set(circlesOf(notebook).flatMap(({ supervisor, members }) => [supervisor, ...members]))
  ids.delete(notebook.person.id)
  find(root, "datalist").replaceChildren(
    ...[...ids].filter(Boolean).map((id) => h("option", { value: nameOf(notebook, id) })),
  )
}

/** @param {HTMLElement} root @param {Notebook} notebook @param {any} values @param {CircleChoice} circles @param {EntryView|null} entry */
function showWish(root, notebook, values, circles, entry) {
  const asks = asksForSomebody(values.need)
  circles.show(values.audience)
  find(root, "[data-wish]").hidden = !asks
  find(root, "[data-wish-note]").hidden = !asks
  const text = asks ? wayOfWish(notebook, values, circles.series, entry) : ""
  const way = find(root, "[data-wish-way]")
  if (way.textContent !== text) way.textContent = text
  find(root, "[data-take-up]").hidden = circles.isEmpty
}
