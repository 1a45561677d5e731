import assert from "node:assert/strict"
import { afterEach, mock, test } from "node:test"
import { newId } from "../../ledvei_pwa/static/js/core/ids.js"
import { readMeta } from "../../ledvei_pwa/static/js/store/meta.js"
import { outboxRows } from "../../ledvei_pwa/static/js/store/outbox.js"
import { Engine } from "../../ledvei_pwa/static/js/sync/engine.js"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { newDevice, newStore, reopened } from "./support/device.js"
import { FAULTS, Network } from "./support/network.js"
import { ModelServer, openSealed } from "./support/server.js"

async function setUp(person = "anna", server = new ModelServer(), store = newStore()) {
  const device = await newDevice(server, person, { store })
  const network = new Network(server)
  const engine = new Engine(device.notebook, network.transport)
  return { ...device, server, network, engine, sync: () => engine.syncNow() }
}

afterEach(() => mock.timers.reset())

/** Until the engine has come so far, however slow the machine. */
async function until(isSo) {
  const end = performance.now() + 10_000
  while (!isSo() && performance.now() < end) await new Promise(setImmediate)
  assert.ok(isSo())
}

const write = (notebook, text = "a") => notebook.save({ kind: "debrief", set: { happened: text } })

test("fifty operations after a day without a network are one request", async () => {
  const { notebook, network, server, sync } = await setUp()
  for (let place = 0; place < 50; place += 1) await write(notebook, `${place}`)
  await sync()
  assert.equal(network.requests.length, 1)
  assert.equal(server.applied.size, 50)
  assert.equal(notebook.syncState().equal, true)
})

test("a request says which device, how far it has come, and what it holds", async () => {
  const { notebook, network, store, sync } = await setUp()
  await write(notebook)
  await sync()
  await sync()
  const { address, question } = network.requests[1]
  const { device, epoch, cursor } = await readMeta(store, "anna")
  assert.equal(address, "/api/v1/sync")
  assert.deepEqual(
    { ...question, digest: null },
    {
      protocol: 1,
      device,
      read: notebook.readCredential,
      cursor,
      epoch,
      acknowledged: 1,
      operations: [],
      digest: null,
      build: "one",
    },
  )
  assert.equal(question.digest.count, 1)
})

for (const fault of Object.keys(FAULTS).filter(
  (name) => !["double", "too_large", "proxy_too_large"].includes(name),
)) {
  test(`an operation is kept, and takes effect once, when the network does this: ${fault}`, async () => {
    const { notebook, network, server, sync, store } = await setUp()
    const id = await write(notebook)
    network.script = [fault, fault]
    await sync()
    assert.equal((await outboxRows(store)).length, 1)
    assert.equal(notebook.entry(id).state, "saved")
    assert.equal(notebook.syncState().equal, false)
    await sync()
    await sync()
    assert.equal((await outboxRows(store)).length, 0)
    assert.deepEqual([...server.applied.values()], [1])
    assert.equal(notebook.entry(id).state, "sent")
  })
}

test("a doubled request takes effect once", async () => {
  const { notebook, network, server, sync } = await setUp()
  await write(notebook)
  network.script = ["double"]
  await sync()
  assert.deepEqual([...server.applied.values()], [1])
  assert.equal(notebook.syncState().equal, true)
})

for (const [fault, phase] of [
  ["drop_before", "offline"],
  ["captive_portal", "offline"],
  ["odd_json", "offline"],
  ["sign_in", "failed"],
  ["broken", "failed"],
  ["forbidden", "failed"],
]) {
  test(`the state says ${phase} after ${fault}`, async () => {
    const { notebook, network, sync } = await setUp()
    network.script = [fault]
    await sync()
    assert.equal(notebook.syncState().phase, phase)
  })
}

test("a batch that is too large is halved until it fits", async () => {
  const { notebook, network, server, sync } = await setUp()
  for (let place = 0; place < 8; place += 1) await write(notebook, `${place}`)
  network.script = ["too_large", "too_large"]
  await sync()
  assert.deepEqual(
    network.requests.slice(0, 3).map(({ question }) => question.operations.length),
    [8, 4, 2],
  )
  assert.equal(server.applied.size, 8)
  assert.equal(notebook.waiting().count, 0)
})

test("an operation that is too large all by itself is put aside, and the next one goes", async () => {
  const { notebook, network, server, sync } = await setUp()
  await write(notebook, "long")
  const next = await write(notebook, "short")
  network.script = ["too_large", "too_large"]
  await sync()
  assert.deepEqual(
    notebook.attention().map(({ reason, fields }) => [reason, fields.happened]),
    [["too_large", "long"]],
  )
  assert.ok(server.entries.has(next))
})

test("an operation without a result in the answer is kept", async () => {
  const { notebook, network, server, sync, store } = await setUp()
  await write(notebook, "a")
  await write(notebook, "b")
  const answer = server.answer.bind(server)
  server.answer = async (question) => ({
    ...(await answer(question)),
    results: (await answer(question)).results.slice(1),
  })
  await sync()
  assert.equal((await outboxRows(store)).length, 1)
  assert.equal(network.requests.length, 1)
})

test("a result that is none of the known ones, or of an operation we did not send, changes nothing", async () => {
  const { notebook, server, sync, store } = await setUp()
  await write(notebook)
  const answer = server.answer.bind(server)
  server.answer = async (question) => ({
    ...(await answer(question)),
    results: [
      null,
      { id: question.operations[0]?.id, result: "perhaps" },
      { id: newId(), result: "applied" },
    ],
  })
  await sync()
  assert.equal((await outboxRows(store)).length, 1)
  assert.equal(notebook.waiting().count, 1)
})

test("what waits goes although nobody is signed in, and stays readable until it is shown again", async () => {
  const { notebook, network, server, sync, store } = await setUp()
  const id = await write(notebook)
  server.devices.get((await readMeta(store, "anna")).device).read = "another"
  await sync()
  assert.equal(notebook.syncState().phase, "signed_out")
  assert.equal(notebook.syncState().equal, false)
  assert.equal(server.applied.size, 1)
  assert.equal(notebook.entry(id).fields.happened, "a")
  assert.equal(notebook.entry(id).state, "sent")
  assert.equal(network.requests.length, 1)
})

test("when the earlier texts open is known for as long as they are not given", async () => {
  const { notebook, server, sync } = await setUp()
  const opens = "2026-11-21T09:00:00+00:00"
  const answer = server.answer.bind(server)
  server.answer = async (question) => ({ ...(await answer(question)), signed_in: false, opens })
  await sync()
  assert.deepEqual([notebook.syncState().phase, notebook.syncState().opens], ["signed_out", opens])
  server.answer = answer
  await sync()
  assert.deepEqual([notebook.syncState().phase, notebook.syncState().opens], ["idle", null])
})

test("the worker sends with the vault locked, and the page shows it later", async () => {
  const device = await setUp()
  const { notebook, store, vault, network, server } = device
  const id = await write(notebook)
  await notebook.close()
  vault.lock()
  const { settled, failure } = await flush(store, network.transport)
  assert.deepEqual([settled, failure], [1, null])
  assert.equal("read" in network.requests[0].question, false)
  assert.equal(server.entries.get(id).fields.happened, "a")
})

test("what the worker has sent shows as sent, and its text stays", async () => {
  const device = await setUp()
  const id = await write(device.notebook)
  await flush(device.store, device.network.transport)
  const { notebook } = await reopened(device)
  const { state, fields } = notebook.entry(id)
  assert.deepEqual([state, fields.happened], ["sent", "a"])
})

test("the worker leaves what the network did not take", async () => {
  const { notebook, store, network } = await setUp()
  await write(notebook)
  network.script = ["broken"]
  const { failure } = await flush(store, network.transport)
  assert.equal(failure.status, 500)
  assert.equal((await outboxRows(store)).length, 1)
})

test("two people's operations on one device both go, each as its author's", async () => {
  const anna = await setUp("anna")
  await write(anna.notebook, "anna")
  await anna.notebook.close()
  const berit = await setUp("berit", anna.server, anna.store)
  await write(berit.notebook, "berit")
  await berit.sync()
  const authors = [...anna.server.entries.values()].map(({ author, fields }) => [author, fields.happened])
  assert.deepEqual(authors.sort(), [
    ["anna", "anna"],
    ["berit", "berit"],
  ])
  assert.deepEqual(
    berit.notebook.entries().map(({ author }) => author),
    ["berit"],
  )
})

test("the worker sends everybody's in one go, and what one of them cannot be rid of holds up nobody else", async () => {
  const anna = await setUp("anna")
  await write(anna.notebook, "anna")
  const berit = await setUp("berit", anna.server, anna.store)
  await write(berit.notebook, "berit")
  anna.server.refuse = ({ set }) => (set?.happened === "anna" ? { result: "retry" } : null)
  const { settled, failure } = await flush(anna.store, anna.network.transport)
  assert.deepEqual([settled, failure], [1, null])
  assert.deepEqual(
    (await outboxRows(anna.store)).map(({ person }) => person),
    ["anna"],
  )
})

test("a page and the worker at the same time send each operation with effect once", async () => {
  const { notebook, store, network, server, sync } = await setUp()
  for (let place = 0; place < 5; place += 1) await write(notebook, `${place}`)
  await Promise.all([sync(), flush(store, network.transport), flush(store, network.transport)])
  assert.deepEqual([...server.applied.values()], [1, 1, 1, 1, 1])
  assert.equal((await outboxRows(store)).length, 0)
})

test("a long catch-up comes page by page", async () => {
  const phone = await setUp()
  phone.server.page = 10
  for (let place = 0; place < 35; place += 1) await write(phone.notebook, `${place}`)
  await phone.sync()
  const tablet = await setUp("anna", phone.server)
  await tablet.sync()
  assert.equal(tablet.notebook.entries().length, 35)
  assert.equal(tablet.network.requests.length, 4)
  assert.equal(tablet.notebook.syncState().equal, true)
})

test("everything is equal only when the digests agree", async () => {
  const { notebook, server, sync } = await setUp()
  await write(notebook)
  await sync()
  assert.equal(notebook.syncState().equal, true)
  await write(notebook)
  assert.equal(notebook.syncState().equal, false)
  const answer = server.answer.bind(server)
  server.answer = async (question) => ({
    ...(await answer(question)),
    digest: { count: 9, hash: "0".repeat(32) },
  })
  await sync()
  assert.equal(notebook.syncState().equal, false)
  assert.equal(notebook.waiting().count, 0)
})

test("when the digests differ everything is fetched again, once, and what is too much goes", async () => {
  const device = await setUp()
  const { notebook, network, server, sync, store } = device
  const id = await write(notebook)
  await write(notebook)
  await sync()
  // The feed has forgotten an entry without a removal, as a restored backup does.
  server.feeds.get("anna").delete(id)
  const before = network.requests.length
  await sync()
  assert.equal(network.requests.length - before, 2)
  assert.equal(network.requests.at(-1).question.cursor, 0)
  assert.equal(notebook.entry(id), null)
  assert.equal(notebook.syncState().equal, true)
  assert.equal(await store.read(["records"], (tx) => tx.objectStore("records").count()), 1)
})

test("a digest that never agrees does not make the device ask for ever", async () => {
  const { network, server, sync } = await setUp()
  const answer = server.answer.bind(server)
  server.answer = async (question) => ({
    ...(await answer(question)),
    digest: { count: 9, hash: "0".repeat(32) },
  })
  await sync()
  assert.equal(network.requests.length, 2)
})

test("after the server was restored from a backup the device begins from the beginning", async () => {
  const { notebook, network, server, sync, store } = await setUp()
  const id = await write(notebook)
  await sync()
  server.epoch = newId()
  server.counter = 0
  server.feeds.set("anna", new Map())
  server.publish(server.entries.get(id))
  await sync()
  assert.equal((await readMeta(store, "anna")).epoch, server.epoch)
  assert.equal(network.requests.at(-1).question.cursor, 0)
  assert.equal(notebook.entry(id).fields.happened, "a")
  assert.equal(notebook.syncState().equal, true)
})

test("a device that remembers less than the server has had from it is told to have been emptied, and goes on", async () => {
  const device = await setUp()
  const { notebook, server, store, sync } = device
  const { device: id } = await readMeta(store, "anna")
  server.devices.get(id).last = 41
  await sync()
  assert.equal(notebook.syncState().emptied, true)
  assert.equal((await readMeta(store, "anna")).next_number, 42)
  assert.equal((await reopened(device)).notebook.syncState().emptied, true)
})

test("a device that has lost nothing is not said to have been emptied", async () => {
  const { notebook, sync } = await setUp()
  await write(notebook)
  await sync()
  await sync()
  assert.equal(notebook.syncState().emptied, false)
})

test("a save while a sync is under way is sent by the next one, which was asked for meanwhile", async () => {
  const { notebook, server, engine } = await setUp()
  await write(notebook, "a")
  const first = engine.syncNow()
  const id = await write(notebook, "b")
  await Promise.all([first, engine.syncNow()])
  assert.ok(server.entries.has(id))
  assert.equal(notebook.waiting().count, 0)
})

test("the engine sends a save by itself, in a breath", async () => {
  const { notebook, server, engine, network } = await setUp()
  engine.start()
  await engine.syncNow()
  const before = network.requests.length
  mock.timers.enable({ apis: ["setTimeout"] })
  await Promise.all([write(notebook, "a"), write(notebook, "b")])
  mock.timers.tick(49)
  assert.equal(notebook.syncState().phase, "idle")
  mock.timers.tick(1)
  await until(() => server.applied.size === 2)
  engine.stop()
  assert.equal(network.requests.length - before, 1)
})

test("a stopped engine asks no more", async () => {
  const { notebook, engine, network } = await setUp()
  engine.start()
  engine.stop()
  await write(notebook)
  await new Promise((resolve) => setTimeout(resolve, 120))
  await engine.syncNow()
  assert.equal(network.requests.length, 0)
})

test("after a failure the engine tries again by itself", async () => {
  const { notebook, store, server } = await setUp()
  const network = new Network(server)
  const engine = new Engine(notebook, network.transport, { random: () => 0 })
  network.script = ["broken"]
  await write(notebook)
  mock.timers.enable({ apis: ["setTimeout"] })
  engine.start()
  mock.timers.tick(0)
  await until(() => notebook.syncState().phase === "failed")
  mock.timers.tick(1_001)
  await until(() => notebook.syncState().equal)
  engine.stop()
  assert.equal((await outboxRows(store)).length, 0)
})

test("the engine waits as long as the server asks", async () => {
  const { notebook, server } = await setUp()
  const network = new Network(server)
  let clock = Date.now()
  const engine = new Engine(notebook, { ...network.transport, now: () => clock }, { random: () => 0 })
  network.script = ["slow_down"]
  await write(notebook)
  await engine.syncNow()
  clock -= 3_000 // as if it had asked for four seconds
  engine.start()
  await new Promise((resolve) => setTimeout(resolve, 200))
  engine.stop()
  assert.equal(network.requests.length, 1)
})

test("the engine says when the server runs another build", async () => {
  const { engine, server } = await setUp()
  const answer = server.answer.bind(server)
  server.answer = async (question) => ({ ...(await answer(question)), build: "two" })
  const told = new Promise((resolve) =>
    engine.addEventListener("build", ({ detail }) => resolve(detail), { once: true }),
  )
  await engine.syncNow()
  assert.equal(await told, "two")
})

test("the state passes from syncing to idle, and tells when everything was last heard", async () => {
  const { notebook, engine } = await setUp()
  const phases = []
  notebook.addEventListener("sync", ({ detail }) => phases.push(detail.phase))
  await engine.syncNow()
  assert.equal(phases[0], "syncing")
  assert.equal(phases.at(-1), "idle")
  assert.ok(Date.now() - Date.parse(notebook.syncState().lastSync) < 10_000)
})

test("a proxy that finds everything too large settles nothing", async () => {
  const { notebook, network, server, sync, store } = await setUp()
  await write(notebook, "a")
  await write(notebook, "b")
  network.script = ["proxy_too_large", "proxy_too_large"]
  await sync()
  assert.deepEqual(
    network.requests.map(({ question }) => question.operations.length),
    [2, 1],
  )
  assert.equal((await outboxRows(store)).filter(({ state }) => state === "waiting").length, 2)
  await sync()
  assert.equal(server.applied.size, 2)
})

test("what the worker has sent is not called equal before the server's digest has been heard again", async () => {
  const { notebook, store, network, sync } = await setUp()
  await sync()
  assert.equal(notebook.syncState().equal, true)
  await write(notebook)
  await flush(store, network.transport)
  await notebook.refresh()
  assert.deepEqual([notebook.waiting().count, notebook.syncState().equal], [0, false])
})

for (const [who, run] of [
  ["the page", ({ sync }) => sync()],
  ["the worker", ({ store, network }) => flush(store, network.transport)],
]) {
  test(`${who} sends no change without what it is a change of, when the server could not take that just now`, async () => {
    const device = await setUp()
    const { notebook, network, server } = device
    const entry = await write(notebook, "new")
    const receive = server.receive.bind(server)
    server.receive = async ({ id }) => {
      server.receive = receive
      await notebook.save({ kind: "debrief", entry, set: { happened: "changed meanwhile" } })
      return { id, result: "retry", reason: "server_failed" }
    }
    await run(device)
    assert.deepEqual(
      network.requests.slice(0, 2).map(({ question }) => question.operations.length),
      [1, 2],
    )
    assert.equal(server.entries.get(entry).fields.happened, "changed meanwhile")
  })
}

test("what the server cannot take for a long time does not stop what is behind it, however much it is", async () => {
  const { notebook, network, server, sync } = await setUp()
  for (let place = 0; place < 230; place += 1) await write(notebook, `${place}`)
  const receive = server.receive.bind(server)
  server.receive = async (operation) => {
    const { operation: plain } = await openSealed(operation.sealed)
    return Number(plain.set.happened) < 210
      ? { id: operation.id, result: "retry", reason: "not_back_yet" }
      : receive(operation)
  }
  await sync()
  assert.equal(server.applied.size, 20)
  assert.equal(network.requests.length, 2)
})
