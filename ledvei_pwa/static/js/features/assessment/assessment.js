import { find } from "../../ui/h.js"
import { t, todayInOslo } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"
import { CircleChoice } from "../writing/circles.js"
import { allowRemoval, Editor } from "../writing/editor.js"
import { showForReading } from "../writing/reading.js"
import { waysToHelp } from "./rules.js"

/**
 * @typedef {import("../../ui/router.js").Context} Context
 * @typedef {import("../../store/items.js").EntryView} EntryView
 */

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/assessment/:entry",
  template: "view-assessment",
  mount(root, context) {
    const { notebook, params, navigate } = context
    const entry = params.entry === "new" ? null : notebook.entry(params.entry)
    if (params.entry !== "new" && !entry) return void navigate("/assessment", { replace: true })
    if (entry && entry.author !== notebook.person.id) {
      return showForReading(root, notebook, entry, "view-assessment", t("Self-assessment"))
    }
    return mountEditor(root, context, entry)
  },
}

/** @param {HTMLElement} root @param {Context} context @param {EntryView|null} entry */
function mountEditor(root, { notebook, navigate }, entry) {
  const draftKey = `/assessment/${entry?.id ?? "new"}`
  const onChoice = () => editor.refresh()
  const circles = new CircleChoice(root, notebook, { shared: entry?.series, draftKey, onChange: onChoice })
  const beside = () => circles.kept
  const start = { audience: "private", taken_on: todayInOslo() }
  const scope = (/** @type {any} */ { audience }) => ({
    series: audience === "supervisor" ? circles.series : entry?.series,
  })
  const onChange = (/** @type {any} */ values) => {
    circles.show(values.audience)
    showProgress(root)
    find(root, "[data-help]").hidden = waysToHelp(values).length === 0
  }
  const editor = new Editor(root, {
    notebook,
    kind: "assessment",
    draftKey,
    entry,
    start,
    scope,
    onChange,
    beside,
  })
  editor.onDone(
    (values) => ({ ...circles.problems(values.audience), ...problemsOf(values) }),
    () => {
      toast(t("Saved. The answers are yours."))
      navigate("/assessment")
    },
  )
  if (entry) {
    const text = t("The answers are deleted.")
    allowRemoval(find(root, "[data-remove]"), notebook, {
      id: entry.id,
      editor,
      text,
      then: () => navigate("/assessment"),
    })
  }
  return () => editor.stop()
}

/** @param {import("../../core/merge.js").Fields} values @returns {Record<string, string>} */
function problemsOf(values) {
  const isEmpty = Object.entries(values).every(([name, value]) => !/^i\d\d$/.test(name) || value === null)
  return isEmpty ? { i01: t("Answer at least one of them, here or further down.") } : {}
}

/** How many statements one has been through, skipped ones too. @param {HTMLElement} root */
function showProgress(root) {
  const names = new Set(
    [...root.querySelectorAll(".lv-scale input")].map((input) => input.getAttribute("name")),
  )
  const passed = [...names].filter((name) => root.querySelector(`[name="${name}"]:checked`)).length
  const bar = root.querySelector("progress")
  if (bar) bar.value = passed
  find(root, "[data-progress]").textContent = t("%(passed)s of %(all)s", { passed, all: names.size })
}
