// What the worker does with a push. The message is declarative web push (webkit.org/blog/16535): Apple's systems show it by
// themselves, and everywhere else this does, from the same JSON (ledvei_pwa/features/reminders/messages.py).

const ICON = new URL("../../icons/icon-192.png", import.meta.url).href
const APP = /^\/(nb|nn)(\/|$)/

/**
 * @typedef {object} Shown
 * @property {string} title
 * @property {NotificationOptions & {data: {path: string}}} options
 */

/**
 * What to show. A browser takes the right to push away from those who are pushed to and show nothing, so something is
 * shown whatever comes.
 * @param {string} text of the message
 * @returns {Shown}
 */
export function notificationFrom(text) {
  const sent = parse(text)
  const path = pathIn(sent.navigate)
  const options = {
    body: asText(sent.body),
    lang: asText(sent.lang),
    dir: /** @type {NotificationDirection} */ (sent.dir === "rtl" ? "rtl" : "ltr"),
    tag: asText(sent.tag) || "ledvei",
    icon: ICON,
    data: { path },
  }
  return { title: asText(sent.title) || "Ledvei", options }
}

/**
 * @param {any} event a push event
 * @param {any} [worker]
 */
export async function onPush(event, worker = globalThis) {
  const { title, options } = notificationFrom(event.data?.text() ?? "")
  await worker.registration.showNotification(title, options)
}

/**
 * Opens the page in a window of ours if there is one: told to go there, never loaded anew, since an unlocked page holds
 * the only key.
 * @param {any} event a click on a notification
 * @param {any} [worker]
 */
export async function onNotificationClick(event, worker = globalThis) {
  event.notification.close()
  const path = pathIn(event.notification.data?.path)
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true })
  const page = pages.find((/** @type {any} */ { url }) => APP.test(new URL(url).pathname))
  if (!page) return void (await worker.clients.openWindow(path))
  page.postMessage({ type: "open", path })
  await page.focus()
}

/**
 * A path of the app; its start for everything else.
 * @param {unknown} address
 */
function pathIn(address) {
  const { origin } = globalThis.location
  const url = parsed(asText(address), origin)
  return url && url.origin === origin && APP.test(url.pathname) ? url.pathname + url.search : "/"
}

/**
 * @param {string} address
 * @param {string} base
 */
function parsed(address, base) {
  try {
    return new URL(address, base)
  } catch {
    return null
  }
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
function parse(text) {
  try {
    const sent = JSON.parse(text)
    return sent?.web_push === 8030 && typeof sent.notification === "object" ? (sent.notification ?? {}) : {}
  } catch {
    return {}
  }
}

/** @param {unknown} value */
function asText(value) {
  return typeof value === "string" ? value : ""
}
