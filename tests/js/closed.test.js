// A device that its person, or a leader, has closed: at its next contact nothing readable is left on it.
import assert from "node:assert/strict"
import { before, test } from "node:test"
import { outboxRows } from "../../ledvei_pwa/static/js/store/outbox.js"
import { readMeta } from "../../ledvei_pwa/static/js/store/meta.js"
import { vaultPeople } from "../../ledvei_pwa/static/js/store/vaults.js"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { newDevice, newStore, PASSPHRASE, ROUNDS } from "./support/device.js"
import { Network } from "./support/network.js"
import { ModelServer, openSealed } from "./support/server.js"
import { rowsOf } from "./support/setting.js"

/** @param {ModelServer} server @param {object} store @param {string} [person] */
async function close(server, store, person = "anna") {
  const { device } = await readMeta(store, person)
  server.devices.get(device).revoked = true
}

/** What is readable on the disk, by table. */
async function readableOn(store) {
  const tables = ["vaults", "records", "drafts", "pending"]
  const rows = await Promise.all(tables.map(async (table) => [table, (await rowsOf(store, table)).length]))
  const kept = (await rowsOf(store, "kept")).filter(({ box }) => box).length
  return { ...Object.fromEntries(rows), kept }
}

const NOTHING = { vaults: 0, records: 0, drafts: 0, pending: 0, kept: 0 }

/** Somebody at an open page, with something sent, something waiting and something half written. */
async function inTheMiddle() {
  const server = new ModelServer()
  const network = new Network(server)
  const { store, notebook } = await newDevice(server, "anna")
  await notebook.save({ kind: "debrief", set: { happened: "sent" } })
  await notebook.close()
  const session = new Session(store, network.transport, { rounds: ROUNDS })
  await session.start()
  await session.unlock(PASSPHRASE)
  await session.sitting.engine.syncNow()
  server.refuse = () => ({ reason: "device_revoked" })
  await close(server, store)
  await session.sitting.notebook.save({ kind: "debrief", set: { happened: "waits" } })
  await session.sitting.notebook.saveDraft("/topic/new", { question: "Hvord" })
  return { server, network, store, session }
}

/** @param {Session} session */
async function untilClosed(session) {
  const closed = new Promise((resolve) => session.addEventListener("closed", resolve, { once: true }))
  await session.sitting.engine.syncNow()
  await closed
}

test("a closed device forgets at its next contact all that can be read, and locks", async () => {
  const { store, session } = await inTheMiddle()
  assert.notDeepEqual(await readableOn(store), NOTHING)
  await untilClosed(session)
  assert.deepEqual(await readableOn(store), NOTHING)
  assert.deepEqual([session.state, session.sitting], ["new", null])
})

test("what waited on a closed device stays, sealed as it was", async () => {
  const { store, session } = await inTheMiddle()
  await untilClosed(session)
  const [row, ...more] = await outboxRows(store)
  assert.deepEqual([row.state, more.length], ["attention", 0])
  assert.equal((await openSealed(row.sealed)).operation.set.happened, "waits")
})

test("what was being written when a device is found closed does not stay behind", async () => {
  const { store, session } = await inTheMiddle()
  const { notebook } = session.sitting
  session.addEventListener("locking", ({ detail }) => detail.wait(notebook.saveDraft("b", { a: "late" })))
  await untilClosed(session)
  assert.deepEqual(await readableOn(store), NOTHING)
})

test("another tab of the same person is locked, and finds nobody to unlock", async () => {
  const { network, store, session } = await inTheMiddle()
  const other = new Session(store, network.transport, { rounds: ROUNDS })
  await other.start()
  await other.unlock(PASSPHRASE)
  other.sitting.engine.stop()
  const locked = new Promise((resolve) => other.addEventListener("state", resolve, { once: true }))
  await untilClosed(session)
  await locked
  await other.unlock(PASSPHRASE)
  assert.equal(other.state, "new")
})

test("somebody else on the device keeps what is theirs", async () => {
  const { server, store, session } = await inTheMiddle()
  const berit = await newDevice(server, "berit", { store })
  await berit.notebook.saveDraft("a", { question: "berit's" })
  await untilClosed(session)
  assert.deepEqual(await vaultPeople(store), ["berit"])
  assert.equal((await rowsOf(store, "drafts")).length, 1)
  assert.equal(session.state, "locked")
  await berit.notebook.close()
})

test("the worker, which knows no key, forgets too when it meets the news", async () => {
  const { server, network, store, session } = await inTheMiddle()
  await session.lock()
  await flush(store, network.transport)
  assert.equal(server.operations.size, 1)
  assert.deepEqual(await readableOn(store), NOTHING)
})

test("a device of before that was closed wipes nothing of the one that its person has now", async () => {
  const server = new ModelServer()
  const store = newStore()
  const first = await newDevice(server, "anna", { store })
  await close(server, store)
  await first.notebook.save({ kind: "debrief", set: { happened: "waits" } })
  await first.notebook.close()
  const second = await newDevice(server, "anna", { store })
  await flush(store, new Network(server).transport)
  assert.deepEqual(await vaultPeople(store), ["anna"])
  await second.notebook.close()
})

before(() => {
  Object.assign(globalThis, {
    document: { querySelector: () => null, body: { dataset: {} }, getElementById: () => null },
  })
})

/** A browser with a subscription, and whether it has been given up. */
function subscribed() {
  const push = { isGivenUp: false }
  const unsubscribe = async () => (push.isGivenUp = true)
  const pushManager = { getSubscription: async () => ({ unsubscribe }) }
  return { push, workers: { getRegistration: async () => ({ pushManager }) } }
}

test("a closed device is reminded of nothing more", async () => {
  const { tellClosed } = await import("../../ledvei_pwa/static/js/features/reminders/closed.js")
  const { push, workers } = subscribed()
  await tellClosed(newStore(), workers)
  assert.equal(push.isGivenUp, true)
})

test("somebody else who is reminded in the same browser still is", async () => {
  const { tellClosed } = await import("../../ledvei_pwa/static/js/features/reminders/closed.js")
  const { store, notebook } = await newDevice(new ModelServer(), "berit")
  const meta = await readMeta(store, "berit")
  await store.write(["meta"], (tx) => tx.objectStore("meta").put({ ...meta, reminders: true }))
  const { push, workers } = subscribed()
  await tellClosed(store, workers)
  assert.equal(push.isGivenUp, false)
  await notebook.close()
})
