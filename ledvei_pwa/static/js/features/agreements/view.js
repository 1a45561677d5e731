import { find } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { keepFresh } from "../writing/fresh.js"
import { SeenWatch } from "../writing/seen.js"
import { agreementList, inOrder } from "./list.js"

/** @type {import("../../ui/router.js").View} */
export const view = {
  path: "/agreements",
  template: "view-agreements",
  mount(root, { notebook }) {
    const seen = new SeenWatch(notebook)
    const draw = () => {
      render(root, notebook)
      seen.look(root)
    }
    root.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type === "radio") draw()
    })
    const stop = keepFresh(root, notebook, draw)
    return () => {
      stop()
      seen.stop()
    }
  },
}

/** @param {HTMLElement} root @param {import("../../store/notebook.js").Notebook} notebook */
function render(root, notebook) {
  const isDone = chosen(root, "state") === "done"
  const isMine = chosen(root, "whose") === "mine"
  const wanted = notebook
    .entries({ kind: "agreement" })
    .filter(({ fields }) => (fields.done === true) === isDone)
    .filter(({ fields }) => !isMine || fields.owner === notebook.person.id)
  const list = agreementList(notebook, inOrder(wanted))
  find(root, "[data-agreements]").replaceChildren(...(wanted.length ? [list] : []))
  const none = find(root, "[data-none]")
  none.hidden = wanted.length > 0
  none.textContent = isDone
    ? t("Nothing is marked as done yet.")
    : t("Nothing is open. Agreements are made in supervision.")
}

/** @param {HTMLElement} root @param {string} name */
function chosen(root, name) {
  return /** @type {HTMLInputElement|null} */ (root.querySelector(`[name="${name}"]:checked`))?.value
}
