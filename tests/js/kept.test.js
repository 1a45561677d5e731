import assert from "node:assert/strict"
import { test } from "node:test"
import { newId } from "../../ledvei_pwa/static/js/core/ids.js"
import { settle } from "../../ledvei_pwa/static/js/store/outbox.js"
import { createVault } from "../../ledvei_pwa/static/js/store/vaults.js"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { PASSPHRASE, ROUNDS } from "./support/device.js"
import { restarted, setUp, textsOn } from "./support/setting.js"

const DAY = 24 * 60 * 60_000

test("what the server has taken leaves the outbox and is kept, sealed as it was", async () => {
  const { write, sync, outbox, kept } = await setUp()
  await write()
  const [{ id, sealed, key, device, at, person, place }] = await outbox()
  await sync()
  assert.deepEqual(await outbox(), [])
  const [{ taken, box, ...row }] = await kept()
  assert.deepEqual(row, { id, sealed, key, device, at, person, place, number: 1 })
  assert.ok(Math.abs(Date.parse(taken) - Date.now()) < 10_000)
  assert.ok(box, "its readable copy")
})

test("the readable copy stays where it is shown from until the records hold the result", async () => {
  const { write, store, network, sync, kept, pending, notebook } = await setUp()
  await write()
  await flush(store, network.transport)
  await notebook.refresh()
  assert.deepEqual([(await pending()).length, (await kept())[0].box], [1, null])
  await sync()
  assert.equal((await pending()).length, 0)
  assert.ok((await kept())[0].box)
})

test("what is kept can be read by nobody who has the disk", async () => {
  const { write, sync, kept } = await setUp()
  await write("hemmelig-frase")
  await sync()
  const [{ box, ...row }] = await kept()
  assert.ok(!JSON.stringify(row).includes("hemmelig-frase"))
  assert.ok(!Buffer.from(box).includes("hemmelig-frase"))
})

test("it is kept for thirty days of the server's, and no longer", async () => {
  const { write, server, sync, kept } = await setUp()
  const start = Date.now()
  server.now = () => start
  await write()
  await sync()
  server.now = () => start + 29.9 * DAY
  await sync()
  assert.equal((await kept()).length, 1)
  server.now = () => start + 30.1 * DAY
  await sync()
  assert.equal((await kept()).length, 0)
})

test("the device's own clock lets nothing go", async () => {
  const device = await setUp()
  await device.write()
  await device.sync()
  device.network.transport.now = () => Date.now() + 3_650 * DAY
  await device.sync()
  assert.equal((await device.kept()).length, 1)
})

test("a question says how far the server has acknowledged this device", async () => {
  const { write, sync, network, meta } = await setUp()
  await write()
  await write("b")
  await sync()
  await sync()
  assert.equal(network.requests.at(-1).question.acknowledged, 2)
  assert.equal((await meta()).acknowledged, 2)
})

test("in a new epoch all that is kept is sent again, in the order of writing, before what is newer", async () => {
  const { notebook, write, server, sync } = await setUp()
  const backup = server.backup()
  const entry = await write("one")
  await write("two", { entry })
  await sync()
  server.restore(backup)
  await write("three", { entry })
  await sync()
  const { fields, revisions } = server.entries.get(entry)
  assert.equal(fields.happened, "three")
  assert.deepEqual(
    revisions.slice(1).map(({ number }) => number),
    [1, 2, 3],
  )
  assert.equal(notebook.syncState().sentAgain, 2)
})

test("it is sent again once for each epoch, and kept again", async () => {
  const { write, server, sync, network, kept, notebook } = await setUp()
  await write()
  await sync()
  server.beginEpoch()
  await sync()
  const again = network.requests.filter(({ question }) => question.operations.length > 0).length
  await sync()
  await sync()
  assert.equal(network.requests.filter(({ question }) => question.operations.length > 0).length, again)
  assert.equal((await kept()).length, 1)
  assert.deepEqual([...server.applied.values()], [1])
  assert.equal(notebook.syncState().equal, true)
})

test("after an epoch change nothing has been acknowledged until it is", async () => {
  const { write, store, server, sync, network, meta } = await setUp()
  await write()
  await sync()
  server.beginEpoch()
  network.script = [null, "drop_before"]
  await sync()
  assert.equal((await meta()).acknowledged, 0)
  await flush(store, network.transport)
  assert.equal((await meta()).acknowledged, 1)
})

test("the worker, too, sends again what was kept", async () => {
  const { write, sync, store, network, notebook, vault, server } = await setUp()
  await write("kept")
  const backup = server.backup()
  await sync()
  await write("waiting")
  await notebook.close()
  vault.lock()
  server.restore(backup)
  await flush(store, network.transport)
  assert.deepEqual(textsOn(server), ["kept", "waiting"])
})

test("somebody else's on the same phone goes again when one of them meets the new epoch", async () => {
  const berit = await setUp({ person: "berit" })
  const { server, store } = berit
  const anna = await setUp({ server, store })
  const backup = server.backup()
  await anna.write("anna's")
  await anna.sync()
  await anna.notebook.close()
  server.restore(backup)
  await berit.sync()
  assert.deepEqual(textsOn(server), ["anna's"])
  assert.equal(berit.notebook.syncState().sentAgain, 0)
})

test("the page that comes after the worker sees what waits again, and its text", async () => {
  const device = await setUp()
  const id = await device.write("kept")
  await device.sync()
  await device.write("waiting")
  device.server.beginEpoch()
  device.network.script = [null, "drop_before"]
  await flush(device.store, device.network.transport)
  const { notebook, kept } = await restarted(device)
  assert.equal(notebook.entry(id).fields.happened, "kept")
  assert.equal(notebook.entry(id).state, "saved")
  assert.deepEqual([notebook.waiting().count, (await kept()).length], [1, 1])
})

test("an answer of the old epoch that comes after the new one's is ignored", async () => {
  const { write, server, sync, store, meta, outbox } = await setUp()
  await write()
  const before = await meta()
  const [{ id, device }] = await outbox()
  const late = { results: [{ id, result: "applied" }], epoch: server.epoch, now: new Date().toISOString() }
  server.beginEpoch()
  server.receive = async ({ id: operation }) => ({ id: operation, result: "retry", reason: "not_back_yet" })
  await sync()
  const { settled, isLate } = await settle(store, { person: "anna", device, meta: before }, late)
  assert.deepEqual([settled, isLate], [[], true])
  assert.equal((await outbox()).length, 1)
})

test("a result for what is kept already changes nothing", async () => {
  const { write, sync, store, meta, kept, server } = await setUp()
  await write()
  await sync()
  const [{ id, device }] = await kept()
  const now = new Date().toISOString()
  const results = [{ id, result: "rejected", reason: "id_reused" }]
  const asker = { person: "anna", device, meta: await meta() }
  assert.deepEqual((await settle(store, asker, { results, epoch: server.epoch, now })).settled, [])
  assert.equal((await kept()).length, 1)
})

test("a restart between the results and the records loses neither", async () => {
  const device = await setUp()
  const id = await device.write()
  device.notebook.takeIn = () => Promise.reject(new Error("killed"))
  await device.sync()
  assert.deepEqual([(await device.outbox()).length, (await device.kept()).length], [0, 1])
  const again = await restarted(device)
  assert.equal(again.notebook.entry(id).fields.happened, "a")
  await again.sync()
  assert.deepEqual([...again.server.applied.values()], [1])
  assert.equal(again.notebook.syncState().equal, true)
  assert.ok((await again.kept())[0].box)
})

test("a forgotten passphrase takes the readable copy of what is kept, and leaves it sealed", async () => {
  const { write, sync, kept, store } = await setUp()
  await write()
  await sync()
  await createVault(store, "anna", PASSPHRASE, { rounds: ROUNDS })
  const [{ box, sealed }] = await kept()
  assert.equal(box, null)
  assert.ok(sealed)
})

test("what was refused is not kept, and is not sent again", async () => {
  const { write, sync, kept, server, network, notebook } = await setUp()
  server.refuse = () => ({ reason: "invalid_field" })
  await write()
  await sync()
  server.beginEpoch()
  await sync()
  assert.deepEqual(await kept(), [])
  assert.equal(notebook.attention().length, 1)
  assert.equal(network.requests.filter(({ question }) => question.operations.length > 0).length, 1)
})

test("an operation of an unknown number says nothing of how far the server has come", async () => {
  const { write, sync, store, meta } = await setUp()
  await write()
  await store.write(["outbox", "pending"], async (tx) => {
    const [{ number: _, ...row }] = await tx.objectStore("outbox").getAll()
    await tx.objectStore("outbox").put(row)
    await tx.objectStore("pending").clear()
  })
  await sync()
  assert.equal((await meta()).acknowledged, 0)
})

test("an epoch that nobody has heard of from a server that does not know the device is none", async () => {
  const { sync, meta, server } = await setUp()
  server.devices.clear()
  const { kept_epoch } = await meta()
  await sync()
  assert.equal((await meta()).kept_epoch, kept_epoch)
  assert.notEqual(kept_epoch, newId())
})
