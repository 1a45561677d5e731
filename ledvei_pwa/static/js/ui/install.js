import { find, findAll, fromTemplate } from "./h.js"

/** The event Chrome fires when the page can be installed; it comes once, often before anybody asks. */
/** @type {any} */
let promptEvent = null
const waiting = new Set()

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault()
  promptEvent = event
  for (const show of waiting) show()
})

/**
 * How to put the app on the home screen of this very browser.
 * @param {HTMLElement} place
 * @returns {() => void}
 */
export function mountInstall(place) {
  place.replaceChildren(fromTemplate("install-help"))
  const show = () => {
    const kind = promptEvent ? "prompt" : browserKind(navigator.userAgent)
    for (const way of findAll(place, "[data-for]")) way.hidden = way.dataset.for !== kind
  }
  find(place, "[data-prompt]").addEventListener("click", async () => {
    await promptEvent?.prompt()
    promptEvent = null
    show()
  })
  waiting.add(show)
  show()
  return () => waiting.delete(show)
}

export function isInstalled() {
  return matchMedia("(display-mode: standalone)").matches || Reflect.get(navigator, "standalone") === true
}

/**
 * Which words fit. There is no feature to ask for here, so the browser's own name has to do.
 * @param {string} agent
 */
export function browserKind(agent) {
  if (isInstalled()) return "installed"
  const isApple = /iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)
  // Since iOS 16.4 other browsers on it have the same share sheet.
  if (isApple) return /Version\/\d+.*Safari|CriOS|FxiOS|EdgiOS/.test(agent) ? "ios" : "ios-other"
  if (/Android/.test(agent)) return /Firefox/.test(agent) ? "firefox-android" : "android"
  if (/Firefox/.test(agent)) return "firefox-desktop"
  return /Macintosh/.test(agent) && !/Chrome/.test(agent) ? "safari-mac" : "desktop"
}
