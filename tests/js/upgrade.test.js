import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { Notebook } from "../../ledvei_pwa/static/js/store/notebook.js"
import { openVault } from "../../ledvei_pwa/static/js/store/vaults.js"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { newStore, PASSPHRASE } from "./support/device.js"
import { fromText, restored } from "./support/dump.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"
import { rowsOf, seated, textsOn } from "./support/setting.js"

// One fixture for every version of the database that has been released, made by that release and kept for ever.
const read = (version) => readFile(new URL(`./fixtures/database_${version}.json`, import.meta.url), "utf8")

/** A phone on which version 1 has been used, and the app has been updated. */
async function updated() {
  const { database, entries, server: state } = fromText(await read(1))
  const store = newStore()
  await restored(store.name, database)
  const network = new Network(ModelServer.from(state))
  const unlocked = async (person) => {
    const { vault } = await openVault(store, [person], PASSPHRASE)
    return seated({ store, vault, notebook: await Notebook.open(store, vault) }, network)
  }
  return { store, network, server: network.server, entries, unlocked }
}

test("what waited when the app was updated waits still, readable and in order", async () => {
  const { unlocked, entries } = await updated()
  const { notebook, outbox } = await unlocked("anna")
  assert.equal(notebook.waiting().count, 2)
  assert.equal(notebook.entry(entries.waiting).fields.happened, "venter")
  assert.equal(notebook.entry(entries.shown).fields.happened, "vist, og endret")
  assert.equal(notebook.entry(entries.sent).fields.happened, "sendt av arbeideren")
  assert.deepEqual(
    notebook.attention().map(({ reason, fields }) => [reason, fields.happened]),
    [["invalid_field", "avvist"]],
  )
  assert.deepEqual(notebook.draft("/topic/new"), { question: "Hvordan sier jeg" })
  assert.equal((await outbox()).length, 3)
})

test("and is sent, everybody's, once, and kept", async () => {
  const { unlocked, server } = await updated()
  const { notebook, sync, kept, meta, astray } = await unlocked("anna")
  await sync()
  assert.deepEqual(textsOn(server), ["Berits, venter", "sendt av arbeideren", "venter", "vist, og endret"])
  assert.ok([...server.applied.values()].every((times) => times === 1))
  assert.equal(notebook.syncState().equal, true)
  assert.deepEqual((await kept()).map(({ person, number }) => `${person} ${number}`).sort(), [
    "anna 4",
    "anna 5",
    "berit 1",
  ])
  assert.deepEqual([(await meta()).acknowledged, astray], [5, 0])
})

test("the worker of the new version sends it with nobody there", async () => {
  const { store, network, server } = await updated()
  const { settled, failure } = await flush(store, network.transport)
  assert.deepEqual([settled, failure], [3, null])
  assert.equal(server.applied.size, 5)
})

test("a server restored at the same time as the app was updated loses nothing that waited", async () => {
  const { unlocked, server, entries } = await updated()
  server.beginEpoch()
  const { notebook, sync } = await unlocked("anna")
  await sync()
  assert.equal(server.entries.get(entries.waiting).fields.happened, "venter")
  assert.equal(notebook.syncState().equal, true)
  assert.ok(notebook.syncState().restored)
})

test("a new text after the update goes on counting", async () => {
  const { unlocked } = await updated()
  const { write, outbox } = await unlocked("anna")
  await write("ny")
  assert.equal((await outbox()).at(-1).number, 6)
})

test("the new table is empty, and the old ones have lost nothing", async () => {
  const { store } = await updated()
  const { database } = fromText(await read(1))
  assert.deepEqual(await rowsOf(store, "kept"), [])
  for (const { name, rows } of database.tables) assert.deepEqual(await rowsOf(store, name), rows, name)
})

test("every version that there has been has its fixture", async () => {
  const { store } = await updated()
  await rowsOf(store, "kept")
  const { version } = await new Promise((resolve) => {
    const opening = indexedDB.open(store.name)
    opening.onsuccess = () => resolve(opening.result)
  })
  for (let older = 1; older < version; older += 1)
    assert.equal(fromText(await read(older)).database.version, older)
})
