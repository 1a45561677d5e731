import assert from "node:assert/strict"
import { test } from "node:test"

globalThis.location = /** @type {any} */ ({ origin: "https://ledvei.example" })
const { notificationFrom, onNotificationClick, onPush } = await import(
  "../../ledvei_pwa/static/js/worker/push.js"
)

const PATH = "/nn/supervision/0191/prepare"
const SENT = {
  title: "Rettleiing på torsdag kl. 10.00",
  body: "Vil du førebu deg?",
  navigate: `https://ledvei.example${PATH}`,
  lang: "nn",
  dir: "ltr",
  tag: "topic",
}
const message = (changes = {}) => JSON.stringify({ web_push: 8030, notification: { ...SENT, ...changes } })

test("the declarative message is shown with its words, language and tag", () => {
  const { title, options } = notificationFrom(message())
  assert.equal(title, SENT.title)
  assert.equal(options.body, SENT.body)
  assert.equal(options.lang, "nn")
  assert.equal(options.tag, "topic")
  assert.deepEqual(options.data, { path: PATH })
})

for (const [what, text] of Object.entries({
  nothing: "",
  "no JSON": "hello",
  "another JSON": '{"title":"Win a prize"}',
  "a list": "[]",
  null: "null",
  "no notification": '{"web_push":8030}',
  "a null notification": '{"web_push":8030,"notification":null}',
  "a number for a title": '{"web_push":8030,"notification":{"title":1}}',
})) {
  test(`a message of ${what} still shows something, which leads to the start`, () => {
    const { title, options } = notificationFrom(text)
    assert.equal(title, "Ledvei")
    assert.deepEqual(options.data, { path: "/" })
  })
}

for (const address of [
  "https://elsewhere.example/nb/today",
  "javascript:alert(1)",
  "/sign-out",
  "//elsewhere.example/nb/",
  "https://[",
  "/nbx",
]) {
  test(`a message cannot lead to ${address}`, () => {
    assert.deepEqual(notificationFrom(message({ navigate: address })).options.data, { path: "/" })
  })
}

/** The worker's world, and what was done in it. */
function world(addresses = []) {
  const done = []
  const pages = addresses.map((url) => ({
    url,
    postMessage: (sent) => done.push(["told", url, sent]),
    focus: async () => done.push(["focused", url]),
  }))
  const registration = {
    showNotification: async (title, options) => done.push(["shown", title, options.data.path]),
  }
  const clients = { matchAll: async () => pages, openWindow: async (path) => done.push(["opened", path]) }
  return { done, worker: { registration, clients } }
}

const click = (data) => {
  const notification = { data, isClosed: false, close: () => (notification.isClosed = true) }
  return { notification }
}

test("a push is shown", async () => {
  const { done, worker } = world()
  await onPush({ data: { text: () => message() } }, worker)
  assert.deepEqual(done, [["shown", SENT.title, PATH]])
})

test("a push without anything in it is shown too", async () => {
  const { done, worker } = world()
  await onPush({ data: null }, worker)
  assert.deepEqual(done, [["shown", "Ledvei", "/"]])
})

test("a click closes the notification and opens the page", async () => {
  const { done, worker } = world()
  const event = click({ path: PATH })
  await onNotificationClick(event, worker)
  assert.ok(event.notification.isClosed)
  assert.deepEqual(done, [["opened", PATH]])
})

test("an open page is told where to go and keeps its key", async () => {
  const open = "https://ledvei.example/nn/today"
  const { done, worker } = world(["https://ledvei.example/people", open])
  await onNotificationClick(click({ path: PATH }), worker)
  assert.deepEqual(done, [
    ["told", open, { type: "open", path: PATH }],
    ["focused", open],
  ])
})

test("a page of the server's is not the app: a window is opened", async () => {
  const { done, worker } = world(["https://ledvei.example/people"])
  await onNotificationClick(click({ path: PATH }), worker)
  assert.deepEqual(done, [["opened", PATH]])
})

test("a notification of an earlier version leads to the start", async () => {
  const { done, worker } = world()
  await onNotificationClick(click(undefined), worker)
  assert.deepEqual(done, [["opened", "/"]])
})
