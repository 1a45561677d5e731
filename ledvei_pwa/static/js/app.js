import { Store } from "./store/db.js"
import { askForBackgroundSync } from "./sync/triggers.js"
import { Session } from "./sync/session.js"
import { Updates } from "./sync/update.js"
import { registerWorker } from "./sync/worker.js"
import { startShell } from "./ui/shell.js"
import { views } from "./features/index.js"
import { keepRemindersUp } from "./features/reminders/panel.js"

const build = document.body.dataset.build ?? ""
const transport = { fetch: window.fetch.bind(window), now: Date.now, build }
const session = new Session(new Store(), transport)
const shell = startShell(session, views)

// After the first picture: nothing that somebody waits for depends on the worker.
addEventListener("load", () => void keepOnDevice(), { once: true })
if (document.readyState === "complete") void keepOnDevice()

async function keepOnDevice() {
  const registration = await registerWorker()
  if (!registration) return
  const isBusy = () => session.state === "open" || shell.isTyping()
  const container = navigator.serviceWorker
  const updates = new Updates(registration, { isBusy, container, reload: () => location.reload() })
  session.addEventListener("state", () => follow(registration, updates))
  document.addEventListener("visibilitychange", () => document.hidden || void updates.look())
  container.addEventListener("message", ({ data }) => data?.type === "open" && void shell.go(data.path))
  updates.start()
  follow(registration, updates)
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @param {Updates} updates
 */
function follow(registration, updates) {
  const { sitting } = session
  if (!sitting) return updates.consider()
  sitting.notebook.addEventListener("saved", () => void askForBackgroundSync(registration))
  void keepRemindersUp(sitting.notebook).catch((error) => console.warn("Reminders:", error.name))
  sitting.engine.addEventListener("build", () => void updates.look({ now: true }))
}
