import { isApplePhone } from "./browser.js"

/**
 * How it stands with reminders in this browser. `install`: on the home screen first (iPhone and iPad); `none`: this
 * browser shows none; `ask`: may be asked; `denied`: blocked by the person or the browser; `on`.
 * @typedef {"none" | "install" | "ask" | "denied" | "on"} Standing
 */

/**
 * @param {{wanted: boolean, isInstalled: boolean}} known `wanted`: this person has said yes on this device
 * @param {any} [scope] the window
 * @returns {Standing}
 */
export function standing({ wanted, isInstalled }, scope = globalThis) {
  const { Notification, PushManager, navigator } = scope
  if (!PushManager || !Notification || !navigator.serviceWorker) {
    const isApple = isApplePhone(navigator.userAgent, navigator.maxTouchPoints ?? 0)
    return isApple && !isInstalled ? "install" : "none"
  }
  if (Notification.permission === "denied") return "denied"
  return wanted && Notification.permission === "granted" ? "on" : "ask"
}
