import assert from "node:assert/strict"
import { test } from "node:test"
import { Notebook } from "../../ledvei_pwa/static/js/store/notebook.js"
import { Engine } from "../../ledvei_pwa/static/js/sync/engine.js"
import { Catchup } from "../../ledvei_pwa/static/js/sync/pull.js"
import { newDevice } from "./support/device.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"

const KEY = "/debrief/new"
const happened = (notebook) =>
  notebook
    .drafts()
    .map(({ fields }) => fields.happened)
    .sort()

/** Two tabs of one person, and what a third start of the app finds. */
async function setUp() {
  const { store, vault, notebook: one } = await newDevice(new ModelServer(), "anna")
  const two = await Notebook.open(store, vault)
  const found = async () => {
    await Promise.all([one.settled(), two.settled()])
    return Notebook.open(store, vault)
  }
  return { one, two, found }
}

/** Until the other tab has heard. */
async function heard(notebook, isSo) {
  const end = performance.now() + 10_000
  while (!isSo(notebook) && performance.now() < end) await new Promise((go) => setTimeout(go, 5))
  assert.ok(isSo(notebook))
}

test("the same new text begun in two tabs is two drafts, and neither is lost", async () => {
  const { one, two, found } = await setUp()
  await Promise.all([
    one.saveDraft(KEY, { happened: "from one" }),
    two.saveDraft(KEY, { happened: "from two" }),
  ])
  await one.saveDraft(KEY, { happened: "from one, more" })
  await two.saveDraft(KEY, { happened: "from two, more" })
  assert.deepEqual(happened(await found()), ["from one, more", "from two, more"])
})

test("a tab that has not heard of the other's draft does not write over it", async () => {
  const { one, two, found } = await setUp()
  assert.equal(two.draft(KEY), null)
  await one.saveDraft(KEY, { happened: "from one" })
  await two.saveDraft(KEY, { happened: "from two" })
  assert.deepEqual(happened(await found()), ["from one", "from two"])
})

test("what is done in one tab leaves the other tab's draft", async () => {
  const { one, two, found } = await setUp()
  await one.saveDraft(KEY, { happened: "from one" })
  await two.saveDraft(KEY, { happened: "from two" })
  await one.save({ kind: "debrief", set: { happened: "from one" }, draft: KEY })
  const later = await found()
  assert.deepEqual(happened(later), ["from two"])
  assert.deepEqual(later.draft(KEY), { happened: "from two" })
})

test("a draft dropped in one tab leaves the other tab's", async () => {
  const { one, two, found } = await setUp()
  await one.saveDraft(KEY, { happened: "from one" })
  await two.saveDraft(KEY, { happened: "from two" })
  await two.dropDraft(KEY)
  assert.deepEqual(happened(await found()), ["from one"])
})

test("a draft from one tab can be gone on with in another", async () => {
  const { one, two, found } = await setUp()
  await one.saveDraft(KEY, { happened: "from one" })
  await heard(two, (notebook) => notebook.draft(KEY)?.happened === "from one")
  await two.saveDraft(KEY, { happened: "from one, and on" })
  assert.deepEqual(happened(await found()), ["from one, and on"])
})

test("a draft gone on with in two tabs at once is kept in both forms", async () => {
  const { one, two, found } = await setUp()
  await one.saveDraft(KEY, { happened: "begun" })
  await heard(two, (notebook) => notebook.draft(KEY)?.happened === "begun")
  await two.saveDraft(KEY, { happened: "begun, two" })
  await heard(one, (notebook) => notebook.drafts().some(({ fields }) => fields.happened === "begun, two"))
  await one.saveDraft(KEY, { happened: "begun, one" })
  assert.deepEqual(happened(await found()), ["begun, one", "begun, two"])
})

test("the drafts that are left come up one after the other", async () => {
  const { one, two, found } = await setUp()
  await one.saveDraft(KEY, { happened: "from one" })
  await two.saveDraft(KEY, { happened: "from two" })
  const later = await found()
  const first = later.draft(KEY)
  await later.save({ kind: "debrief", set: first, draft: KEY })
  const second = later.draft(KEY)
  await later.save({ kind: "debrief", set: second, draft: KEY })
  assert.deepEqual([first.happened, second.happened].sort(), ["from one", "from two"])
  assert.deepEqual(later.drafts(), [])
})

test("a draft that was done in one tab can be written on in the other, where it still stands", async () => {
  const { one, two, found } = await setUp()
  await one.saveDraft(KEY, { happened: "begun" })
  await heard(two, (notebook) => notebook.draft(KEY)?.happened === "begun")
  await one.save({ kind: "debrief", set: { happened: "begun" }, draft: KEY })
  await two.saveDraft(KEY, { happened: "begun, and more" })
  assert.deepEqual(happened(await found()), ["begun, and more"])
})

test("two tabs with the same form open, both saved: the author is asked, and neither text is lost", async () => {
  const server = new ModelServer()
  const { store, vault, notebook: one } = await newDevice(server, "anna")
  const sync = () => new Engine(one, new Network(server).transport).syncNow()
  const entry = await one.save({ kind: "debrief", set: { happened: "first" } })
  await sync()
  const two = await Notebook.open(store, vault)
  const [openInOne, openInTwo] = [one.entry(entry), two.entry(entry)]
  await one.save({ kind: "debrief", entry, set: { happened: "from one" }, base: openInOne })
  await two.save({ kind: "debrief", entry, set: { happened: "from two" }, base: openInTwo })
  await sync()
  const { fields, conflicts } = one.entry(entry)
  assert.deepEqual(
    [fields.happened, conflicts.happened.map(({ value }) => value)],
    ["from one", ["from two"]],
  )
})

test("a tab does not say that all is sent while another tab's change waits", async () => {
  const server = new ModelServer()
  const { store, vault, notebook: one } = await newDevice(server, "anna")
  const two = await Notebook.open(store, vault)
  await new Engine(one, new Network(server).transport).syncNow()
  assert.equal(one.syncState().equal, true)
  await two.save({ kind: "debrief", set: { happened: "from two" } })
  await heard(one, (notebook) => notebook.waiting().count === 1)
  assert.equal(one.syncState().equal, false)
})

/** Two tabs that hear nothing of each other, as for the moment before a message comes. */
async function deafTabs() {
  const { BroadcastChannel } = globalThis
  delete globalThis.BroadcastChannel
  try {
    const server = new ModelServer()
    const { store, vault, notebook: one } = await newDevice(server, "anna")
    const sync = (notebook) => new Catchup(notebook, new Network(server).transport).run()
    const entry = await one.save({ kind: "debrief", set: { happened: "first" } })
    await sync(one)
    return { one, two: await Notebook.open(store, vault), sync, entry }
  } finally {
    Object.assign(globalThis, { BroadcastChannel })
  }
}

test("what this tab has written and another taken in stands here all the time", async () => {
  const { one, two, sync, entry } = await deafTabs()
  await one.save({ kind: "debrief", entry, set: { happened: "second" } })
  await two.refresh()
  await sync(two)
  await one.refresh()
  assert.equal(one.entry(entry).fields.happened, "second")
})

test("what another tab has written and taken in counts as seen here only when it stands here", async () => {
  const { one, two, sync, entry } = await deafTabs()
  await two.save({ kind: "debrief", entry, set: { happened: "from two" } })
  await sync(two)
  await two.save({ kind: "debrief", set: { happened: "something else" } })
  await one.refresh()
  const open = one.entry(entry)
  assert.deepEqual([open.fields.happened, open.revision], ["from two", 2])
})
