import assert from "node:assert/strict"
import { test } from "node:test"
import { restarted, setUp } from "./support/setting.js"

// What may happen to what is written, each by its name.

const field = (notebook, entry, set) => notebook.save({ kind: "debrief", entry, set })

async function twoDevices() {
  const phone = await setUp()
  const tablet = await setUp({ server: phone.server })
  const entry = await phone.write("a")
  for (const { sync } of [phone, tablet]) await sync()
  return { phone, tablet, entry, server: phone.server }
}

test("an operation that the server will never have: it waits with the reason, readable and editable, the rest goes on", async () => {
  const device = await setUp()
  const { server, write, sync } = device
  server.refuse = ({ set }) =>
    set?.happened?.length > 5
      ? { reason: "invalid_field", text: "Too long", fields: { happened: "Too long" } }
      : null
  const bad = await write("far too long")
  const good = await write("short")
  await sync()
  const { notebook } = await restarted(device)
  const [{ entry, reason, text, fields }] = notebook.attention()
  assert.deepEqual([entry, reason, text, fields.happened], [bad, "invalid_field", "Too long", "far too long"])
  assert.equal(notebook.entry(bad).fields.happened, "far too long")
  assert.equal(notebook.waiting().count, 0)
  assert.ok(server.entries.has(good))
})

test("different fields of an entry, written on two devices: both are kept, and nobody is asked", async () => {
  const { phone, tablet, entry, server } = await twoDevices()
  await field(phone.notebook, entry, { happened: "phone" })
  await field(tablet.notebook, entry, { helped: "tablet" })
  for (const { sync } of [phone, tablet, phone]) await sync()
  assert.deepEqual(server.entries.get(entry).fields, { happened: "phone", helped: "tablet" })
  for (const { notebook } of [phone, tablet]) {
    assert.deepEqual(notebook.entry(entry).conflicts, {})
    assert.equal(notebook.syncState().equal, true)
  }
})

test("the same field, written on two devices: both texts stand side by side until the author has chosen", async () => {
  const { phone, tablet, entry } = await twoDevices()
  await field(phone.notebook, entry, { happened: "phone" })
  await field(tablet.notebook, entry, { happened: "tablet" })
  for (const { sync } of [phone, tablet, phone]) await sync()
  for (const { notebook } of [phone, tablet]) {
    const { fields, conflicts } = notebook.entry(entry)
    assert.deepEqual([fields.happened, conflicts.happened[0].value], ["phone", "tablet"])
  }
  await field(phone.notebook, entry, { happened: "phone and tablet" })
  for (const { sync } of [phone, tablet]) await sync()
  assert.deepEqual(tablet.notebook.entry(entry).conflicts, {})
  assert.equal(tablet.notebook.entry(entry).fields.happened, "phone and tablet")
})

test("written here and removed there: the text is not lost on the way", async () => {
  const { phone, tablet, entry, server } = await twoDevices()
  await field(phone.notebook, entry, { happened: "still needed" })
  await tablet.notebook.remove(entry)
  await tablet.sync()
  await phone.sync()
  assert.equal(server.entries.get(entry).fields.happened, "still needed")
})

test("access is lost with something waiting: it reaches the server as its author's, and the entry leaves the device", async () => {
  const anna = await setUp()
  const { server } = anna
  const berit = await setUp({ person: "berit", server })
  const entry = await anna.write("shared")
  await anna.sync()
  server.share(entry, "berit")
  await berit.sync()
  const own = await berit.write("berit's own, in the same series")
  server.share(entry)
  await berit.sync()
  assert.equal(server.entries.get(own).author, "berit")
  assert.equal(berit.notebook.entry(entry), null)
  assert.equal((await restarted(berit)).notebook.entry(entry), null)
  assert.equal(berit.notebook.syncState().equal, true)
})

test("what one could write in and cannot any more waits with its text, under needs attention", async () => {
  const anna = await setUp()
  const { server } = anna
  const berit = await setUp({ person: "berit", server })
  const entry = await anna.write("shared")
  await anna.sync()
  server.share(entry, "berit")
  await berit.sync()
  await field(berit.notebook, entry, { outcome: "done" })
  server.share(entry)
  server.refuse = ({ set }) => (set?.outcome ? { reason: "entry_unknown" } : null)
  await berit.sync()
  assert.deepEqual(
    berit.notebook.attention().map(({ reason, fields }) => [reason, fields]),
    [["entry_unknown", { outcome: "done" }]],
  )
  assert.equal(berit.notebook.syncState().equal, true)
})
