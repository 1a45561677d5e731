import assert from "node:assert/strict"
import { before, mock, test } from "node:test"
import { Quiet } from "../../ledvei_pwa/static/js/ui/quiet.js"

const MINUTE = 60_000
const YEAR = 365 * 24 * 60 * MINUTE

before(() => {
  const page = Object.assign(new EventTarget(), { hidden: false })
  Object.assign(globalThis, { document: page, window: globalThis, addEventListener: () => {} })
})

/** Two clocks that go on together until somebody sets or stops one. */
function newClocks() {
  const clocks = { wall: 1_800_000_000_000, steady: 0 }
  return {
    clocks,
    quiet: new Quiet({ wall: () => clocks.wall, steady: () => clocks.steady }),
    pass(milliseconds) {
      clocks.wall += milliseconds
      clocks.steady += milliseconds
    },
  }
}

test("quiet time is counted from the last sign of the person", () => {
  const { quiet, pass } = newClocks()
  pass(3 * MINUTE)
  quiet.begin()
  pass(2 * MINUTE)
  assert.equal(quiet.for(), 2 * MINUTE)
})

test("a clock set back by years makes it no less quiet", () => {
  const { clocks, quiet, pass } = newClocks()
  pass(2 * MINUTE)
  clocks.wall -= 3 * YEAR
  pass(4 * MINUTE)
  assert.equal(quiet.for(), 6 * MINUTE)
})

test("after the clock was set back a device that sleeps is still counted", () => {
  const { clocks, quiet, pass } = newClocks()
  clocks.wall -= 3 * YEAR
  pass(1_000)
  quiet.for()
  clocks.wall += 10 * MINUTE // asleep: the steady clock stands
  assert.ok(quiet.for() >= 10 * MINUTE)
})

test("a clock set forward by years is taken for a long sleep", () => {
  const { clocks, quiet } = newClocks()
  clocks.wall += YEAR
  assert.ok(quiet.for() >= YEAR)
})

test("the watch locks in time although the clock is set back while it counts", async () => {
  const { IdleWatch } = await import("../../ledvei_pwa/static/js/ui/idle.js")
  mock.timers.enable({ apis: ["setTimeout"] })
  const { clocks, quiet, pass } = newClocks()
  const told = []
  const watch = new IdleWatch({
    minutes: () => 5,
    onWarning: () => told.push("warning"),
    onBack: () => {},
    onIdle: () => told.push("idle"),
    quiet,
  })
  watch.start()
  for (let second = 0; second < 5 * 60 + 15; second += 1) {
    if (second === 100) clocks.wall -= YEAR
    pass(1_000)
    mock.timers.tick(1_000)
    if (told.includes("idle")) break
  }
  watch.stop()
  mock.timers.reset()
  assert.deepEqual(told, ["warning", "idle"])
})

/** A watch of five minutes, and what it does. */
async function newWatch(more = {}) {
  const { IdleWatch } = await import("../../ledvei_pwa/static/js/ui/idle.js")
  mock.timers.enable({ apis: ["setTimeout"] })
  const { quiet, pass } = newClocks()
  const told = []
  const onIdle = () => told.push("idle")
  const watch = new IdleWatch({
    minutes: () => 5,
    onWarning: () => told.push("warning"),
    onBack: () => told.push("back"),
    onIdle,
    quiet,
    ...more,
  })
  watch.start()
  const wait = (seconds) => {
    for (let second = 0; second < seconds && !told.includes("idle"); second += 1) {
      pass(1_000)
      mock.timers.tick(1_000)
    }
  }
  const end = () => {
    watch.stop()
    mock.timers.reset()
  }
  return { watch, told, wait, end }
}

test("a sign in another tab counts as one here, and takes the warning back", async () => {
  const { watch, told, wait, end } = await newWatch()
  wait(4 * 60 + 45)
  watch.stir()
  wait(4 * 60 + 15)
  assert.deepEqual(told, ["warning", "back"])
  wait(60)
  end()
  assert.deepEqual(told, ["warning", "back", "warning", "idle"])
})

test("a sign in another tab opens nothing again when the time is over here", async () => {
  const told = []
  const { watch, wait, end } = await newWatch({ onIdle: () => told.push("idle") })
  wait(6 * 60)
  const before = told.length
  watch.stir()
  end()
  assert.ok(before > 0)
  assert.equal(told.length, before + 1)
})
