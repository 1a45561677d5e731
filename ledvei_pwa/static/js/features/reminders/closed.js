import { allMeta } from "../../store/meta.js"
import { vaultPeople } from "../../store/vaults.js"
import { t } from "../../ui/i18n.js"
import { toast } from "../../ui/toasts.js"

/** @typedef {import("../../store/db.js").Store} Store */

/**
 * Somebody has closed this device: whoever sits here is told, and the browser is reminded of nothing more, unless somebody
 * else who uses it has said yes to that.
 * @param {Store} store
 * @param {Pick<ServiceWorkerContainer, "getRegistration">} [workers]
 */
export async function tellClosed(store, workers = navigator.serviceWorker) {
  toast(t("This device has been closed. What could be read on it is removed. What waited is kept, sealed."), {
    lasting: true,
  })
  const people = await vaultPeople(store)
  const isWanted = (await allMeta(store)).some(
    ({ person, reminders }) => reminders && people.includes(person),
  )
  const registration = isWanted ? null : await workers?.getRegistration()
  const subscription = await registration?.pushManager?.getSubscription()
  await subscription?.unsubscribe()
}
