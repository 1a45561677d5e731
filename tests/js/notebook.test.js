import assert from "node:assert/strict"
import { test } from "node:test"
import { readMeta } from "../../ledvei_pwa/static/js/store/meta.js"
import { outboxRows } from "../../ledvei_pwa/static/js/store/outbox.js"
import { Notebook } from "../../ledvei_pwa/static/js/store/notebook.js"
import { Engine } from "../../ledvei_pwa/static/js/sync/engine.js"
import { newDevice, reopened } from "./support/device.js"
import { Network } from "./support/network.js"
import { ModelServer, openSealed } from "./support/server.js"

async function setUp(person = "anna", server = new ModelServer()) {
  const device = await newDevice(server, person)
  const network = new Network(server)
  const engine = new Engine(device.notebook, network.transport)
  return { ...device, server, network, engine, sync: () => engine.syncNow() }
}

const rejected = { reason: "invalid_field", text: "Skriv kortare", fields: { happened: "For langt" } }

test("what is saved is there at once, as saved on this device", async () => {
  const { notebook } = await setUp()
  const id = await notebook.save({
    kind: "debrief",
    set: { happened: "Det ropte", strain: 7, audience: "private" },
  })
  const { fields, state, pending, author, revision, audience } = notebook.get("entry", id)
  assert.deepEqual(fields, { happened: "Det ropte", strain: 7, audience: "private" })
  assert.deepEqual(
    { state, pending, author, revision, audience },
    { state: "saved", pending: 1, author: "anna", revision: 0, audience: "private" },
  )
})

test("what is saved is there after the app has been closed", async () => {
  const device = await setUp()
  const id = await device.notebook.save({ kind: "debrief", set: { happened: "Det ropte" } })
  const { notebook } = await reopened(device)
  assert.equal(notebook.entry(id).fields.happened, "Det ropte")
  assert.equal(notebook.waiting().count, 1)
})

test("the envelope says who, from where, the how-manieth, and on what it was written", async () => {
  const { notebook, store } = await setUp()
  const entry = await notebook.save({ kind: "topic", series: "s", session: "t", set: { question: "a" } })
  await notebook.save({ kind: "topic", entry, set: { question: "b" } })
  const [first, second] = await Promise.all((await outboxRows(store)).map(({ sealed }) => openSealed(sealed)))
  assert.equal(first.v, 1)
  assert.equal(first.person, "anna")
  assert.ok(first.credential && first.device)
  assert.deepEqual([first.number, second.number], [1, 2])
  const { id, at, ...operation } = first.operation
  assert.ok(id && at)
  assert.deepEqual(operation, {
    kind: "topic",
    entry,
    base: 0,
    after: 0,
    set: { question: "a" },
    scope: { series: "s", session: "t" },
  })
})

test("nothing that was written can be read on the disk", async () => {
  const { notebook, store } = await setUp()
  await notebook.save({ kind: "debrief", set: { happened: "hemmelig-frase" } })
  await notebook.saveDraft("topic/new", { question: "hemmelig-frase" })
  const rows = await store.read(["meta", "vaults", "records", "drafts", "pending", "outbox"], async (tx) =>
    Promise.all([...tx.objectStoreNames].map((name) => tx.objectStore(name).getAll())),
  )
  const bytes = Buffer.from(
    JSON.stringify(rows, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    ),
  )
  assert.ok(bytes.length > 500)
  for (const word of ["hemmelig-frase", "Name of anna", notebook.readCredential])
    assert.ok(!bytes.includes(word), word)
})

async function scopesOf(store) {
  const envelopes = await Promise.all((await outboxRows(store)).map(({ sealed }) => openSealed(sealed)))
  return envelopes.map(({ operation }) => operation.scope)
}

test("where an entry belongs goes along with each change until the server has shown it", async () => {
  const { notebook, store, sync } = await setUp()
  const entry = await notebook.save({ kind: "topic", series: "s", session: "t", set: { question: "a" } })
  await notebook.save({ kind: "topic", entry, set: { question: "b" } })
  assert.deepEqual(await scopesOf(store), [
    { series: "s", session: "t" },
    { series: "s", session: "t" },
  ])
  await sync()
  await notebook.save({ kind: "topic", entry, set: { question: "c" } })
  assert.deepEqual(await scopesOf(store), [{}])
})

test("who shares a text again says with whom: a restored server may have lost where that was said first", async () => {
  const { notebook, store, sync } = await setUp()
  const shared = { kind: "debrief", series: "s", set: { happened: "a", audience: "supervisor" } }
  const entry = await notebook.save(shared)
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { audience: "private" } })
  await notebook.save({ kind: "debrief", entry, set: { audience: "supervisor" } })
  assert.deepEqual(await scopesOf(store), [{}, { series: "s" }])
})

test("an entry that has not been changed makes no operation", async () => {
  const { notebook } = await setUp()
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a", helped: "" } })
  await notebook.save({ kind: "debrief", entry, set: { happened: " a ", helped: null } })
  assert.equal(notebook.waiting().count, 1)
})

test("only the fields that were changed are sent", async () => {
  const { notebook, store } = await setUp()
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a", helped: "b" } })
  await notebook.save({ kind: "debrief", entry, set: { happened: "a", helped: "c" } })
  const { operation } = await openSealed((await outboxRows(store))[1].sealed)
  assert.deepEqual(operation.set, { helped: "c" })
})

test("ten saves at once get ten numbers in the order of asking", async () => {
  const { notebook, store } = await setUp()
  await Promise.all(
    Array.from({ length: 10 }, (_, place) =>
      notebook.save({ kind: "debrief", set: { happened: `${place}` } }),
    ),
  )
  const envelopes = await Promise.all((await outboxRows(store)).map(({ sealed }) => openSealed(sealed)))
  assert.deepEqual(
    envelopes.map(({ number, operation }) => [number, operation.set.happened]),
    envelopes.map((_, place) => [place + 1, `${place}`]),
  )
})

test("two tabs that save at once never take the same number", async () => {
  const { notebook, store, vault } = await setUp()
  const other = await Notebook.open(store, vault)
  await Promise.all(
    [notebook, other].flatMap((tab) =>
      ["a", "b", "c"].map((text) => tab.save({ kind: "debrief", set: { happened: text } })),
    ),
  )
  const numbers = (await Promise.all((await outboxRows(store)).map(({ sealed }) => openSealed(sealed)))).map(
    ({ number }) => number,
  )
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6])
})

test("another tab sees what was saved in this one", async () => {
  const { notebook, store, vault } = await setUp()
  const other = await Notebook.open(store, vault)
  const heard = new Promise((resolve) => other.addEventListener("change", resolve, { once: true }))
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await heard
  assert.equal(other.entry(id).fields.happened, "a")
})

test("after a sync what was saved has been sent, and looks the same", async () => {
  const { notebook, server, sync } = await setUp()
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  const { fields, state, revision, pending } = notebook.entry(id)
  assert.deepEqual(
    { fields, state, revision, pending },
    { fields: { happened: "a" }, state: "sent", revision: 1, pending: 0 },
  )
  assert.equal(server.entries.get(id).fields.happened, "a")
  assert.deepEqual(notebook.sent(), [])
})

test("two edits of one field without a network are no conflict with oneself", async () => {
  const { notebook, sync } = await setUp()
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { happened: "ab" } })
  await notebook.save({ kind: "debrief", entry, set: { happened: "abc" } })
  await sync()
  const { fields, conflicts } = notebook.entry(entry)
  assert.deepEqual({ fields, conflicts }, { fields: { happened: "abc" }, conflicts: {} })
})

test("different fields changed on two devices are both kept", async () => {
  const phone = await setUp()
  const tablet = await setUp("anna", phone.server)
  const entry = await phone.notebook.save({ kind: "debrief", set: { happened: "a", helped: "b" } })
  await phone.sync()
  await tablet.sync()
  await phone.notebook.save({ kind: "debrief", entry, set: { happened: "a2" } })
  await tablet.notebook.save({ kind: "debrief", entry, set: { helped: "b2" } })
  for (const device of [phone, tablet, phone]) await device.sync()
  for (const { notebook } of [phone, tablet]) {
    assert.deepEqual(notebook.entry(entry).fields, { happened: "a2", helped: "b2" })
  }
})

test("the same field changed on two devices stands side by side until the author chooses", async () => {
  const phone = await setUp()
  const tablet = await setUp("anna", phone.server)
  const entry = await phone.notebook.save({ kind: "debrief", set: { happened: "a" } })
  await phone.sync()
  await tablet.sync()
  await phone.notebook.save({ kind: "debrief", entry, set: { happened: "phone" } })
  await tablet.notebook.save({ kind: "debrief", entry, set: { happened: "tablet" } })
  await phone.sync()
  await tablet.sync()
  const view = tablet.notebook.entry(entry)
  assert.equal(view.fields.happened, "phone")
  assert.deepEqual(
    view.conflicts.happened.map(({ value }) => value),
    ["tablet"],
  )

  await tablet.notebook.save({ kind: "debrief", entry, set: { happened: "phone" } })
  assert.deepEqual(tablet.notebook.entry(entry).conflicts, {})
  await tablet.sync()
  assert.deepEqual(tablet.notebook.entry(entry).conflicts, {})
  assert.equal(tablet.notebook.entry(entry).fields.happened, "phone")
})

test("what came in while a form was open is not overwritten by it", async () => {
  const phone = await setUp()
  const tablet = await setUp("anna", phone.server)
  const entry = await phone.notebook.save({ kind: "debrief", set: { happened: "a" } })
  await phone.sync()
  await tablet.sync()
  const opened = phone.notebook.entry(entry)
  await tablet.notebook.save({ kind: "debrief", entry, set: { happened: "tablet" } })
  await tablet.sync()
  await phone.sync()
  await phone.notebook.save({ kind: "debrief", entry, set: { happened: "phone" }, base: opened })
  await phone.sync()
  const { fields, conflicts } = phone.notebook.entry(entry)
  assert.equal(fields.happened, "tablet")
  assert.deepEqual(
    conflicts.happened.map(({ value }) => value),
    ["phone"],
  )
})

test("a removed entry is gone at once and comes back by undo", async () => {
  const { notebook, sync } = await setUp()
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await notebook.remove(id)
  assert.equal(notebook.entry(id), null)
  assert.deepEqual(notebook.entries(), [])
  await notebook.restore(id)
  assert.equal(notebook.entry(id).fields.happened, "a")
  await sync()
  assert.equal(notebook.entry(id).fields.happened, "a")
})

test("a removal that has been sent can still be undone", async () => {
  const { notebook, sync, server } = await setUp()
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.remove(id)
  await sync()
  assert.equal(server.entries.get(id).removed, true)
  assert.equal(notebook.shown().length, 0)
  await notebook.restore(id)
  assert.equal(notebook.entry(id).fields.happened, "a")
  await sync()
  assert.equal(server.entries.get(id).removed, false)
  assert.equal(notebook.entry(id).state, "sent")
})

test("reading somebody else's entry is told once, and its author sees it", async () => {
  const anna = await setUp("anna")
  const berit = await setUp("berit", anna.server)
  const id = await anna.notebook.save({ kind: "topic", set: { question: "a", audience: "supervisor" } })
  await anna.sync()
  anna.server.share(id, "berit")
  await berit.sync()
  await berit.notebook.markSeen(id)
  await berit.notebook.markSeen(id)
  assert.equal(berit.notebook.waiting().count, 1)
  await berit.sync()
  await berit.notebook.markSeen(id)
  assert.equal(berit.notebook.waiting().count, 0)
  await anna.sync()
  assert.equal(anna.notebook.entry(id).state, "seen")
})

test("a text that stays on the screen is told of once, also after it has been sent", async () => {
  const server = new ModelServer()
  const author = await setUp("anna", server)
  const reader = await setUp("ragnhild", server)
  const entry = await author.notebook.save({ kind: "topic", set: { question: "a" } })
  await author.sync()
  server.share(entry, "ragnhild")
  await reader.sync()
  for (let look = 0; look < 3; look += 1) {
    await reader.notebook.markSeen(entry)
    await reader.sync()
  }
  assert.equal(reader.network.requests.flatMap(({ question }) => question.operations).length, 1)
})

test("a text that was written on is told of again, with the revision that was read", async () => {
  const server = new ModelServer()
  const author = await setUp("anna", server)
  const reader = await setUp("ragnhild", server)
  const entry = await author.notebook.save({ kind: "topic", set: { question: "a" } })
  await author.sync()
  server.share(entry, "ragnhild")
  const told = []
  for (const question of ["b", "c"]) {
    await author.notebook.save({ kind: "topic", entry, set: { question } })
    await author.sync()
    await reader.sync()
    await reader.notebook.markSeen(entry)
    const [row] = await outboxRows(reader.store)
    told.push((await openSealed(row.sealed)).operation.base)
    await reader.sync()
  }
  assert.deepEqual(told, [2, 3])
})

test("one's own entry is not marked as seen", async () => {
  const { notebook, sync } = await setUp()
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.markSeen(id)
  assert.equal(notebook.waiting().count, 0)
})

test("losing access takes the entry off the device", async () => {
  const anna = await setUp("anna")
  const berit = await setUp("berit", anna.server)
  const id = await anna.notebook.save({ kind: "topic", set: { question: "a" } })
  await anna.sync()
  anna.server.share(id, "berit")
  await berit.sync()
  assert.ok(berit.notebook.entry(id))
  anna.server.share(id)
  await berit.sync()
  assert.equal(berit.notebook.entry(id), null)
  assert.equal((await reopened(berit)).notebook.entry(id), null)
})

test("undoing a removal shows the text that stood there, also when it was sent together with the removal", async () => {
  const { notebook, sync, server } = await setUp()
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.save({ kind: "debrief", entry: id, set: { happened: "b" } })
  await notebook.remove(id)
  await sync()
  await notebook.restore(id)
  assert.equal(notebook.entry(id).fields.happened, "b")
  await notebook.save({ kind: "debrief", entry: id, set: { helped: "c" } })
  await sync()
  assert.deepEqual(server.entries.get(id).fields, { happened: "b", helped: "c" })
  assert.deepEqual(notebook.entry(id).conflicts, {})
})

test("a new entry that was sent together with its removal comes back by undo", async () => {
  const { notebook, sync, server } = await setUp()
  const id = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await notebook.remove(id)
  await sync()
  assert.equal(server.entries.get(id).removed, true)
  await notebook.restore(id)
  assert.equal(notebook.entry(id).fields.happened, "a")
  await sync()
  assert.equal(server.entries.get(id).removed, false)
  assert.equal(notebook.entry(id).fields.happened, "a")
})

test("what the server will not have waits with its text and the reason, and the rest goes on", async () => {
  const { notebook, server, sync } = await setUp()
  server.refuse = ({ set }) => (set?.happened === "for lang" ? rejected : null)
  const bad = await notebook.save({ kind: "debrief", set: { happened: "for lang", helped: "te" } })
  const good = await notebook.save({ kind: "debrief", set: { happened: "kort" } })
  await sync()
  assert.equal(notebook.entry(good).state, "sent")
  assert.equal(notebook.entry(bad).state, "attention")
  assert.equal(notebook.waiting().count, 0)
  const [{ entry, reason, text, problems, fields }] = notebook.attention()
  assert.deepEqual(
    { entry, reason, text, problems },
    { entry: bad, reason: "invalid_field", text: "Skriv kortare", problems: { happened: "For langt" } },
  )
  assert.deepEqual(fields, { happened: "for lang", helped: "te" })
})

test("what needs attention still does after the app has been closed", async () => {
  const device = await setUp()
  device.server.refuse = () => rejected
  await device.notebook.save({ kind: "debrief", set: { happened: "a" } })
  await device.sync()
  const { notebook } = await reopened(device)
  assert.equal(notebook.attention()[0].fields.happened, "a")
})

test("editing what was refused sends all of it again, as one", async () => {
  const { notebook, server, sync } = await setUp()
  server.refuse = ({ set }) => (set?.happened === "for lang" ? rejected : null)
  const entry = await notebook.save({ kind: "debrief", set: { happened: "for lang", helped: "te" } })
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { happened: "kort" } })
  await sync()
  assert.deepEqual(server.entries.get(entry).fields, { happened: "kort", helped: "te" })
  assert.deepEqual(notebook.attention(), [])
  assert.equal(notebook.entry(entry).state, "sent")
})

test("what was refused can be tried again", async () => {
  const { notebook, server, sync } = await setUp()
  server.refuse = () => rejected
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  server.refuse = () => null
  await notebook.retry(notebook.attention()[0].id)
  assert.equal(notebook.entry(entry).state, "saved")
  await sync()
  assert.equal(server.entries.get(entry).fields.happened, "a")
})

/** Something is refused, of whose two fields the writer has written over one before that was known. */
async function writtenOver() {
  const device = await setUp()
  const { notebook, server, sync } = device
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  server.refuse = ({ set }) => (set?.helped === "for lang" ? rejected : null)
  await notebook.save({ kind: "debrief", entry, set: { happened: "older", helped: "for lang" } })
  await notebook.save({ kind: "debrief", entry, set: { happened: "newer" } })
  return { ...device, entry }
}

test("what was written over a refused text stands, also when the server has shown it", async () => {
  const { notebook, sync, entry } = await writtenOver()
  await sync()
  await sync()
  const { fields, conflicts, state } = notebook.entry(entry)
  assert.deepEqual(fields, { happened: "newer", helped: "for lang" })
  assert.deepEqual([conflicts, state], [{}, "attention"])
})

test("a refused text goes along without what has been written over", async () => {
  const { notebook, server, sync, entry } = await writtenOver()
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { helped: "te" } })
  await sync()
  const { fields, conflicts } = server.entries.get(entry)
  assert.deepEqual([fields, conflicts], [{ happened: "newer", helped: "te" }, {}])
  assert.deepEqual(notebook.attention(), [])
})

test("a refused text goes along with what was written over it, when the server has not shown that yet", async () => {
  const { notebook, server, sync, entry } = await writtenOver()
  server.failsFor.add("anna")
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { helped: "te" } })
  assert.deepEqual(notebook.entry(entry).fields, { happened: "newer", helped: "te" })
  server.failsFor.clear()
  await sync()
  assert.deepEqual(server.entries.get(entry).fields, { happened: "newer", helped: "te" })
})

test("a refused text that is tried again does not come back over what was written since", async () => {
  const { notebook, server, sync, entry } = await writtenOver()
  await sync()
  server.refuse = () => null
  await notebook.retry(notebook.attention()[0].id)
  await sync()
  const { fields, conflicts } = server.entries.get(entry)
  assert.deepEqual([fields, conflicts], [{ happened: "newer", helped: "for lang" }, {}])
})

test("a refused text that another tab knew nothing of is not written over by it", async () => {
  const { notebook, server, sync } = await setUp()
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  const openForm = notebook.entry(entry)
  server.refuse = ({ set }) => (set?.helped === "for lang" ? rejected : null)
  await notebook.save({ kind: "debrief", entry, set: { happened: "older", helped: "for lang" } })
  await notebook.save({ kind: "debrief", entry, set: { happened: "newer" }, base: openForm })
  await sync()
  server.refuse = () => null
  await notebook.retry(notebook.attention()[0].id)
  await sync()
  const { fields, conflicts } = server.entries.get(entry)
  assert.deepEqual([fields.happened, ...conflicts.happened.map(({ value }) => value)].sort(), [
    "newer",
    "older",
  ])
})

test("undoing a removal does not bring a refused text back over what was written since", async () => {
  const { notebook, server, sync, entry } = await writtenOver()
  await sync()
  await notebook.remove(entry)
  await notebook.restore(entry)
  server.refuse = () => null
  await sync()
  const { fields, conflicts } = server.entries.get(entry)
  assert.deepEqual([fields, conflicts], [{ happened: "newer", helped: "for lang" }, {}])
})

test("what was refused can be given up, and leaves nothing behind", async () => {
  const { notebook, server, sync, store } = await setUp()
  server.refuse = () => rejected
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.discard(notebook.attention()[0].id)
  assert.equal(notebook.entry(entry), null)
  assert.deepEqual(await outboxRows(store), [])
})

test("a refused reading bothers nobody", async () => {
  const anna = await setUp("anna")
  const berit = await setUp("berit", anna.server)
  const id = await anna.notebook.save({ kind: "topic", set: { question: "a" } })
  await anna.sync()
  anna.server.share(id, "berit")
  await berit.sync()
  await berit.notebook.markSeen(id)
  berit.server.refuse = () => ({ reason: "entry_unknown" })
  await berit.sync()
  assert.deepEqual(berit.notebook.attention(), [])
  assert.deepEqual(await outboxRows(berit.store), [])
})

test("a new entry that the server never had is removed without a word to it", async () => {
  const { notebook, server, sync, network } = await setUp()
  server.refuse = () => rejected
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.remove(entry)
  assert.equal(notebook.entry(entry), null)
  await sync()
  assert.deepEqual(network.requests.at(-1).question.operations, [])
})

for (const announced of [true, false]) {
  const told = announced ? "that was told of" : "that nobody has told of"
  test(`a removal undone after a restore ${told}, of what came after the backup, stays undone`, async () => {
    const { notebook, server, sync } = await setUp()
    const backup = server.backup()
    const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
    await notebook.remove(entry)
    await sync()
    server.restore(backup, { announced })
    await notebook.restore(entry)
    await sync()
    assert.equal(server.entries.get(entry).removed, false)
    assert.equal(notebook.entry(entry).fields.happened, "a")
    assert.equal(notebook.syncState().equal, true)
  })
}

test("after a restore, a removal waits for the first words of its entry", async () => {
  const { notebook, server, sync } = await setUp()
  server.beginEpoch()
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await notebook.remove(entry)
  server.refuse = ({ set }) => (set.happened ? { result: "retry", reason: "server_failed" } : null)
  await sync()
  assert.equal(notebook.waiting().count, 2)
  server.refuse = () => null
  await sync()
  assert.equal(server.entries.get(entry).removed, true)
})

for (const isUndone of [false, true]) {
  const what = isUndone ? "a removal and its undoing" : "a removal"
  test(`after a restore, ${what} of an entry whose first words are refused does not wait for them`, async () => {
    const { notebook, server, sync, store } = await setUp()
    server.beginEpoch()
    server.refuse = ({ set }) => (set.happened ? rejected : null)
    const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
    await notebook.remove(entry)
    if (isUndone) await notebook.restore(entry)
    await sync()
    assert.deepEqual(
      (await outboxRows(store)).map(({ state }) => state),
      ["attention"],
    )
    assert.equal(notebook.waiting().count, 0)
    assert.equal(notebook.attention()[0].fields.happened, "a")
    assert.equal(server.entries.has(entry), false)
  })
}

test("undoing a removal brings back what was refused as well, and it waits for its person again", async () => {
  const device = await setUp()
  const { notebook, server, sync } = device
  server.refuse = ({ set }) => (set?.happened === "for lang" ? rejected : null)
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a", helped: "te" } })
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { happened: "for lang" } })
  await sync()
  await notebook.remove(entry)
  await sync()
  assert.deepEqual(notebook.attention(), [])
  await notebook.restore(entry)
  await sync()
  assert.deepEqual(server.entries.get(entry).fields, { happened: "a", helped: "te" })
  assert.equal(server.entries.get(entry).removed, false)
  const again = await reopened(device)
  assert.deepEqual(again.notebook.attention()[0].fields, { happened: "for lang" })
  assert.deepEqual(again.notebook.entry(entry).fields, { happened: "for lang", helped: "te" })
})

test("a new entry that was refused and removed comes back by undo, once", async () => {
  const { notebook, server, sync } = await setUp()
  server.refuse = () => rejected
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await sync()
  await notebook.remove(entry)
  await notebook.restore(entry)
  await notebook.restore(entry)
  assert.equal(notebook.entry(entry).fields.happened, "a")
  await sync()
  assert.deepEqual(
    notebook.attention().map(({ fields }) => fields),
    [{ happened: "a" }],
  )
})

test("a draft is kept as it was left", async () => {
  const device = await setUp()
  await device.notebook.saveDraft("topic/new", { question: "Hvordan sier jeg" })
  assert.deepEqual(device.notebook.draft("topic/new"), { question: "Hvordan sier jeg" })
  const { notebook } = await reopened(device)
  assert.deepEqual(notebook.draft("topic/new"), { question: "Hvordan sier jeg" })
  assert.equal(notebook.drafts().length, 1)
})

test("of many drafts in a breath the last one stands", async () => {
  const device = await setUp()
  await Promise.all(["H", "Hv", "Hvo"].map((question) => device.notebook.saveDraft("t", { question })))
  assert.deepEqual((await reopened(device)).notebook.draft("t"), { question: "Hvo" })
})

test("closing waits for a draft that is on its way to the disk", async () => {
  const device = await setUp()
  void device.notebook.saveDraft("t", { question: "a" })
  assert.deepEqual((await reopened(device)).notebook.draft("t"), { question: "a" })
})

test("the draft leaves together with what it became, even when it is being written just then", async () => {
  const device = await setUp()
  await device.notebook.saveDraft("t", { happened: "a" })
  void device.notebook.saveDraft("t", { happened: "ab" })
  await device.notebook.save({ kind: "debrief", set: { happened: "ab" }, draft: "t" })
  assert.equal(device.notebook.draft("t"), null)
  assert.equal((await reopened(device)).notebook.draft("t"), null)
})

test("entries are found by kind, session, series and author", async () => {
  const { notebook } = await setUp()
  await notebook.save({ kind: "topic", series: "s", session: "t", set: { question: "a" } })
  await notebook.save({ kind: "debrief", set: { happened: "b" } })
  assert.equal(notebook.entries().length, 2)
  assert.equal(notebook.entries({ kind: "topic" }).length, 1)
  assert.equal(notebook.entries({ session: "t", series: "s", author: "anna" }).length, 1)
  assert.equal(notebook.entries({ session: "u" }).length, 0)
})

test("how long something has waited is told", async () => {
  const server = new ModelServer()
  const { notebook } = await newDevice(server, "anna", { now: () => new Date("2026-11-18T09:00:00Z") })
  assert.deepEqual(notebook.waiting(), { count: 0, since: null })
  await notebook.save({ kind: "debrief", set: { happened: "a" } })
  assert.deepEqual(notebook.waiting(), { count: 1, since: "2026-11-18T09:00:00.000Z" })
})

test("a record that cannot be read is fetched again", async () => {
  const device = await setUp()
  const id = await device.notebook.save({ kind: "debrief", set: { happened: "a" } })
  await device.sync()
  await device.store.write(["records"], async (tx) => {
    const [row] = await tx.objectStore("records").getAll()
    row.box[20] ^= 1
    await tx.objectStore("records").put(row)
  })
  const { notebook } = await reopened(device)
  assert.equal(notebook.entry(id), null)
  await new Engine(notebook, device.network.transport).syncNow()
  assert.equal(notebook.entry(id).fields.happened, "a")
  assert.equal(notebook.syncState().equal, true)
})

test("an edit without a network shows the new text, and no conflict with what stood there", async () => {
  const { notebook, sync } = await setUp()
  const entry = await notebook.save({ kind: "debrief", set: { happened: "a", helped: "b" } })
  await sync()
  await notebook.save({ kind: "debrief", entry, set: { happened: "ab" } })
  await notebook.save({ kind: "debrief", entry, set: { happened: "abc" } })
  const { fields, conflicts, pending } = notebook.entry(entry)
  assert.deepEqual(
    { fields, conflicts, pending },
    { fields: { happened: "abc", helped: "b" }, conflicts: {}, pending: 2 },
  )
})

/** The server has told who supervises. */
async function supervisedBy({ notebook, store }, supervisor) {
  const { cursor, epoch } = await readMeta(store, "anna")
  const series = { type: "series", id: "s", version: 1, form: "individual", supervisor, members: ["anna"] }
  const news = { changes: [series], removed: [], since: { cursor, epoch }, meta: {}, shown: [] }
  assert.ok(await notebook.takeIn(news))
}

const forTheSupervisor = { kind: "debrief", series: "s", set: { happened: "a", audience: "supervisor" } }

test("who shares with the supervisor says who that was, as this device knew or the page showed", async () => {
  const device = await setUp()
  await supervisedBy(device, "kari")
  await device.notebook.save(forTheSupervisor)
  await supervisedBy(device, "ola")
  await device.notebook.save({ ...forTheSupervisor, to: "kari" })
  await device.notebook.save(forTheSupervisor)
  const named = (await scopesOf(device.store)).map(({ to }) => to)
  assert.deepEqual(named, ["kari", "kari", "ola"])
})

test("nobody is named where the supervisor was not chosen", async () => {
  const device = await setUp()
  await supervisedBy(device, "kari")
  const entry = await device.notebook.save({
    ...forTheSupervisor,
    set: { happened: "a", audience: "private" },
  })
  await device.notebook.save({ kind: "debrief", entry, set: { happened: "b" } })
  assert.deepEqual(await scopesOf(device.store), [{ series: "s" }, { series: "s" }])
})

test("letting the next supervisor read is a change of its own, once", async () => {
  const device = await setUp()
  await supervisedBy(device, "kari")
  const entry = await device.notebook.save(forTheSupervisor)
  await supervisedBy(device, "ola")
  assert.equal(device.notebook.entry(entry).to, "kari")
  for (let times = 0; times < 2; times += 1)
    await device.notebook.save({ kind: "debrief", entry, set: {}, to: "ola" })
  assert.equal(device.notebook.entry(entry).to, "ola")
  assert.deepEqual((await scopesOf(device.store)).slice(1), [{ series: "s", to: "ola" }])
})
