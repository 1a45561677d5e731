import assert from "node:assert/strict"
import { afterEach, mock, test } from "node:test"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { newStore, PASSPHRASE, ROUNDS } from "./support/device.js"
import { failing, silent } from "./support/disk.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"
import { restarted, rowsOf, setUp } from "./support/setting.js"

const KEY = "/topic/new"
let mend = () => {}

afterEach(() => {
  mend()
  mock.timers.reset()
})

/** A session of Anna's, open. */
async function opened() {
  const network = new Network(new ModelServer())
  const register = async () =>
    new Response(JSON.stringify(await network.server.register("anna")), { status: 201 })
  const fetch = (address, init) => (address === "/api/v1/devices" ? register() : network.fetch(address, init))
  const store = newStore()
  const session = new Session(store, { ...network.transport, fetch }, { rounds: ROUNDS })
  await session.start()
  await session.enrol({ passphrase: PASSPHRASE, deviceName: "Phone" })
  session.sitting.engine.stop()
  return { session, store, network }
}

test("a draft that the disk does not take is in the page, and it is said at once", async () => {
  const { notebook } = await setUp()
  let told = 0
  notebook.addEventListener("unsaved", () => (told += 1))
  mend = failing(["drafts"])
  await assert.rejects(notebook.saveDraft(KEY, { question: "Hvord" }), { code: "full" })
  assert.deepEqual([notebook.unsaved(), told], [[KEY], 1])
  assert.deepEqual(notebook.draft(KEY), { question: "Hvord" })
})

test("it is tried again by itself, and then it is on disk", async () => {
  const device = await setUp()
  const { notebook } = device
  mend = failing(["drafts"])
  mock.timers.enable({ apis: ["setTimeout"] })
  await notebook.saveDraft(KEY, { question: "Hvord" }).catch(() => {})
  mend()
  mock.timers.tick(3_000)
  await notebook.settled()
  assert.deepEqual(notebook.unsaved(), [])
  mock.timers.reset()
  assert.deepEqual((await restarted(device)).notebook.draft(KEY), { question: "Hvord" })
})

test("the next letter that the disk takes is enough", async () => {
  const { notebook } = await setUp()
  mend = failing(["drafts"])
  await notebook.saveDraft(KEY, { question: "Hvord" }).catch(() => {})
  mend()
  await notebook.saveDraft(KEY, { question: "Hvordan" })
  assert.deepEqual(notebook.unsaved(), [])
})

test("a draft that another tab's news comes upon stays as it stands in the page", async () => {
  const { notebook, store } = await setUp()
  await notebook.saveDraft(KEY, { question: "old" })
  mend = failing(["drafts"])
  await notebook.saveDraft(KEY, { question: "new" }).catch(() => {})
  const channel = new BroadcastChannel("ledvei")
  channel.postMessage({ type: "changed", person: "anna", drafts: true, store: store.name })
  await new Promise((resolve) => notebook.addEventListener("change", resolve, { once: true }))
  channel.close()
  assert.deepEqual(notebook.draft(KEY), { question: "new" })
})

test("a draft that became an entry, or was dropped, is not unsaved any more", async () => {
  const { notebook } = await setUp()
  mend = failing(["drafts"])
  await notebook.saveDraft(KEY, { question: "a" }).catch(() => {})
  await notebook.saveDraft("/debrief/new", { happened: "b" }).catch(() => {})
  await notebook.save({ kind: "topic", set: { question: "a" }, draft: KEY })
  await notebook.dropDraft("/debrief/new")
  assert.deepEqual(notebook.unsaved(), [])
})

test("a disk that does not answer is as good as one that says no", async () => {
  const { notebook } = await setUp()
  mock.timers.enable({ apis: ["setTimeout"] })
  mend = silent()
  const saving = notebook.saveDraft(KEY, { question: "Hvord" })
  await new Promise(setImmediate)
  assert.deepEqual(notebook.unsaved(), [])
  mock.timers.tick(3_000)
  assert.deepEqual(notebook.unsaved(), [KEY])
  mend()
  await saving
  assert.deepEqual(notebook.unsaved(), [])
})

test("a lock takes a draft that is nowhere else with it, encrypted, and unlocking brings it back to the disk", async () => {
  const { session, store } = await opened()
  mend = failing(["drafts"])
  await session.sitting.notebook.saveDraft(KEY, { question: "hemmelig" }).catch(() => {})
  await session.lock()
  assert.equal(session.holdsUnsaved, true)
  assert.equal(session.state, "locked")
  mend()
  await session.unlock(PASSPHRASE)
  const { notebook } = session.sitting
  assert.deepEqual(notebook.draft(KEY), { question: "hemmelig" })
  await notebook.settled()
  assert.deepEqual([notebook.unsaved(), session.holdsUnsaved], [[], false])
  assert.equal((await rowsOf(store, "drafts")).length, 1)
  await session.lock()
})

test("what survives a lock cannot be read without the passphrase", async () => {
  const { session } = await opened()
  mend = failing(["drafts"])
  const { notebook } = session.sitting
  await notebook.saveDraft(KEY, { question: "hemmelig" }).catch(() => {})
  const [{ box }] = await notebook.carry()
  assert.ok(!Buffer.from(box).includes("hemmelig"))
  await session.lock()
})

test("a lock does not wait longer than three seconds for a database that does not answer", async () => {
  const { session } = await opened()
  const { notebook } = session.sitting
  mock.timers.enable({ apis: ["setTimeout"] })
  mend = silent()
  const saving = notebook.saveDraft(KEY, { question: "Hvord" })
  const locked = session.lock()
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  assert.equal(session.state, "open", "it waits")
  mock.timers.tick(3_000)
  await locked
  assert.equal(session.state, "locked")
  assert.equal(session.holdsUnsaved, true)
  mend()
  await saving.catch(() => {})
  mock.timers.reset()
  await session.unlock(PASSPHRASE)
  await session.sitting.notebook.settled()
  assert.deepEqual(
    session.sitting.notebook.drafts().map(({ key, fields }) => [key, fields]),
    [[KEY, { question: "Hvord" }]],
    "once, although the first writing came through after all",
  )
  await session.lock()
})

test("what was typed into the view while the disk hung is there after the lock", async () => {
  const { session } = await opened()
  const { notebook } = session.sitting
  mock.timers.enable({ apis: ["setTimeout"] })
  mend = silent()
  void notebook.saveDraft(KEY, { question: "H" })
  const last = ({ detail }) => detail.wait(notebook.saveDraft(KEY, { question: "Hvordan" }))
  session.addEventListener("locking", last, { once: true })
  const locked = session.lock()
  await new Promise(setImmediate)
  mock.timers.tick(3_000)
  await locked
  mend()
  mock.timers.reset()
  await session.unlock(PASSPHRASE)
  assert.deepEqual(session.sitting.notebook.draft(KEY), { question: "Hvordan" })
  await session.lock()
})

test("another person who unlocks between sees nothing of it, and the first one has it still", async () => {
  const { session, network } = await opened()
  mend = failing(["drafts"])
  await session.sitting.notebook.saveDraft(KEY, { question: "anna's" }).catch(() => {})
  await session.lock()
  mend()
  network.server.register = () => ModelServer.prototype.register.call(network.server, "berit")
  await session.enrol({ passphrase: "berits egne fire ord", deviceName: "Phone" })
  assert.deepEqual(session.sitting.notebook.drafts(), [])
  await session.lock()
  await session.unlock(PASSPHRASE)
  assert.deepEqual(session.sitting.notebook.draft(KEY), { question: "anna's" })
  await session.lock()
})

test("whose vault is open registers the device again without the passphrase, and keeps what is being written", async () => {
  const { session } = await opened()
  const { notebook } = session.sitting
  await notebook.saveDraft(KEY, { question: "Hvord" })
  await session.enrol({ deviceName: "Phone" })
  assert.equal(session.state, "open")
  assert.notEqual(session.sitting.notebook, notebook)
  assert.deepEqual(session.sitting.notebook.draft(KEY), { question: "Hvord" })
  await session.lock()
})

test("a disk that does not take the new registration locks, and what was there is there after", async () => {
  const { session } = await opened()
  await session.sitting.notebook.saveDraft(KEY, { question: "Hvord" })
  mend = failing(["meta"])
  await assert.rejects(session.enrol({ deviceName: "Phone" }), { code: "full" })
  assert.equal(session.state, "locked")
  mend()
  await session.unlock(PASSPHRASE)
  assert.deepEqual(session.sitting.notebook.draft(KEY), { question: "Hvord" })
  await session.lock()
})

test("that is for the same person alone", async () => {
  const { session, network } = await opened()
  network.server.register = () => ModelServer.prototype.register.call(network.server, "berit")
  await assert.rejects(session.enrol({ deviceName: "Phone" }), { code: "other_person" })
  assert.equal(session.sitting.notebook.person.id, "anna")
  await session.lock()
})
