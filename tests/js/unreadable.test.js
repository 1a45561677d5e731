import assert from "node:assert/strict"
import { test } from "node:test"
import { outboxRows } from "../../ledvei_pwa/static/js/store/outbox.js"
import { Notebook } from "../../ledvei_pwa/static/js/store/notebook.js"
import { newDevice } from "./support/device.js"
import { ModelServer } from "./support/server.js"

/** Turn one byte in every row of a table, as a worn disk does, or as a tab does that still has an older key. */
async function spoil(store, table) {
  await store.write([table], async (tx) => {
    for (const row of await tx.objectStore(table).getAll()) {
      const box = row.box.slice()
      box[box.length - 1] ^= 1
      await tx.objectStore(table).put({ ...row, box })
    }
  })
}

test("one draft that cannot be read does not keep a person from the rest", async () => {
  const { store, vault, notebook } = await newDevice(new ModelServer(), "anna")
  await notebook.saveDraft("/debrief/new", { happened: "a" })
  await spoil(store, "drafts")
  await notebook.saveDraft("/topic/new", { question: "b" })
  const again = await Notebook.open(store, vault)
  assert.deepEqual(again.draft("/topic/new"), { question: "b" })
  assert.equal(again.draft("/debrief/new"), null)
})

test("one waiting change that cannot be read is still sent, and keeps nobody from the rest", async () => {
  const { store, vault, notebook } = await newDevice(new ModelServer(), "anna")
  await notebook.save({ kind: "debrief", set: { happened: "a" } })
  await spoil(store, "pending")
  const readable = await notebook.save({ kind: "debrief", set: { happened: "b" } })
  const again = await Notebook.open(store, vault)
  assert.deepEqual(
    again.entries().map(({ id }) => id),
    [readable],
  )
  assert.equal((await outboxRows(store)).length, 2)
  assert.equal(again.waiting().count, 2)
})
