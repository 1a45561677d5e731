import { fromBase64Url, toBase64Url } from "../../core/bytes.js"

/** So long the server may take, in milliseconds. */
const PATIENCE = 30_000

/** @typedef {"on" | "denied" | "offline" | "signed_out" | "failed"} Answer */

/**
 * What signing a browser up needs of the outside.
 * @typedef {object} Means
 * @property {{pushManager: PushManager}} registration of the worker
 * @property {string} device the device's id
 * @property {string} vapid the server's public key, base64url
 * @property {typeof fetch} fetch
 */

/**
 * Ask, subscribe and tell the server. Call it from a click: browsers answer only those who were asked by one.
 * @param {Means} means
 * @param {() => Promise<NotificationPermission>} ask
 * @returns {Promise<Answer>}
 */
export async function allow(means, ask) {
  const permission = await ask()
  if (permission !== "granted") return "denied"
  return keepUp(means)
}

/**
 * See that the browser is subscribed with today's key, and that the server knows where. Told at each start of the app:
 * browsers change the address without saying so (only Firefox can be trusted to fire `pushsubscriptionchange`).
 * @param {Means} means
 * @returns {Promise<Answer>}
 */
export async function keepUp({ registration, device, vapid, fetch }) {
  const subscription = await subscriptionFor(registration.pushManager, vapid).catch(() => null)
  if (!subscription) return "failed"
  return tell(fetch, "POST", { device, subscription: subscription.toJSON() })
}

/**
 * No more reminders on this device. What cannot be told now leads nowhere any more, and the server will notice.
 * @param {Means} means
 * @returns {Promise<void>}
 */
export async function stop({ registration, device, fetch }) {
  const subscription = await registration.pushManager.getSubscription()
  await subscription?.unsubscribe()
  await tell(fetch, "DELETE", { device })
}

/**
 * @param {PushManager} manager
 * @param {string} vapid
 */
async function subscriptionFor(manager, vapid) {
  const existing = await manager.getSubscription()
  if (existing && hasKey(existing, vapid)) return existing
  await existing?.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64Url(vapid) })
}

/**
 * Whether a subscription was made for this server. One made for another key would be refused for ever.
 * @param {PushSubscription} subscription
 * @param {string} vapid
 */
function hasKey(subscription, vapid) {
  const key = subscription.options?.applicationServerKey
  return !key || toBase64Url(new Uint8Array(key)) === vapid
}

/**
 * @param {typeof fetch} fetch
 * @param {"POST" | "DELETE"} method
 * @param {object} body
 * @returns {Promise<Answer>}
 */
async function tell(fetch, method, body) {
  const response = await fetch("/api/v1/push", {
    method,
    headers: { "Content-Type": "application/json", "X-Ledvei": "1" },
    body: JSON.stringify(body),
    credentials: "same-origin",
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null)
  if (!response) return "offline"
  if (response.status === 401) return "signed_out"
  return response.ok ? "on" : "failed"
}
