/**
 * The occasions on which a page should look whether the server has been reached: `navigator.onLine` says little, so a
 * wish to try is all that these are.
 * @param {() => void} tryNow
 * @param {AbortSignal} signal
 */
export function onOccasions(tryNow, signal) {
  if (typeof window === "undefined") return
  for (const name of ["online", "focus", "pageshow"]) window.addEventListener(name, tryNow, { signal })
  document.addEventListener("visibilitychange", () => document.hidden || tryNow(), { signal })
  // The worker asks when Background Sync woke it while a page was open.
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data?.type === "sync" && tryNow(), {
    signal,
  })
}

/**
 * Ask the browser to wake the worker when there is a network again. Not in Safari and Firefox: a bonus.
 * @param {ServiceWorkerRegistration | undefined} registration
 */
export async function askForBackgroundSync(registration) {
  const manager = /** @type {{register(tag: string): Promise<void>} | undefined} */ (
    Reflect.get(registration ?? {}, "sync")
  )
  // Refused when somebody has switched it off; the page's own occasions remain.
  await manager?.register("ledvei-flush").catch(() => {})
}
