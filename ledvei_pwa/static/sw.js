// Served at /sw.js by ledvei_pwa/shell, which points the import below at one build and puts its list of files in.
import {
  announce,
  askOnlyHere,
  fileFor,
  install,
  languageHere,
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
  event.waitUntil(install(BUILD, FILES))
})
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
