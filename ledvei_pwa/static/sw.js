// Served at /sw.js by ledvei_pwa/shell, which points the imports below at one build and puts its list of files in.
import { Store } from "./js/store/db.js"
import { languageHere } from "./js/store/meta.js"
import { announce } from "./js/worker/announce.js"
import { fileFor, install, removeOldCaches } from "./js/worker/files.js"
import { onNotificationClick, onPush } from "./js/worker/push.js"
import { send } from "./js/worker/send.js"

const BUILD = "development"
const FILES = []

addEventListener("install", (event) => event.waitUntil(install(BUILD, FILES)))
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
