import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { vaultPeople } from "../../ledvei_pwa/static/js/store/vaults.js"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { sealedFile, takeSealedFile } from "../../ledvei_pwa/static/js/sync/sealed_file.js"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { newStore, PASSPHRASE, ROUNDS } from "./support/device.js"
import { failing } from "./support/disk.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"
import { restarted, rowsOf, setUp, textsOn } from "./support/setting.js"

// What may happen to what a device keeps, each by its name.

let mend = () => {}
const cleanUps = []

afterEach(() => {
  mend()
  mend = () => {}
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** A site where somebody is signed in, that knows what this sign-in registered before. */
class Site extends Network {
  signedIn = "anna"
  #earlier = null

  async fetch(address, init) {
    if (address !== "/api/v1/devices") return super.fetch(address, init)
    const registration = await this.server.register(this.signedIn)
    const known = this.server.devices.get(this.#earlier)
    const earlier = known && { name: "Phone", last_contact: null, last_number: known.last }
    this.#earlier = registration.device
    return new Response(JSON.stringify({ ...registration, earlier: earlier ?? null }), { status: 201 })
  }
}

const wish = { passphrase: PASSPHRASE, deviceName: "Phone" }

async function visit({ store = newStore(), site = new Site(new ModelServer()) } = {}) {
  const session = new Session(store, site.transport, { rounds: ROUNDS })
  cleanUps.push(() => session.sitting?.engine.stop())
  await session.start()
  return { session, store, site }
}

test("storage full at a save: told at once, nothing half done, and the text goes out in a sealed file", async () => {
  const { notebook, write, store, server, network } = await setUp()
  mend = failing(["outbox", "pending", "drafts", "records", "meta", "kept"])
  await assert.rejects(write("no room"), { name: "StoreProblem", code: "full" })
  assert.deepEqual([notebook.waiting().count, notebook.entries()], [0, []])
  const { text } = await sealedFile(notebook, { kind: "debrief", set: { happened: "no room" } })
  mend()
  assert.deepEqual(await rowsOf(store, "outbox"), [])
  const elsewhere = newStore()
  await takeSealedFile(elsewhere, text)
  await flush(elsewhere, network.transport)
  assert.deepEqual(textsOn(server), ["no room"])
})

for (const table of ["kept", "pending", "meta"]) {
  test(`storage full when the server has taken something (${table}): it stays, and is asked about again`, async () => {
    const device = await setUp()
    const { notebook, write, sync, outbox, server } = device
    await write()
    mend = failing([table])
    await sync()
    const { phase, problem, equal } = notebook.syncState()
    assert.deepEqual([phase, problem, equal], ["failed", "full", false])
    mend()
    assert.equal((await outbox()).length, 1)
    await sync()
    assert.deepEqual([(await outbox()).length, (await device.kept()).length], [0, 1])
    assert.deepEqual([...server.applied.values()], [1])
    assert.equal(notebook.syncState().equal, true)
  })
}

test("storage full when news comes: the cursor waits with it, and nothing is missing afterwards", async () => {
  const phone = await setUp()
  const { server } = phone
  for (const text of ["a", "b"]) await phone.write(text)
  await phone.sync()
  const tablet = await setUp({ server })
  mend = failing(["records"])
  await tablet.sync()
  assert.equal((await tablet.meta()).cursor, 0)
  assert.equal(tablet.notebook.syncState().problem, "full")
  mend()
  await tablet.sync()
  assert.equal(tablet.notebook.entries().length, 2)
  assert.deepEqual([tablet.notebook.syncState().equal, tablet.astray], [true, 0])
})

test("storage full while everything is put back after a restore: all of it or nothing", async () => {
  const device = await setUp()
  const { write, sync, server } = device
  const backup = server.backup()
  await write("a")
  await write("b")
  await sync()
  server.restore(backup)
  mend = failing(["outbox"])
  await sync()
  mend()
  assert.deepEqual([(await device.outbox()).length, (await device.kept()).length], [0, 2])
  await sync()
  assert.deepEqual(textsOn(server), ["a", "b"])
})

test("the connection is lost in the middle of a sync, and comes back: nothing is lost or done twice", async () => {
  const device = await setUp()
  const { write, sync, server, notebook } = device
  await write()
  const { transaction } = IDBDatabase.prototype
  let calls = 0
  IDBDatabase.prototype.transaction = function (...how) {
    calls += 1
    if (calls % 3 === 0) throw new DOMException("The database connection is closing.", "InvalidStateError")
    return transaction.apply(this, how)
  }
  mend = () => Object.assign(IDBDatabase.prototype, { transaction })
  await sync()
  assert.ok(calls > 6)
  assert.deepEqual([...server.applied.values()], [1])
  assert.equal(notebook.syncState().equal, true)
  assert.equal((await device.kept()).length, 1)
})

test("the connection is lost and stays away: told, and the text is in the page and can be sent sealed", async () => {
  const { notebook, write, sync } = await setUp()
  const { transaction } = IDBDatabase.prototype
  IDBDatabase.prototype.transaction = () => {
    throw new DOMException("The database connection is closing.", "InvalidStateError")
  }
  mend = () => Object.assign(IDBDatabase.prototype, { transaction })
  await assert.rejects(write("a"), { code: "lost" })
  await assert.rejects(notebook.saveDraft("/debrief/new", { happened: "a" }), { code: "lost" })
  await sync()
  assert.equal(notebook.syncState().problem, "lost")
  assert.deepEqual(notebook.unsaved(), ["/debrief/new"])
  const { text } = await sealedFile(notebook, { kind: "debrief", set: { happened: "a" } })
  assert.equal(JSON.parse(text).operations.length, 1)
})

test("a transaction that was on disk when its connection was lost is not done twice", async () => {
  const device = await setUp()
  const { write, sync, server, notebook } = device
  const backup = server.backup()
  await write("a")
  await sync()
  server.restore(backup)
  const original = device.store.write.bind(device.store)
  // Each is committed, then the connection is found lost, and it is run again.
  device.store.write = async (tables, work) => {
    await original(tables, work)
    return original(tables, work)
  }
  await sync()
  await sync()
  delete device.store.write
  await sync()
  assert.deepEqual(textsOn(server), ["a"])
  assert.deepEqual([(await device.outbox()).length, (await device.kept()).length], [0, 1])
  assert.equal(notebook.syncState().equal, true)
})

test("a private window that keeps nothing: told before anything is written", async () => {
  const { indexedDB } = globalThis
  delete globalThis.indexedDB
  cleanUps.push(() => (globalThis.indexedDB = indexedDB))
  const session = new Session(newStore(), new Site(new ModelServer()).transport)
  await assert.rejects(session.start(), { code: "unavailable" })
  assert.equal(session.problem, "unavailable")
})

test("a private window that lets us in and writes nothing: told at the save", async () => {
  const { write } = await setUp()
  mend = failing(["outbox"], "SecurityError")
  await assert.rejects(write(), { code: "unavailable" })
})

test("the browser has emptied the store: the device notices, the server says what was here, and all comes back", async () => {
  const kept = new Map()
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  }
  cleanUps.push(() => delete globalThis.localStorage)
  const { session, site } = await visit()
  await session.enrol(wish)
  const id = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "a" } })
  await session.sitting.engine.syncNow()
  await session.lock()
  const after = await visit({ site })
  assert.equal(after.session.emptied, true)
  await after.session.enrol(wish)
  assert.deepEqual(after.session.earlier, { name: "Phone", last_contact: null, last_number: 1 })
  const { notebook, engine } = after.session.sitting
  await engine.syncNow()
  assert.equal(notebook.entry(id).fields.happened, "a")
  assert.equal(notebook.syncState().emptied, true)
  await notebook.dismiss("emptied")
  assert.equal(notebook.syncState().emptied, false)
  await after.session.lock()
})

test("the same without a canary: the server knows", async () => {
  const { session, site } = await visit()
  await session.enrol(wish)
  await session.lock()
  const after = await visit({ site })
  assert.equal(after.session.emptied, false)
  await after.session.enrol(wish)
  assert.ok(after.session.earlier)
  assert.equal(after.session.sitting.notebook.syncState().emptied, true)
  await after.session.lock()
})

test("registering again in a browser that has kept everything is not called emptied", async () => {
  const { session } = await visit()
  await session.enrol(wish)
  await session.lock()
  await session.enrol(wish)
  assert.equal(session.sitting.notebook.syncState().emptied, false)
  assert.equal(session.earlier, null)
  await session.lock()
})

test("a store put back in time by a phone's own backup goes on after the numbers that were used", async () => {
  const device = await setUp()
  const { write, sync, store, server, notebook } = device
  await write("one")
  const before = await rowsOf(store, "meta")
  await sync()
  await write("two")
  await sync()
  await store.write(["meta", "records"], async (tx) => {
    for (const row of before) await tx.objectStore("meta").put(row)
    await tx.objectStore("records").clear()
  })
  const again = await restarted(device)
  await again.sync()
  assert.equal(again.notebook.syncState().emptied, true)
  const id = await again.write("three")
  await again.sync()
  assert.equal(server.entries.get(id).revisions.at(-1).number, 3)
  assert.equal(again.notebook.syncState().equal, true)
  assert.equal(notebook.person.id, "anna")
})

test("the passphrase is forgotten: what waits is sent sealed, and everything returns after signing in", async () => {
  const { session, site, store } = await visit()
  await session.enrol(wish)
  const sent = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "sent" } })
  await session.sitting.engine.syncNow()
  site.script = Array.from({ length: 9 }, () => "drop_before")
  const waiting = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "waiting" } })
  session.sitting.engine.stop()
  await session.lock()
  for (let wrong = 0; wrong < 10; wrong += 1) await session.unlock("feil og atter feil")
  assert.deepEqual(await vaultPeople(store), [])
  assert.deepEqual(await rowsOf(store, "records"), [])
  assert.deepEqual(await rowsOf(store, "pending"), [])
  site.script = []
  await session.enrol({ ...wish, passphrase: "en ny frase med ord" })
  const { notebook, engine } = session.sitting
  await engine.syncNow()
  assert.deepEqual(textsOn(site.server), ["sent", "waiting"])
  assert.equal(notebook.entry(sent).fields.happened, "sent")
  assert.equal(notebook.entry(waiting).fields.happened, "waiting")
  assert.equal(notebook.syncState().equal, true)
  await session.lock()
})

test("what is refused when nobody can read it here any more is told of, and can be tried again as it is", async () => {
  const { session, site } = await visit()
  await session.enrol(wish)
  site.script = Array.from({ length: 9 }, () => "drop_before")
  const entry = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "only sealed" } })
  session.sitting.engine.stop()
  await session.lock()
  for (let wrong = 0; wrong < 10; wrong += 1) await session.unlock("feil og atter feil")
  site.script = []
  site.server.refuse = () => ({ result: "rejected", reason: "scope_unknown" })
  await session.enrol({ ...wish, passphrase: "en ny frase med ord" })
  const { notebook, engine } = session.sitting
  await engine.syncNow()
  const [row, ...others] = notebook.unreadable()
  assert.deepEqual([notebook.attention(), others, notebook.waiting().count], [[], [], 0])
  assert.equal(row.reason, "scope_unknown")
  site.server.refuse = () => null
  await notebook.retryUnread(row.id)
  await engine.syncNow()
  assert.deepEqual(notebook.unreadable(), [])
  assert.equal(notebook.entry(entry).fields.happened, "only sealed")
  await session.lock()
})

test("somebody else on the same phone: separate vaults, and the first one's goes as the first one's", async () => {
  const { session, site, store } = await visit()
  await session.enrol(wish)
  session.sitting.engine.stop()
  const id = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "anna's" } })
  await session.lock()
  site.signedIn = "berit"
  await session.enrol({ passphrase: "berits egne fire ord", deviceName: "Phone" })
  const { notebook, engine } = session.sitting
  assert.deepEqual([notebook.entries(), notebook.waiting().count], [[], 0])
  await engine.syncNow()
  assert.equal(site.server.entries.get(id).author, "anna")
  assert.deepEqual(notebook.entries(), [])
  await session.lock()
  assert.deepEqual((await vaultPeople(store)).sort(), ["anna", "berit"])
})
