import { Store } from "./store/db.js"
import { askForBackgroundSync } from "./sync/triggers.js"
import { loadSitting, Session } from "./sync/session.js"
import { Updates } from "./sync/update.js"
import { registerWorker } from "./sync/worker.js"
import { showProblem, startShell } from "./ui/shell.js"
import { loadViews } from "./ui/views.js"
import { view as welcome } from "./features/welcome/welcome.js"
import { guide, view as library } from "./features/library/library.js"
import { keepLanguageTold } from "./features/me/language.js"

const build = document.body.dataset.build ?? ""
const transport = { fetch: window.fetch.bind(window), now: Date.now, build }
const store = new Store()
const session = new Session(store, transport)
// A page that the browser keeps frozen must not hold the database: in WebKit every later page would wait for it.
addEventListener("pagehide", () => void store.close())
const loaded = new Promise((resolve) => {
  if (document.readyState === "complete") resolve(null)
  else addEventListener("load", resolve, { once: true })
})
// What can be shown before anybody unlocks. Whoever comes for the first time has a poor line and nothing kept, and whoever
// comes back meets the lock: neither waits for what comes after it, not even for the processor.
const views = [welcome, library, guide]
const more = Promise.all([loaded, metBy(session)])
  .then(allViews)
  .then((rest) => views.push(...rest), showProblem)
const shell = startShell(session, views, more)
session.addEventListener("closed", async () => (await import("./features/index.js")).tellClosed(store))
// Nothing that somebody waits for depends on the worker.
loaded.then(keepOnDevice)

/**
 * When it has been found out who was here, and they have been shown what they meet.
 * @param {Session} found
 */
function metBy(found) {
  return new Promise((resolve) => {
    found.addEventListener("state", () => setTimeout(resolve), { once: true })
  })
}

async function allViews() {
  const [{ views }] = await Promise.all([import("./features/index.js"), loadViews(), loadSitting()])
  return views
}

async function keepOnDevice() {
  const registration = await registerWorker()
  if (!registration) return
  const isBusy = () => session.state === "open" || session.holdsUnsaved || shell.isTyping()
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
  void keepLanguageTold(sitting.notebook).catch((error) => console.warn("Language:", error.name))
  void import("./features/index.js")
    .then(({ attend }) => attend(sitting.notebook))
    .catch((error) => console.warn("Attending:", error.name))
  sitting.engine.addEventListener("build", () => void updates.look({ now: true }))
}
