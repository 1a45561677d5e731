// What is written while the vault is locked: it goes out as its author's, nothing on the disk can be read without unlocking,
// and everything can after it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { makePen, readWith, writeWith } from "../../ledvei_pwa/static/js/vault/pen.js"
import { VaultUnreadable } from "../../ledvei_pwa/static/js/vault/vault.js"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { newDevice, newStore, newVault, PASSPHRASE, ROUNDS } from "./support/device.js"
import { toText } from "./support/dump.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"
import { rowsOf } from "./support/setting.js"

const WORDS = "Naboen skrek at vi var barnerøvere"
const DEBRIEF = { kind: "debrief", set: { happened: WORDS, audience: "private" }, scope: {} }
const TABLES = ["meta", "vaults", "records", "drafts", "pending", "outbox", "kept"]

/** A device on which somebody has unlocked once, locked again. */
async function locked({ server = new ModelServer(), store = newStore(), person = "anna" } = {}) {
  const { notebook } = await newDevice(server, person, { store })
  await notebook.close()
  return startedOn(store, new Network(server))
}

async function startedOn(store, network) {
  const session = new Session(store, network.transport, { rounds: ROUNDS })
  await session.start()
  return { store, network, session, server: network.server }
}

/** @param {Session} session */
async function unlocked(session, passphrase = PASSPHRASE) {
  await session.unlock(passphrase)
  session.sitting.engine.stop() // what is shown is what lies on the device
  return session.sitting.notebook
}

/** @param {Session} session */
async function writes(session, text = DEBRIEF) {
  const pen = await session.takePen()
  await pen.begin("/debrief/new").write(text)
  return pen
}

const happened = (notebook) => notebook.entries().map(({ fields }) => fields.happened)
const onServer = (server) =>
  [...server.entries.values()].map(({ author, fields }) => [author, fields.happened])

test("what is written while locked reaches the server as its author's, once", async () => {
  const { session, server } = await locked()
  const pen = await writes(session)
  await pen.send()
  await pen.send()
  assert.deepEqual(onServer(server), [["anna", WORDS]])
  assert.deepEqual([...server.applied.values()], [1])
})

test("nothing of it can be read on the disk until it is unlocked", async () => {
  const { session, store } = await locked()
  const pen = await session.takePen()
  const text = pen.begin("/debrief/new")
  await text.saveDraft({ happened: WORDS })
  await pen.begin("/debrief/new").write(DEBRIEF)
  const disk = toText(await Promise.all(TABLES.map((table) => rowsOf(store, table))))
  assert.ok(disk.includes("anna"))
  assert.ok(!disk.includes("Naboen") && !disk.includes("barner"))
})

test("once it is unlocked it is shown at once, without a network", async () => {
  const { session, network } = await locked()
  await writes(session)
  network.script = Array(20).fill("drop_before")
  const notebook = await unlocked(session)
  const [entry] = notebook.entries()
  assert.deepEqual([entry.fields.happened, entry.state, entry.author], [WORDS, "saved", "anna"])
  await session.lock()
})

test("it is readable after that as everything else is: the pen is not needed twice", async () => {
  const { session, store } = await locked()
  await writes(session)
  await unlocked(session)
  await session.lock()
  assert.deepEqual(
    (await rowsOf(store, "pending")).map(({ penned }) => penned),
    [undefined],
  )
  assert.deepEqual(happened(await unlocked(session)), [WORDS])
  await session.lock()
})

test("what the server refuses can be read under what needs attention", async () => {
  const { session, server } = await locked()
  server.refuse = () => ({ reason: "invalid_field", fields: { happened: "too long" } })
  const pen = await writes(session)
  await pen.send()
  const [refused] = (await unlocked(session)).attention()
  assert.deepEqual([refused.fields.happened, refused.reason], [WORDS, "invalid_field"])
  await session.lock()
})

test("what was sent before it was unlocked is there after it, once", async () => {
  const { session } = await locked()
  const pen = await writes(session)
  await pen.send()
  await session.unlock(PASSPHRASE)
  await session.sitting.engine.syncNow()
  const { notebook } = session.sitting
  assert.deepEqual(happened(notebook), [WORDS])
  assert.deepEqual([notebook.entries()[0].state, notebook.syncState().equal], ["sent", true])
  await session.lock()
})

test("what was begun while locked is a draft once it is unlocked", async () => {
  const { session } = await locked()
  const pen = await session.takePen()
  const text = pen.begin("/debrief/new")
  await text.saveDraft({ happened: "Nab" })
  await text.saveDraft({ happened: "Naboen" })
  const notebook = await unlocked(session)
  assert.deepEqual(notebook.draft("/debrief/new"), { happened: "Naboen" })
  await session.lock()
})

test("a draft of the same from before stays beside the one that was begun while locked", async () => {
  const { session } = await locked()
  await (await unlocked(session)).saveDraft("/debrief/new", { happened: "before" })
  await session.lock()
  await (await session.takePen()).begin("/debrief/new").saveDraft({ happened: "while locked" })
  const drafts = (await unlocked(session)).drafts().map(({ fields }) => fields.happened)
  assert.deepEqual(drafts.sort(), ["before", "while locked"])
  await session.lock()
})

test("once it is sealed its draft is gone", async () => {
  const { session, store } = await locked()
  const text = (await session.takePen()).begin("/debrief/new")
  await text.saveDraft({ happened: WORDS })
  await text.write(DEBRIEF)
  assert.deepEqual(await rowsOf(store, "drafts"), [])
})

test("it becomes the text of the one who unlocked last, and the other sees nothing of it", async () => {
  const { store, server, session } = await locked()
  await locked({ server, store, person: "berit" })
  await writes(session)
  const notebook = await unlocked(session) // both have the same passphrase; berit was here last
  assert.equal(notebook.person.id, "berit")
  assert.deepEqual(happened(notebook), [WORDS])
  await session.lock()
  const rows = await rowsOf(store, "outbox")
  assert.deepEqual(
    rows.map(({ person }) => person),
    ["berit"],
  )
})

test("where nobody has unlocked since there are pens nothing can be written, and after that it can", async () => {
  const { session, store } = await locked()
  await store.write(["vaults"], async (tx) => {
    const { pen: _pen, ...row } = await tx.objectStore("vaults").get("anna")
    await tx.objectStore("vaults").put(row)
  })
  assert.equal(await session.takePen(), null)
  await unlocked(session)
  await session.lock()
  assert.notEqual(await session.takePen(), null)
})

test("a tab that is open already shows what is written in one that is locked", async () => {
  const { session, store, network } = await locked()
  const open = await startedOn(store, network)
  const notebook = await unlocked(open.session)
  const shown = new Promise((resolve) => {
    notebook.addEventListener("change", () => notebook.entries().length && resolve(null))
  })
  await (await writes(session)).send()
  await shown
  assert.deepEqual(happened(notebook), [WORDS])
  await open.session.lock()
})

test("it takes the next number, and what is written after it the one after that", async () => {
  const { session, store } = await locked()
  await writes(session)
  await writes(session)
  const notebook = await unlocked(session)
  await notebook.save({ kind: "debrief", set: { happened: "after" } })
  await session.lock()
  assert.deepEqual(
    (await rowsOf(store, "outbox")).map(({ number }) => number),
    [1, 2, 3],
  )
})

test("where a topic would be taken up is known while locked", async () => {
  const { session } = await locked()
  await (await unlocked(session)).rememberNext({ series: "s", session: "n" })
  await session.lock()
  assert.deepEqual((await session.takePen()).next, { series: "s", session: "n" })
})

test("a damaged copy keeps nobody from the others, and is sent all the same", async () => {
  const { session, store, server } = await locked()
  await writes(session)
  const pen = await writes(session, { ...DEBRIEF, set: { happened: "the other" } })
  const [row] = await rowsOf(store, "pending")
  row.box[80] ^= 1
  await store.write(["pending"], (tx) => tx.objectStore("pending").put(row))
  assert.equal(happened(await unlocked(session)).length, 1)
  await session.lock()
  await pen.send()
  assert.equal(server.entries.size, 2)
})

test("only the vault that made the pen opens what it closed, and only in its place", async () => {
  const [anna, berit] = [await newVault("anna"), await newVault("berit")]
  const pen = await makePen(anna)
  const box = await writeWith(pen, "anna", WORDS, ["drafts", "a"])
  assert.equal(await readWith(pen, anna, box, ["drafts", "a"]), WORDS)
  await assert.rejects(readWith(pen, anna, box, ["drafts", "b"]))
  await assert.rejects(readWith(pen, berit, box, ["drafts", "a"]), VaultUnreadable)
})
