import assert from "node:assert/strict"
import { test } from "node:test"
import { whichBrowser } from "../../ledvei_pwa/static/js/features/reminders/browser.js"
import { standing } from "../../ledvei_pwa/static/js/features/reminders/permission.js"
import { remindersToShow } from "../../ledvei_pwa/static/js/features/reminders/rules.js"
import { allow, keepUp, stop } from "../../ledvei_pwa/static/js/features/reminders/subscription.js"

const AGENTS = {
  "chrome-android":
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
  samsung:
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
  "edge-android":
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0",
  "firefox-android": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
  ios: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "safari-mac":
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  edge: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
  chrome:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}

for (const [browser, agent] of Object.entries(AGENTS)) {
  test(`the help for ${browser} is given to ${browser}`, () => assert.equal(whichBrowser(agent), browser))
}

test("an iPad that calls itself a Mac is known by its touch screen", () => {
  assert.equal(whichBrowser(AGENTS["safari-mac"], 5), "ios")
})

/** A window as `standing` sees it. */
function scope({ permission = "default", agent = AGENTS.chrome, push = true, touch = 0 } = {}) {
  const navigator = { serviceWorker: {}, userAgent: agent, maxTouchPoints: touch }
  return { navigator, Notification: { permission }, PushManager: push ? class {} : undefined }
}

const stands = (known, window) => standing({ wanted: false, isInstalled: false, ...known }, window)

test("a browser without push says so, and is not asked", () =>
  assert.equal(stands({}, scope({ push: false })), "none"))
test("an iPhone needs the home screen first", () =>
  assert.equal(stands({}, scope({ push: false, agent: AGENTS.ios })), "install"))
test("an old iPhone with Ledvei on the home screen is not told to put it there", () => {
  assert.equal(stands({ isInstalled: true }, scope({ push: false, agent: AGENTS.ios })), "none")
})
test("nobody is asked again who was asked and said no", () =>
  assert.equal(stands({}, scope({ permission: "denied" })), "denied"))
test("a permission that somebody else gave on a shared device is not mine", () => {
  assert.equal(stands({ wanted: false }, scope({ permission: "granted" })), "ask")
})
test("with my yes and the permission I am reminded", () => {
  assert.equal(stands({ wanted: true }, scope({ permission: "granted" })), "on")
})
test("my yes without the permission is asked for again", () =>
  assert.equal(stands({ wanted: true }, scope()), "ask"))

// Subscribing

const VAPID = Buffer.from(Uint8Array.from({ length: 65 }, (_, at) => (at === 0 ? 4 : at))).toString(
  "base64url",
)
const OTHER = Uint8Array.from({ length: 65 }, () => 4).buffer

/** A browser's push manager, the server, and what they were told. */
function world({ existing = null, status = 200, offline = false, refuses = false } = {}) {
  const told = []
  const made = (key) => ({
    options: { applicationServerKey: key },
    toJSON: () => ({ endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" } }),
    unsubscribe: async () => {
      told.push("unsubscribed")
      current = null
    },
  })
  let current = existing && made(existing)
  const pushManager = {
    getSubscription: async () => current,
    subscribe: async ({ userVisibleOnly, applicationServerKey }) => {
      if (refuses) throw new Error("AbortError")
      told.push(["subscribed", userVisibleOnly])
      current = made(applicationServerKey.buffer ?? applicationServerKey)
      return current
    },
  }
  const fetch = async (address, { method, body }) => {
    if (offline) throw new TypeError("network")
    told.push([method, address, JSON.parse(body)])
    return { status, ok: status < 300 }
  }
  return { told, means: { registration: { pushManager }, device: "d1", vapid: VAPID, fetch } }
}

const ownKey = () => Uint8Array.from(Buffer.from(VAPID, "base64url")).buffer
const POST = [
  "POST",
  "/api/v1/push",
  { device: "d1", subscription: { endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" } } },
]

test("a yes subscribes the browser and tells the server", async () => {
  const { told, means } = world()
  assert.equal(await allow(means, async () => "granted"), "on")
  assert.deepEqual(told, [["subscribed", true], POST])
})

test("a no subscribes nothing and tells nobody", async () => {
  const { told, means } = world()
  assert.equal(await allow(means, async () => "denied"), "denied")
  assert.deepEqual(told, [])
})

test("a question put aside is no yes", async () => {
  const { told, means } = world()
  assert.equal(await allow(means, async () => "default"), "denied")
  assert.deepEqual(told, [])
})

test("at each start the server is told again, with the subscription there is", async () => {
  const { told, means } = world({ existing: ownKey() })
  assert.equal(await keepUp(means), "on")
  assert.deepEqual(told, [POST])
})

test("a subscription that the browser has dropped is made anew", async () => {
  const { told, means } = world()
  assert.equal(await keepUp(means), "on")
  assert.deepEqual(told, [["subscribed", true], POST])
})

test("a subscription made for another key is made anew", async () => {
  const { told, means } = world({ existing: OTHER })
  assert.equal(await keepUp(means), "on")
  assert.deepEqual(told, ["unsubscribed", ["subscribed", true], POST])
})

test("without a network it says so", async () =>
  assert.equal(await keepUp(world({ offline: true }).means), "offline"))
test("signed out, it says so", async () =>
  assert.equal(await keepUp(world({ status: 401 }).means), "signed_out"))
test("a server that refuses is a failure", async () =>
  assert.equal(await keepUp(world({ status: 400 }).means), "failed"))
test("a browser that cannot subscribe is a failure", async () =>
  assert.equal(await keepUp(world({ refuses: true }).means), "failed"))

test("stopping ends the subscription and tells the server", async () => {
  const { told, means } = world({ existing: ownKey() })
  await stop(means)
  assert.deepEqual(told, ["unsubscribed", ["DELETE", "/api/v1/push", { device: "d1" }]])
})

test("stopping without a network ends the subscription all the same", async () => {
  const { told, means } = world({ existing: ownKey(), offline: true })
  await stop(means)
  assert.deepEqual(told, ["unsubscribed"])
})

// The list

const NOW = Date.parse("2026-11-18T09:00:00Z")
const STARTS = "2026-11-19T09:00:00+00:00"
const prepare = {
  id: "r1",
  kind: "prepare",
  session: "s1",
  entry: null,
  due: "2026-11-17T07:00:00Z",
  expires: "2026-11-19T09:00:00Z",
}
const sameDay = { ...prepare, id: "r2", kind: "session", due: "2026-11-18T06:30:00Z" }
const agreement = {
  id: "r3",
  kind: "agreement",
  session: "s0",
  entry: "e1",
  due: "2026-11-17T07:00:00Z",
  expires: "2026-11-17T23:00:00Z",
}

function shown(
  reminders,
  { status = "planned", starts = STARTS, done = false, prepared = false, now = NOW } = {},
) {
  const known = {
    session: (id) => (id === "s1" ? { status, starts } : null),
    entry: (id) => (id === "e1" ? { fields: { done }, author: "p" } : null),
    hasPrepared: () => prepared,
  }
  return remindersToShow(reminders, known, now).map(({ id }) => id)
}

test("a reminder that is due is shown", () => assert.deepEqual(shown([prepare]), ["r1"]))
test("a reminder is not shown before its time", () =>
  assert.deepEqual(shown([{ ...prepare, due: "2026-11-18T09:00:01Z" }]), []))
test("of two about one session the last is shown", () => assert.deepEqual(shown([sameDay, prepare]), ["r2"]))
test("who has prepared is not asked to prepare", () =>
  assert.deepEqual(shown([prepare], { prepared: true }), []))
test("who has prepared is still reminded of the day", () =>
  assert.deepEqual(shown([prepare, sameDay], { prepared: true }), ["r2"]))
test("a held session reminds no more", () => assert.deepEqual(shown([prepare], { status: "held" }), []))
test("a session that was moved is not shown at its old time", () =>
  assert.deepEqual(shown([prepare], { starts: "2026-11-26T09:00:00Z" }), []))
test("a session that this device knows nothing of is not shown", () =>
  assert.deepEqual(shown([{ ...prepare, session: "s9" }]), []))
test("a session that has begun reminds no more", () =>
  assert.deepEqual(shown([prepare], { now: Date.parse(STARTS) }), []))
test("an agreement that is not done is shown after its day too", () =>
  assert.deepEqual(shown([agreement]), ["r3"]))
test("an agreement that is done reminds no more", () =>
  assert.deepEqual(shown([agreement], { done: true }), []))
test("what ends first stands first", () => assert.deepEqual(shown([sameDay, agreement]), ["r3", "r2"]))

test("a link to one's account reminds for as long as it waits", () => {
  const link = { id: "l", kind: "account", session: null, entry: null, due: "2026-11-18T09:00:00Z" }
  const known = { session: () => null, entry: () => null, hasPrepared: () => false }
  const shown = (now) =>
    remindersToShow([{ ...link, expires: "2026-11-21T09:00:00Z" }], known, Date.parse(now)).length
  assert.deepEqual([shown("2026-11-18T10:00:00Z"), shown("2026-11-21T10:00:00Z")], [1, 0])
})
