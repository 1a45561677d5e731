import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { newStore } from "./support/device.js"

/** @param {string | null} word the canary that an earlier visit left */
function start(word) {
  globalThis.localStorage = { getItem: () => word, setItem: () => undefined }
  const session = new Session(newStore(), { fetch: async () => new Response(), now: Date.now, build: "" })
  const states = []
  session.addEventListener("state", () => states.push(session.state))
  return { session, states, done: session.start() }
}

afterEach(() => delete globalThis.localStorage)

test("where somebody has been the lock is there before the database has answered", async () => {
  const { states, done } = start("a canary")
  assert.deepEqual(states, ["locked"])
  await done
})

test("a browser that has thrown everything away is found out a moment later", async () => {
  const { session, states, done } = start("a canary")
  await done
  assert.deepEqual(states, ["locked", "new"])
  assert.equal(session.emptied, true)
})

test("where nobody has been the database is asked first", async () => {
  const { states, done } = start(null)
  assert.deepEqual(states, [])
  await done
  assert.deepEqual(states, ["new"])
})
