import assert from "node:assert/strict"
import { afterEach, mock, test } from "node:test"
import { retryAfter } from "../../ledvei_pwa/static/js/core/backoff.js"
import { Engine } from "../../ledvei_pwa/static/js/sync/engine.js"
import { Updates } from "../../ledvei_pwa/static/js/sync/update.js"
import { restarted, setUp, textsOn } from "./support/setting.js"

// A phone's clock may be years off, be set while Ledvei is open, or travel. Order, merging, waiting and keeping depend on
// none of it. The server's clock in these tests is right.

const YEARS = 10 * 365.25 * 24 * 60 * 60_000
const zone = process.env.TZ

afterEach(() => {
  mock.timers.reset()
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

/** Everything in this process that asks for the time hears this one; the server hears the right one. */
function clockIsOffBy(wrong, right = Date.now()) {
  mock.timers.reset()
  mock.timers.enable({ apis: ["Date"], now: Math.max(0, right + wrong) })
}

async function until(isSo) {
  const end = performance.now() + 10_000
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(isSo())
}

for (const [way, wrong] of [
  ["ten years behind", -YEARS],
  ["ten years ahead", YEARS],
  ["at the beginning of 1970", -1e13],
]) {
  test(`a clock ${way} changes neither order nor merging, and nothing is kept shorter`, async () => {
    const right = Date.now()
    const phone = await setUp()
    const { server } = phone
    server.now = () => right
    const tablet = await setUp({ server })
    const entry = await phone.write("a")
    await phone.sync()
    await tablet.sync()
    clockIsOffBy(wrong, right)
    await phone.write("from the wrong clock", { entry })
    await phone.write("from the wrong clock, later", { entry })
    mock.timers.reset()
    await tablet.notebook.save({ kind: "debrief", entry, set: { helped: "from the right clock" } })
    await tablet.sync()
    clockIsOffBy(wrong, right)
    await phone.sync()
    mock.timers.reset()
    await tablet.sync()
    for (const { notebook } of [phone, tablet]) {
      const { fields, conflicts } = notebook.entry(entry)
      assert.deepEqual(fields, { happened: "from the wrong clock, later", helped: "from the right clock" })
      assert.deepEqual(conflicts, {})
      assert.equal(notebook.syncState().equal, true)
    }
    assert.equal((await phone.kept()).length, 3)
    assert.ok((await phone.kept()).every(({ taken }) => Math.abs(Date.parse(taken) - right) < 60_000))
  })

  test(`a clock set to ${way} while Ledvei is open silences nothing`, async () => {
    const { notebook, network, write, sync, store } = await setUp()
    await write("before")
    await sync()
    clockIsOffBy(wrong)
    const id = await write("after")
    const engine = new Engine(notebook, { ...network.transport, now: () => Date.now() })
    engine.start()
    await until(() => notebook.entry(id).state === "sent" && notebook.syncState().equal)
    engine.stop()
    assert.deepEqual(textsOn(network.server), ["after", "before"])
    assert.equal(store.name.length > 0, true)
  })

  test(`a clock set to ${way} between two runs loses nothing`, async () => {
    const device = await setUp()
    await device.write("kept")
    await device.sync()
    const waiting = await device.write("waiting")
    await device.notebook.saveDraft("/topic/new", { question: "Hvord" })
    clockIsOffBy(wrong)
    const again = await restarted(device)
    assert.equal(again.notebook.entry(waiting).fields.happened, "waiting")
    assert.deepEqual(again.notebook.draft("/topic/new"), { question: "Hvord" })
    device.server.beginEpoch()
    await again.sync()
    assert.deepEqual(textsOn(device.server), ["kept", "waiting"])
    assert.equal((await again.kept()).length, 2)
    assert.equal(again.notebook.syncState().equal, true)
  })

  test(`a wait that a server has asked for ends although the clock is set to ${way}`, async () => {
    const { notebook, network, write } = await setUp()
    await write()
    const answer = network.fetch.bind(network)
    network.fetch = async () => {
      network.fetch = answer
      return new Response("", { status: 503, headers: { "Retry-After": "1" } })
    }
    const engine = new Engine(notebook, { ...network.transport, now: () => Date.now() }, { random: () => 0 })
    await engine.syncNow()
    clockIsOffBy(wrong)
    engine.start()
    await until(() => notebook.syncState().equal)
    engine.stop()
  })

  test(`a clock set to ${way} keeps no new version away`, async () => {
    const right = performance.now()
    const asked = mock.fn(async () => {})
    const registration = Object.assign(new EventTarget(), { waiting: null, installing: null, update: asked })
    const updates = new Updates(registration, {
      isBusy: () => true,
      container: new EventTarget(),
      reload() {},
    })
    clockIsOffBy(wrong)
    await updates.look()
    assert.equal(asked.mock.callCount(), 0)
    const later = mock.method(performance, "now", () => right + 61 * 60_000)
    await updates.look()
    later.mock.restore()
    assert.equal(asked.mock.callCount(), 1)
  })
}

test("a clock set back by an hour makes no wait longer", async () => {
  const { notebook, network, write } = await setUp()
  await write()
  network.script = ["slow_down"]
  const transport = { ...network.transport, now: () => Date.now() }
  const engine = new Engine(notebook, transport, { random: () => 0 })
  await engine.syncNow()
  clockIsOffBy(-60 * 60_000)
  engine.start()
  await until(() => notebook.syncState().equal)
  engine.stop()
})

test("a moment that a server names for trying again is by its own clock", async () => {
  const { notebook, network, write } = await setUp()
  await write()
  const answer = network.fetch.bind(network)
  network.fetch = async () => {
    network.fetch = answer
    const headers = {
      Date: "Sat, 21 Nov 2026 10:00:00 GMT",
      "Retry-After": "Sat, 21 Nov 2026 10:00:01 GMT",
    }
    return new Response("", { status: 503, headers })
  }
  const now = () => Date.parse("2016-11-21T10:00:00Z") + performance.now()
  const engine = new Engine(notebook, { ...network.transport, now }, { random: () => 0 })
  engine.start()
  await until(() => notebook.syncState().equal)
  engine.stop()
  assert.equal(retryAfter("Sat, 21 Nov 2026 10:00:01 GMT", Date.parse("2026-11-21T10:00:00Z")), 1_000)
})

test("another time zone between two runs changes nothing that waits, and nothing that is kept", async () => {
  process.env.TZ = "Pacific/Kiritimati"
  const device = await setUp()
  const entry = await device.write("from the east")
  await device.sync()
  await device.write("from the east, later", { entry })
  process.env.TZ = "Pacific/Pago_Pago"
  const again = await restarted(device)
  await again.write("from the west", { entry })
  await again.sync()
  assert.equal(device.server.entries.get(entry).fields.happened, "from the west")
  assert.deepEqual(device.server.entries.get(entry).conflicts, {})
  assert.deepEqual((await again.kept()).map(({ number }) => number).sort(), [1, 2, 3])
  assert.ok((await again.kept()).every(({ at, taken }) => at.endsWith("Z") && taken.endsWith("Z")))
})
