import { h } from "./h.js"
import { t } from "./i18n.js"

const SHOWN_FOR = 8000
let timer = 0

/**
 * A short word at the foot of the page, with a way back when something was taken away. One at a time.
 * @param {string} text
 * @param {{undo?: () => void | Promise<void>, lasting?: boolean}} [options] `lasting`: until `hideToast`
 */
export function toast(text, { undo, lasting = false } = {}) {
  const place = document.querySelector(".lv-toasts")
  if (!place) return
  const hide = () => place.replaceChildren()
  const goBack = async () => {
    hide()
    await undo?.()
  }
  const button = undo && h("button", { type: "button", onclick: goBack }, t("Undo"))
  const box = h("div", { class: "lv-toast" }, h("span", {}, text), button)
  place.replaceChildren(box)
  clearTimeout(timer)
  if (lasting) return
  const wait = () => {
    // Whoever has focus or the pointer on it is not done with it.
    if (box.matches(":hover, :focus-within")) timer = window.setTimeout(wait, 1000)
    else if (box.isConnected) hide()
  }
  timer = window.setTimeout(wait, undo ? SHOWN_FOR : SHOWN_FOR / 2)
}

export function hideToast() {
  clearTimeout(timer)
  document.querySelector(".lv-toasts")?.replaceChildren()
}
