import assert from "node:assert/strict"
import { afterEach, mock, test } from "node:test"
import { alone } from "../../ledvei_pwa/static/js/sync/turns.js"
import { setUp } from "./support/setting.js"

// Tabs and the worker take turns, and a tab that stands still must not hold up the others without end.

afterEach(() => {
  mock.timers.reset()
  delete globalThis.navigator
})

/** A browser in which another tab has the turn and never gives it back. */
function anotherTabStandsStill() {
  const request = (_name, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  globalThis.navigator = { locks: { request } }
}

/** A browser in which nobody else has it. */
function nobodyElse() {
  globalThis.navigator = { locks: { request: async (_name, _how, work) => work() } }
}

async function until(isSo) {
  const end = performance.now() + 10_000
  while (!isSo() && performance.now() < end) await new Promise(setImmediate)
  assert.ok(isSo())
}

test("what waits goes, and whoever has pressed hears how it went, although another tab stands still", async () => {
  const { notebook, write, sync, server } = await setUp()
  await write()
  anotherTabStandsStill()
  mock.timers.enable({ apis: ["setTimeout"] })
  const running = sync()
  await until(() => notebook.syncState().phase === "syncing")
  mock.timers.tick(119_000)
  assert.equal(server.applied.size, 0, "another tab is given its time")
  mock.timers.tick(2_000)
  await running
  assert.equal(notebook.syncState().equal, true)
  assert.deepEqual([...server.applied.values()], [1])
})

test("who has the turn keeps it, however long it takes", async () => {
  nobodyElse()
  mock.timers.enable({ apis: ["setTimeout"] })
  let times = 0
  let finish
  const turn = alone("turn", () => {
    times += 1
    return new Promise((resolve) => (finish = resolve))
  })
  mock.timers.tick(600_000)
  finish("done")
  assert.deepEqual([await turn, times], ["done", 1])
})

test("what goes wrong in a turn is told and not done again", async () => {
  nobodyElse()
  const work = mock.fn(() => Promise.reject(new Error("no")))
  await assert.rejects(alone("turn", work), { message: "no" })
  assert.equal(work.mock.callCount(), 1)
})

test("where there are no locks, what went wrong in one turn does not keep the next from its own", async () => {
  const first = alone("turn", () => Promise.reject(new Error("no")))
  const second = alone("turn", async () => "done")
  await assert.rejects(first, { message: "no" })
  assert.equal(await second, "done")
})
