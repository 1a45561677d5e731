import { find, h, replace } from "../../ui/h.js"
import { t, tn } from "../../ui/i18n.js"
import { nextOfAll } from "../today/next.js"
import { keepFresh } from "../writing/fresh.js"
import { addressOf } from "../writing/paths.js"
import { draftRows } from "./drafts.js"
import { entryLink } from "./entries.js"

/** @typedef {import("../../ui/router.js").Context} Context */
/** @typedef {import("../../store/notebook.js").EntryView} EntryView */

const PAGE = 8
const SHOWN_KINDS = [
  "topic",
  "preparation",
  "supervisor_preparation",
  "debrief",
  "assessment",
  "agreement",
  "summary",
]

/** @type {import("../../ui/router.js").View} */
export const view = { path: "/write", template: "view-write", mount }

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function mount(root, { notebook }) {
  const list = new OwnEntries(root, notebook)
  const show = () => {
    pointToNext(root, notebook)
    const drafts = draftRows(notebook)
    replace(find(root, "[data-drafts]"), ...drafts)
    find(root, "[data-drafts-section]").hidden = drafts.length === 0
    list.show()
  }
  return keepFresh(root, notebook, show)
}

/**
 * @param {HTMLElement} root
 * @param {Context["notebook"]} notebook
 */
function pointToNext(root, notebook) {
  const session = nextOfAll(notebook)
  const path = session ? `/supervision/${session.id}/prepare` : "/supervision"
  find(root, "[data-prepare]").setAttribute("href", addressOf(path))
}

/** What I have written, newest first, searched as one types. All of it on the device. */
class OwnEntries {
  #root
  #notebook
  #shown = PAGE

  /**
   * @param {HTMLElement} root
   * @param {Context["notebook"]} notebook
   */
  constructor(root, notebook) {
    this.#root = root
    this.#notebook = notebook
    this.#search.addEventListener("input", () => this.#restart())
    find(root, "[data-older]").addEventListener("click", () => this.#showOlder())
  }

  show() {
    const all = this.#mine()
    const found = all.filter((entry) => this.#matches(entry))
    const rows = found.slice(0, this.#shown).map((entry) => h("li", {}, entryLink(this.#notebook, entry)))
    replace(find(this.#root, "[data-mine]"), ...rows)
    find(this.#root, "[data-mine]").hidden = rows.length === 0
    find(this.#root, "[data-older]").hidden = found.length <= this.#shown
    find(this.#root, "[data-search-field]").hidden = all.length < 5 && !this.#words.length
    find(this.#root, "[data-found]").textContent = this.#summary(all.length, found.length)
  }

  get #search() {
    return /** @type {HTMLInputElement} */ (find(this.#root, "[data-search]"))
  }

  get #words() {
    return this.#search.value.toLowerCase().split(/\s+/).filter(Boolean)
  }

  #mine() {
    const mine = this.#notebook.entries({ author: this.#notebook.person.id })
    return mine
      .filter(({ kind }) => SHOWN_KINDS.includes(kind))
      .sort((one, other) => other.created.localeCompare(one.created))
  }

  /** @param {EntryView} entry */
  #matches({ fields }) {
    const text = Object.values(fields)
      .filter((value) => typeof value === "string")
      .join(" ")
      .toLowerCase()
    return this.#words.every((word) => text.includes(word))
  }

  /**
   * @param {number} all
   * @param {number} found
   */
  #summary(all, found) {
    if (all === 0) return t("Nothing yet. What you write comes here, also before it is sent.")
    if (!this.#words.length) return ""
    return found === 0
      ? t("No text has all those words.")
      : tn("One text found", "%(count)s texts found", found)
  }

  #restart() {
    this.#shown = PAGE
    this.show()
  }

  #showOlder() {
    const first = this.#shown
    this.#shown += PAGE
    this.show()
    const row = find(this.#root, "[data-mine]").children[first]?.querySelector("a")
    row?.focus()
  }
}
