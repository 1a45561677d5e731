import { t } from "./i18n.js"

/** The name one will find in the list of one's devices. */
export function deviceName() {
  const agent = navigator.userAgent
  const first = (/** @type {string[][]} */ names) => names.find(([mark]) => agent.includes(mark))?.[1]
  const browser = first([
    ["Edg", "Edge"],
    ["Firefox", "Firefox"],
    ["SamsungB", "Samsung"],
    ["Chrome", "Chrome"],
    ["Safari", "Safari"],
  ])
  const system = first([
    ["iPhone", "iPhone"],
    ["iPad", "iPad"],
    ["Android", "Android"],
    ["Windows", "Windows"],
    ["Macintosh", "Mac"],
    ["Linux", "Linux"],
  ])
  return [browser, system].filter(Boolean).join(", ") || t("A device")
}
