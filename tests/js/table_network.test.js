import assert from "node:assert/strict"
import { afterEach, mock, test } from "node:test"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { Engine } from "../../ledvei_pwa/static/js/sync/engine.js"
import { FAULTS } from "./support/network.js"
import { setUp, textsOn } from "./support/setting.js"

// What may happen between a device and the server, each by its name. Whatever it is: the operation is kept until the server
// has said that it has it, it is tried again by itself, it takes effect once, and the person is told how it stands.

afterEach(() => mock.timers.reset())

/** Until the engine has come so far, however slow the machine. */
async function until(isSo) {
  const end = performance.now() + 10_000
  while (!(await isSo()) && performance.now() < end) await new Promise(setImmediate)
  assert.ok(await isSo())
}

const takesEffectOnce = ({ server }) => [...server.applied.values()].every((times) => times === 1)

for (const [happening, fault, phase] of [
  ["the request never arrives", "drop_before", "offline"],
  ["the answer is lost after the server has committed", "drop_after", "offline"],
  ["half the answer comes", "truncate", "offline"],
  ["the connection breaks in the middle of the answer", "half_a_body", "offline"],
  ["a hotel answers 200 with a page of its own", "captive_portal", "offline"],
  ["something answers 200 with other JSON", "odd_json", "offline"],
  ["something redirects to a sign-in page", "redirected", "offline"],
  ["the name is not found", "no_name", "offline"],
  ["the certificate is not right", "bad_certificate", "offline"],
  ["400: the request as a whole cannot be read", "unread", "failed"],
  ["401: something on the way wants a sign-in", "sign_in", "failed"],
  ["403", "forbidden", "failed"],
  ["408", "too_slow", "failed"],
  ["413 from a proxy", "proxy_too_large", "failed"],
  ["425", "too_early", "failed"],
  ["429 with Retry-After", "slow_down", "failed"],
  ["500", "broken", "failed"],
  ["502 from a proxy", "bad_gateway", "failed"],
  ["502 after the server has committed", "broken_after", "failed"],
  ["503 with Retry-After", "away", "failed"],
  ["504 after the server has committed", "gateway_too_slow", "failed"],
]) {
  test(`${happening}: kept, told, tried again by itself, and taken once`, async () => {
    const device = await setUp()
    const { notebook, network, write, outbox } = device
    const id = await write()
    network.script = [fault]
    mock.timers.enable({ apis: ["setTimeout"] })
    const engine = new Engine(notebook, network.transport, { random: () => 0 })
    engine.start()
    mock.timers.tick(1)
    await until(() => notebook.syncState().phase === phase)
    assert.equal((await outbox()).length, 1)
    assert.deepEqual([notebook.entry(id).state, notebook.syncState().equal], ["saved", false])
    assert.equal(notebook.entry(id).fields.happened, "a")
    mock.timers.tick(1_001)
    await until(() => notebook.syncState().equal)
    engine.stop()
    assert.ok(takesEffectOnce(device))
    assert.equal(notebook.entry(id).state, "sent")
  })
}

test("every fault there is has its row", () => {
  const elsewhere = ["double", "too_large"]
  assert.equal(Object.keys(FAULTS).length, 21 + elsewhere.length)
})

test("a request that comes twice takes effect once", async () => {
  const device = await setUp()
  await device.write()
  device.network.script = ["double"]
  await device.sync()
  assert.ok(takesEffectOnce(device))
  assert.equal(device.notebook.syncState().equal, true)
})

test("requests that overtake each other take effect once, and the newest text stands", async () => {
  const device = await setUp()
  const { server, network, write, store, sync } = device
  const entry = await write("first")
  await sync()
  await write("older", { entry })
  const [older] = await device.outbox()
  await write("newer", { entry })
  // The older one is on its way for a long time.
  const question = { protocol: 1, device: older.device, cursor: 0, epoch: null }
  const late = { ...question, operations: [{ id: older.id, key: older.key, sealed: older.sealed }] }
  await store.write(["outbox"], (tx) => tx.objectStore("outbox").delete(older.place))
  await flush(store, network.transport)
  await server.answer(late)
  await store.write(["outbox"], (tx) => tx.objectStore("outbox").put(older))
  await device.notebook.refresh()
  await sync()
  await sync()
  assert.equal(server.entries.get(entry).fields.happened, "newer")
  assert.deepEqual(server.entries.get(entry).conflicts, {})
  assert.ok(takesEffectOnce(device))
  assert.equal(device.notebook.syncState().equal, true)
})

test("two tabs and the worker that send at once take effect once", async () => {
  const device = await setUp()
  const { write, store, network, sync, server } = device
  for (let place = 0; place < 5; place += 1) await write(`${place}`)
  const other = new Engine(device.notebook, network.transport)
  await Promise.all([sync(), other.syncNow(), flush(store, network.transport)])
  assert.ok(takesEffectOnce(device))
  assert.equal(server.applied.size, 5)
})

test("no answer at all: given up after a time, kept, and the next request is smaller", async () => {
  const { notebook, network, write, sync } = await setUp()
  for (let place = 0; place < 3; place += 1) await write("x".repeat(150_000))
  const answer = network.fetch.bind(network)
  const sizes = []
  network.fetch = (_, init) => {
    sizes.push(JSON.parse(init.body).operations.length)
    return new Promise((_resolve, reject) =>
      init.signal.addEventListener("abort", () => reject(init.signal.reason)),
    )
  }
  mock.timers.enable({ apis: ["setTimeout"] })
  for (let tries = 0; tries < 2; tries += 1) {
    const running = sync()
    await until(() => sizes.length === tries + 1)
    mock.timers.tick(29_000)
    assert.equal(notebook.syncState().phase, "syncing", "a poor line is given its time")
    mock.timers.tick(600_000)
    await running
    assert.equal(notebook.syncState().phase, "offline")
  }
  assert.deepEqual(sizes, [3, 1])
  network.fetch = answer
  await sync()
  assert.equal(notebook.syncState().equal, true)
})

test("413 from our server: the batch is halved until it fits", async () => {
  const { network, write, sync, server } = await setUp()
  for (let place = 0; place < 8; place += 1) await write(`${place}`)
  network.script = ["too_large", "too_large", "too_large"]
  await sync()
  assert.deepEqual(
    network.requests.slice(0, 4).map(({ question }) => question.operations.length),
    [8, 4, 2, 1],
  )
  assert.equal(server.applied.size, 8)
})

test("after signing in again it goes on where it was", async () => {
  const { network, write, sync, server, meta, notebook } = await setUp()
  server.page = 2
  for (let place = 0; place < 5; place += 1) await write(`${place}`)
  network.script = [null, "sign_in"]
  await sync()
  const { cursor } = await meta()
  assert.equal(notebook.syncState().phase, "failed")
  await sync()
  assert.equal(network.requests.at(2).question.cursor, cursor)
  assert.ok(cursor > 0)
  assert.equal(notebook.syncState().equal, true)
})

test("failures in a row wait longer and longer, and spread", async () => {
  const { notebook, network, write } = await setUp()
  await write()
  network.script = Array.from({ length: 6 }, () => "broken")
  mock.timers.enable({ apis: ["setTimeout"] })
  const engine = new Engine(notebook, network.transport, { random: () => 0 })
  engine.start()
  const waits = [1, 1_000, 2_000, 4_000, 8_000]
  for (const [tries, wait] of waits.entries()) {
    mock.timers.tick(wait - 1)
    if (tries > 0) assert.equal(notebook.syncState().phase, "failed", "it has begun too early")
    mock.timers.tick(1)
    await until(() => network.requests.length === tries + 1)
    await until(() => notebook.syncState().phase === "failed")
  }
  engine.stop()
})

test("426: a server that does not speak this protocol any more has a newer app, which is looked for", async () => {
  const { network, write, engine, outbox } = await setUp()
  await write()
  network.fetch = async () => new Response('{"error": "protocol_unknown", "text": ""}', { status: 426 })
  let looked = 0
  engine.addEventListener("build", () => (looked += 1))
  await engine.syncNow()
  assert.equal(looked, 1)
  assert.equal((await outbox()).length, 1)
})

test("Retry-After is waited for, to the second, and then it goes", async () => {
  const { notebook, network, write } = await setUp()
  await write()
  const answer = network.fetch.bind(network)
  network.fetch = async () => {
    network.fetch = answer
    return new Response("", { status: 429, headers: { "Retry-After": "90" } })
  }
  const monotonic = mock.method(performance, "now", () => 0)
  const transport = { ...network.transport, now: () => 0 }
  mock.timers.enable({ apis: ["setTimeout"] })
  const engine = new Engine(notebook, transport, { random: () => 0 })
  await engine.syncNow()
  monotonic.mock.restore()
  mock.timers.tick(89_999)
  assert.equal(notebook.syncState().phase, "failed", "it has not waited")
  mock.timers.tick(2)
  await until(() => network.requests.length === 1)
  engine.stop()
})

test("an answer of which the second part failed: what was sent is settled, the rest is asked for again", async () => {
  const { server, notebook, write, sync, outbox } = await setUp()
  server.failsFor.add("anna")
  const id = await write()
  await sync()
  const { phase, problem, equal } = notebook.syncState()
  assert.deepEqual([phase, problem, equal], ["failed", "server_failed", false])
  assert.deepEqual([(await outbox()).length, notebook.entry(id).state], [0, "sent"])
  server.failsFor.clear()
  await sync()
  assert.equal(notebook.syncState().equal, true)
})

test("what waits goes although the rest fails, however much it is", async () => {
  const { server, write, sync, network } = await setUp()
  server.failsFor.add("anna")
  for (let place = 0; place < 4; place += 1) await write(`${place}`)
  network.script = ["too_large"]
  await sync()
  assert.equal(textsOn(server).length, 4)
})

test("a text that the server cannot show just now keeps its words on the device, and is no difference", async () => {
  const device = await setUp()
  const { server, notebook, write, sync } = device
  const entry = await write("its words")
  await sync()
  server.damaged.add(entry)
  await write("its new words", { entry })
  await sync()
  await sync()
  assert.equal(notebook.entry(entry).fields.happened, "its new words")
  assert.deepEqual([notebook.syncState().equal, device.astray], [true, 0])
  server.damaged.clear()
  await write("newer still", { entry })
  await sync()
  assert.equal(notebook.entry(entry).fields.happened, "newer still")
  assert.deepEqual(await device.pending(), [])
})

test("one that this device has no words for either is not shown, and is no difference", async () => {
  const phone = await setUp()
  const { server } = phone
  const entry = await phone.write()
  await phone.sync()
  server.damaged.add(entry)
  const tablet = await setUp({ server })
  await tablet.sync()
  assert.deepEqual(tablet.notebook.entries(), [])
  assert.equal(tablet.notebook.get("entry", entry), null)
  assert.deepEqual([tablet.notebook.syncState().equal, tablet.astray], [true, 0])
})

test("how far it is, is told: what goes out, and what comes in", async () => {
  const phone = await setUp()
  const { server, write } = phone
  server.page = 10
  for (let place = 0; place < 25; place += 1) await write(`${place}`)
  const told = []
  const listen = (notebook) =>
    notebook.addEventListener("sync", ({ detail: { progress } }) => {
      const { phase, done, total } = progress ?? { phase: "none" }
      const line = `${phase} ${done} of ${total}`
      if (told.at(-1) !== line) told.push(line)
    })
  listen(phone.notebook)
  await phone.sync()
  assert.equal(told[1], "sending 0 of 25")
  assert.equal(phone.notebook.syncState().progress, null)
  told.length = 0
  const tablet = await setUp({ server })
  listen(tablet.notebook)
  await tablet.sync()
  assert.deepEqual(told, [
    "none undefined of undefined",
    "fetching 10 of 25",
    "fetching 20 of 25",
    "none undefined of undefined",
  ])
})

test("how many wait, and since when, is told until all is equal", async () => {
  const { notebook, write, sync, network } = await setUp()
  await write()
  const { waiting, since, equal } = notebook.syncState()
  assert.deepEqual([waiting, equal], [1, false])
  assert.ok(Date.now() - Date.parse(since) < 10_000)
  network.script = ["broken"]
  await sync()
  assert.equal(notebook.syncState().since, since)
  await sync()
  assert.deepEqual([notebook.syncState().since, notebook.syncState().equal], [null, true])
})
