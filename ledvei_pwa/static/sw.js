// Served at /sw.js by ledvei_pwa/shell, which points the import below at one build and puts its list of files in.
import {
  announce,
  askOnlyHere,
  fileFor,
  install,
  languageHere,
  languagesInUse,
  onNotificationClick,
  onPush,
  removeOldCaches,
  Store,
  send,
} from "./js/worker/main.js"

const BUILD = "development"
const FILES = []

addEventListener("install", (event) => {
  askOnlyHere(event)
  event.waitUntil(keepAll())
})

async function keepAll() {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true })
  await install(BUILD, FILES, await languagesInUse(pages))
}

addEventListener("activate", (event) => event.waitUntil(removeOldCaches(BUILD).then(() => clients.claim())))
addEventListener("fetch", (event) => {
  const answer = fileFor(event.request, BUILD, () => languageHere(new Store()))
  if (answer) event.respondWith(answer)
})
addEventListener("message", (event) => {
  if (event.data?.type === "activate") event.waitUntil(skipWaiting())
})
addEventListener("sync", (event) => event.waitUntil(send(BUILD).finally(announce)))
addEventListener("push", (event) => event.waitUntil(onPush(event)))
addEventListener("notificationclick", (event) => event.waitUntil(onNotificationClick(event)))
