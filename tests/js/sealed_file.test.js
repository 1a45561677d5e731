import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { sealedFile, takeSealedFile } from "../../ledvei_pwa/static/js/sync/sealed_file.js"
import { newStore } from "./support/device.js"
import { failing } from "./support/disk.js"
import { openSealed } from "./support/server.js"
import { rowsOf, setUp, textsOn } from "./support/setting.js"

let mend = () => {}
afterEach(() => mend())

const writing = (happened) => ({ kind: "debrief", set: { happened } })

test("the file holds all that waits, sealed, and names itself", async () => {
  const { notebook, write, meta } = await setUp()
  await write("hemmelig-frase")
  await write("b")
  const { name, text } = await sealedFile(notebook)
  const { ledvei, protocol, operations } = JSON.parse(text)
  assert.match(name, /^ledvei-\d{4}-\d\d-\d\d\.sealed\.json$/)
  assert.deepEqual([ledvei, protocol, operations.length], ["sealed", 1, 2])
  assert.deepEqual(Object.keys(operations[0]), ["person", "device", "number", "at", "id", "key", "sealed"])
  for (const word of ["hemmelig-frase", (await meta()).write, notebook.readCredential])
    assert.ok(!text.includes(word))
})

test("another browser takes it, once, and sends it as its author's", async () => {
  const anna = await setUp()
  await anna.write("from the file")
  const { text } = await sealedFile(anna.notebook)
  const store = newStore()
  assert.deepEqual(await takeSealedFile(store, text), { taken: 1, known: 0 })
  assert.deepEqual(await takeSealedFile(store, text), { taken: 0, known: 1 })
  await flush(store, anna.network.transport)
  assert.deepEqual(textsOn(anna.server), ["from the file"])
  assert.deepEqual(await takeSealedFile(store, text), { taken: 0, known: 1 }, "sent from here already")
  await anna.sync()
  assert.deepEqual([...anna.server.applied.values()], [1])
  assert.equal(anna.notebook.syncState().equal, true)
})

test("a restored server gets it again from whoever carried it, once, also when its author has no vault there", async () => {
  const anna = await setUp()
  const { server } = anna
  const berit = await setUp({ person: "berit", server })
  const backup = server.backup()
  await anna.write("from the file")
  await takeSealedFile(berit.store, (await sealedFile(anna.notebook)).text)
  await berit.sync()
  server.restore(backup)
  await berit.sync()
  assert.deepEqual(textsOn(server), ["from the file"])
  const sent = () => berit.network.requests.flatMap(({ question }) => question.operations).length
  assert.equal(sent(), 2)
  for (let times = 0; times < 3; times += 1) await berit.sync()
  assert.deepEqual([sent(), (await berit.outbox()).length, (await berit.kept()).length], [2, 0, 1])
})

test("a writing that could not be stored goes out in the file, with the database gone", async () => {
  const { notebook, write, server, network } = await setUp()
  await write("stored")
  const { indexedDB } = globalThis
  delete globalThis.indexedDB
  notebook.store.read = notebook.store.write = async () => Promise.reject(new Error("gone"))
  const { text } = await sealedFile(notebook, writing("not stored"))
  globalThis.indexedDB = indexedDB
  const store = newStore()
  await takeSealedFile(store, text)
  await flush(store, network.transport)
  assert.deepEqual(textsOn(server), ["not stored", "stored"])
})

test("a number that has left in a file is not used again when the disk is well", async () => {
  const { notebook, outbox, write } = await setUp()
  mend = failing(["outbox"])
  await assert.rejects(write("a"), { code: "full" })
  const { text } = await sealedFile(notebook, writing("a"))
  mend()
  await write("b")
  const numbers = [...JSON.parse(text).operations, ...(await outbox())].map(({ sealed }) =>
    openSealed(sealed).then(({ number }) => number),
  )
  assert.deepEqual(await Promise.all(numbers), [1, 2])
})

test("the device that wrote it goes on counting after what the file brings back", async () => {
  const { notebook, store, sync, write, meta } = await setUp()
  const { text } = await sealedFile(notebook, writing("a"))
  await takeSealedFile(store, text)
  assert.equal((await meta()).next_number, 2)
  await write("b")
  await sync()
  assert.equal(notebook.syncState().emptied, false)
  assert.equal(notebook.syncState().equal, true)
})

test("an edit of what the page shows goes with the base it was made on", async () => {
  const { notebook, sync, write } = await setUp()
  const entry = await write("a")
  await sync()
  const { text } = await sealedFile(notebook, { kind: "debrief", entry, set: { happened: "ab" } })
  const { operation } = await openSealed(JSON.parse(text).operations[0].sealed)
  assert.deepEqual([operation.entry, operation.base, operation.set], [entry, 1, { happened: "ab" }])
})

for (const [text, code] of [
  ["<h1>Hotel</h1>", "not_ours"],
  ["null", "not_ours"],
  ['{"ledvei": "sealed"}', "not_ours"],
  ['{"ledvei": "sealed", "protocol": 9, "operations": []}', "newer"],
  ['{"ledvei": "sealed", "protocol": 1, "operations": [{"id": "x"}]}', "damaged"],
  ['{"ledvei": "sealed", "protocol": 1, "operations": [null]}', "damaged"],
]) {
  test(`a file that is not right is told as ${code}, and nothing is taken: ${text.slice(0, 30)}`, async () => {
    const store = newStore()
    await assert.rejects(takeSealedFile(store, text), { name: "SealedFileProblem", code })
    assert.deepEqual(await rowsOf(store, "outbox"), [])
  })
}

test("half a file is no file", async () => {
  const { notebook, write } = await setUp()
  await write()
  const { text } = await sealedFile(notebook)
  await assert.rejects(takeSealedFile(newStore(), text.slice(0, text.length / 2)), { code: "not_ours" })
})
