import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { Updates } from "../../ledvei_pwa/static/js/sync/update.js"

let busy
let reloads
let registration
let container
let updates
let clock

const worker = () =>
  Object.assign(new EventTarget(), {
    state: "installing",
    told: [],
    postMessage(message) {
      this.told.push(message)
    },
  })

beforeEach(() => {
  busy = false
  reloads = 0
  clock = 0
  registration = Object.assign(new EventTarget(), {
    installing: null,
    waiting: null,
    updates: 0,
    async update() {
      this.updates += 1
    },
  })
  container = Object.assign(new EventTarget(), { controller: {} })
  updates = new Updates(registration, {
    isBusy: () => busy,
    reload: () => (reloads += 1),
    container,
    now: () => clock,
  })
})

/** A new version arrives and is ready. */
function arrive() {
  const next = worker()
  registration.installing = next
  registration.dispatchEvent(new Event("updatefound"))
  Object.assign(registration, { installing: null, waiting: next })
  next.state = "installed"
  next.dispatchEvent(new Event("statechange"))
  return next
}

const takeOver = () => container.dispatchEvent(new Event("controllerchange"))

test("a new version takes over at once when nobody is busy, and the page loads again", () => {
  updates.start()
  assert.deepEqual(arrive().told, [{ type: "activate" }])
  takeOver()
  assert.equal(reloads, 1)
})

test("a new version waits while somebody is unlocked or has typed, and says that it waits", () => {
  updates.start()
  busy = true
  let told = 0
  updates.addEventListener("waiting", () => (told += 1))
  const next = arrive()
  assert.deepEqual([next.told, told], [[], 1])
  busy = false
  updates.consider()
  assert.deepEqual(next.told, [{ type: "activate" }])
})

test("nothing reloads under a text that was begun after the page agreed", () => {
  updates.start()
  arrive()
  busy = true
  takeOver()
  assert.equal(reloads, 0)
})

test("a version that waited since the last time takes over at the next start", () => {
  registration.waiting = worker()
  updates.start()
  assert.deepEqual(registration.waiting.told, [{ type: "activate" }])
})

test("the first worker of all reloads nothing", () => {
  container.controller = null
  updates.start()
  const first = arrive()
  takeOver()
  assert.deepEqual([first.told, reloads], [[], 0])
})

test("another tab's agreement does not reload this one", () => {
  updates.start()
  takeOver()
  assert.equal(reloads, 0)
})

test("a page that stays open asks for a new version once an hour, and at once when it knows of one", async () => {
  await updates.look()
  assert.equal(registration.updates, 0)
  clock = 61 * 60_000
  await updates.look()
  await updates.look()
  assert.equal(registration.updates, 1)
  await updates.look({ now: true })
  assert.equal(registration.updates, 2)
})

test("asking for a new version without a network is no error", async () => {
  registration.update = async () => Promise.reject(new TypeError("offline"))
  await updates.look({ now: true })
})
