import assert from "node:assert/strict"
import { test } from "node:test"
import { takeIn } from "../../ledvei_pwa/static/js/store/intake.js"
import { forgetOld } from "../../ledvei_pwa/static/js/store/kept.js"
import { settle } from "../../ledvei_pwa/static/js/store/outbox.js"
import { wipeReadable } from "../../ledvei_pwa/static/js/store/wipe.js"
import { enrol } from "../../ledvei_pwa/static/js/sync/enrol.js"
import { flush } from "../../ledvei_pwa/static/js/sync/flush.js"
import { PASSPHRASE, ROUNDS } from "./support/device.js"
import { Notebook } from "../../ledvei_pwa/static/js/store/notebook.js"
import { openSealed } from "./support/server.js"
import { restarted, seated, setUp, textsOn } from "./support/setting.js"

/** The person registers this browser again, with the vault they have. */
async function enrolledAgain({ store, server, notebook, network }, options = {}) {
  await notebook.close()
  const registration = await server.register(notebook.person.id)
  const vault = await enrol(store, registration, PASSPHRASE, { rounds: ROUNDS, ...options })
  return seated({ store, vault, notebook: await Notebook.open(store, vault) }, network)
}

test("a restored server that has told of it gets again what it has lost, and the person is told", async () => {
  const { notebook, write, server, sync } = await setUp()
  const backup = server.backup()
  const id = await write("lost with the disk")
  await sync()
  server.restore(backup)
  await sync()
  assert.equal(notebook.entry(id).fields.happened, "lost with the disk")
  assert.deepEqual(textsOn(server), ["lost with the disk"])
  const { restored, sentAgain, equal } = notebook.syncState()
  assert.ok(Date.now() - Date.parse(restored) < 10_000)
  assert.deepEqual([sentAgain, equal], [1, true])
})

test("a restore that nobody has told of is noticed by what the device knows", async () => {
  const { notebook, write, server, sync } = await setUp()
  const backup = server.backup()
  await write("lost with the disk")
  await sync()
  server.restore(backup, { announced: false })
  await sync()
  assert.deepEqual(textsOn(server), ["lost with the disk"])
  assert.equal(notebook.syncState().equal, true)
  assert.ok(notebook.syncState().restored)
})

test("a restore that nobody has told of is noticed although new things are sent at the same time", async () => {
  const { write, server, sync } = await setUp()
  const backup = server.backup()
  await write("lost with the disk")
  await sync()
  server.restore(backup, { announced: false })
  await write("new")
  await sync()
  assert.deepEqual(textsOn(server), ["lost with the disk", "new"])
})

test("a restore that nobody has told of is noticed by a page whose worker alone had heard of the one before", async () => {
  const { write, server, sync, store, network } = await setUp()
  await write("before")
  await sync()
  server.restore(server.backup())
  const backup = server.backup()
  await write("lost with the disk")
  await flush(store, network.transport)
  await write("new")
  server.restore(backup, { announced: false })
  await sync()
  assert.deepEqual(textsOn(server), ["before", "lost with the disk", "new"])
})

test("a restore that nobody has told of is noticed by the worker, with nobody signed in", async () => {
  const { write, server, sync, store, network } = await setUp()
  const backup = server.backup()
  await write("lost with the disk")
  await sync()
  await write("new")
  server.restore(backup, { announced: false })
  await flush(store, network.transport)
  assert.deepEqual(textsOn(server), ["lost with the disk", "new"])
})

test("numbers of revisions that are given to other texts after a restore hide nobody's text", async () => {
  const phone = await setUp()
  const { server } = phone
  const tablet = await setUp({ server })
  const entry = await phone.write("a")
  for (const { sync } of [phone, tablet]) await sync()
  const backup = server.backup()
  await phone.write("phone's, lost with the disk", { entry })
  await phone.sync()
  server.restore(backup)
  await tablet.write("tablet's, now the second revision", { entry })
  await tablet.sync()
  await phone.write("phone's, on what was the second revision before", { entry })
  for (const { sync } of [phone, tablet, phone]) await sync()
  const { fields, conflicts } = phone.notebook.entry(entry)
  assert.equal(fields.happened, "tablet's, now the second revision")
  assert.ok(conflicts.happened.some(({ value }) => value.startsWith("phone's, on what")))
  assert.equal(phone.notebook.syncState().equal, true)
})

/** Three texts in one entry, of which the restored server has the first; nobody has told of the restore. */
async function edited() {
  const device = await setUp()
  const entry = await device.write("one")
  await device.sync()
  const backup = device.server.backup()
  for (const text of ["two", "three"]) {
    await device.write(text, { entry })
    await device.sync()
  }
  device.server.restore(backup, { announced: false })
  return { ...device, entry }
}

test("what was taken after a restore is shown although what is still held has a higher number from before", async () => {
  const { notebook, network, entry, write, sync } = await edited()
  await write("four", { entry })
  network.script = [null, "away"]
  await sync()
  assert.equal(notebook.waiting().count, 3, "four was taken, and what came before it waits again")
  assert.equal(notebook.entry(entry).fields.happened, "four")
})

test("the same goes for what the worker has sent, with nobody signed in", async () => {
  const { notebook, store, network, entry, write } = await edited()
  await write("four", { entry })
  await flush(store, network.transport)
  await notebook.refresh()
  assert.equal(notebook.waiting().count, 0)
  assert.equal(notebook.entry(entry).fields.happened, "four")
})

test("what was taken after a restore stays shown for as long as the server has no words for its entry", async () => {
  const device = await edited()
  const { server, entry, write, sync } = device
  server.damaged.add(entry)
  await write("four", { entry })
  await sync()
  const again = await restarted(device)
  assert.equal(again.notebook.entry(entry).fields.happened, "four")
  server.damaged.clear()
  server.beginEpoch()
  await again.sync()
  assert.deepEqual([again.notebook.entry(entry).fields.happened, again.notebook.sent()], ["four", []])
})

/** The worker has sent a change of an entry, and another device has changed it after that. Nobody has opened the app. */
async function sentWhileLocked() {
  const phone = await setUp()
  const { server, store, network } = phone
  const tablet = await setUp({ server })
  const entry = await phone.write("a")
  for (const { sync } of [phone, tablet]) await sync()
  await phone.write("b", { entry })
  await flush(store, network.transport)
  await tablet.sync()
  await tablet.write("c", { entry })
  await tablet.sync()
  return { ...phone, entry }
}

/** The same, and it is too long ago for the change to be sent again when the server is restored. */
async function sentLongAgo() {
  const phone = await sentWhileLocked()
  const later = new Date(Date.now() + 31 * 24 * 60 * 60_000).toISOString()
  await phone.store.write(["kept"], (tx) => forgetOld(tx, later))
  phone.server.beginEpoch()
  return phone
}

test("what was taken before a restore, too long ago to be sent again, does not lie over what is shown after it", async () => {
  const device = await sentLongAgo()
  const { notebook, sync, pending } = await restarted(device)
  await sync()
  const { fields, conflicts } = notebook.entry(device.entry)
  assert.deepEqual([fields.happened, conflicts, await pending()], ["c", {}, []])
})

test("but it stays for as long as the restored server has no words for its entry", async () => {
  const device = await sentLongAgo()
  device.server.damaged.add(device.entry)
  const { notebook, sync } = await restarted(device)
  await sync()
  assert.equal(notebook.entry(device.entry).fields.happened, "b")
})

test("a record that was taken in before epochs were noted is compared by its number", async () => {
  const device = await sentWhileLocked()
  const { server, store, vault, entry } = device
  const row = server.feeds.get("anna").get(entry)
  const since = await device.meta()
  const news = { changes: [server.item(row, "anna")], removed: [], shown: [] }
  await takeIn(store, vault, { ...news, since, meta: { cursor: row.version } })
  const { notebook, sync, pending } = await restarted(device)
  const { fields, conflicts } = notebook.entry(entry)
  assert.deepEqual([fields.happened, conflicts], ["c", {}])
  await sync()
  assert.deepEqual(await pending(), [])
})

/** Berit has read the second text of an entry; the restored server has another one as its second. */
async function readAnother() {
  const phone = await setUp()
  const { server } = phone
  const tablet = await setUp({ server })
  const berit = await setUp({ person: "berit", server })
  const entry = await phone.write("a")
  for (const { sync } of [phone, tablet]) await sync()
  server.share(entry, "berit")
  const backup = server.backup()
  await phone.write("lost with the disk", { entry })
  await phone.sync()
  await berit.sync()
  await berit.notebook.markSeen(entry)
  server.restore(backup)
  await tablet.write("c", { entry })
  await tablet.sync()
  return { ...berit, entry }
}

test("another text with the same number of revision is told of too, with its moment", async () => {
  const { notebook, entry, sync, outbox } = await readAnother()
  await sync()
  await notebook.markSeen(entry)
  await notebook.markSeen(entry)
  const [row, ...more] = await outbox()
  const { operation } = await openSealed(row.sealed)
  const { revision, on } = notebook.entry(entry)
  assert.deepEqual([operation.base, operation.on, more], [revision, on, []])
  assert.equal(revision, 2)
})

test("also while what was told of the first one is on its way", async () => {
  const device = await readAnother()
  device.server.see = () => ({ result: "retry", reason: "not_back_yet" })
  await device.sync()
  const { notebook } = await restarted(device)
  await notebook.markSeen(device.entry)
  assert.equal(notebook.waiting().count, 2)
})

test("what had been taken before the backup takes effect once", async () => {
  const { write, server, sync } = await setUp()
  await write("before")
  await sync()
  const backup = server.backup()
  await write("after")
  await sync()
  server.restore(backup)
  await sync()
  assert.deepEqual([...server.applied.values()], [1, 1])
  assert.deepEqual(textsOn(server), ["after", "before"])
})

test("an edit waits until the device that made its entry has been there", async () => {
  const phone = await setUp()
  const { server } = phone
  const backup = server.backup()
  const tablet = await setUp({ server })
  Object.assign(backup, { devices: structuredClone(server.devices) })
  const entry = await phone.write("from the phone")
  await phone.sync()
  await tablet.sync()
  await tablet.notebook.save({ kind: "debrief", entry, set: { helped: "from the tablet" } })
  await tablet.sync()
  server.restore(backup)
  await tablet.sync()
  assert.equal(tablet.notebook.waiting().count, 1)
  assert.deepEqual(tablet.notebook.attention(), [])
  await phone.sync()
  await tablet.sync()
  assert.deepEqual(server.entries.get(entry).fields, {
    happened: "from the phone",
    helped: "from the tablet",
  })
  assert.equal(tablet.notebook.syncState().equal, true)
})

test("what the restored server does not know any more leaves the device, save what is one's own to send", async () => {
  const anna = await setUp()
  const { server } = anna
  const berit = await setUp({ person: "berit", server })
  const backup = server.backup()
  const id = await anna.write("shared after the backup")
  await anna.sync()
  server.share(id, "berit")
  await berit.sync()
  assert.ok(berit.notebook.entry(id))
  server.restore(backup)
  await berit.sync()
  assert.equal(berit.notebook.entry(id), null)
  assert.equal(berit.notebook.syncState().equal, true)
})

test("a page closed in the middle of fetching everything again goes on, and is not astray", async () => {
  const device = await setUp()
  const { server, write } = device
  server.page = 3
  const ids = []
  for (let place = 0; place < 10; place += 1) ids.push(await write(`${place}`))
  await device.sync()
  const backup = server.backup()
  server.restore(backup)
  server.feeds.get("anna").delete(ids[4]) // gone without a removal, as in a restored database
  device.network.script = [null, null, null, null, "drop_before"]
  await device.sync()
  const cursor = (await device.meta()).cursor
  assert.ok(cursor > 0, "half-way")
  const again = await restarted(device)
  await again.sync()
  assert.equal(again.notebook.entry(ids[4]), null)
  assert.equal(again.notebook.syncState().equal, true)
  assert.equal(again.astray, 0)
})

test("the news of a restore stays until it is dismissed", async () => {
  const device = await setUp()
  await device.write()
  await device.sync()
  device.server.beginEpoch()
  await device.sync()
  const again = await restarted(device)
  assert.ok(again.notebook.syncState().restored)
  await again.notebook.dismiss("restored")
  const { restored, sentAgain } = (await restarted(again)).notebook.syncState()
  assert.deepEqual([restored, sentAgain], [null, 0])
})

test("a server restored twice, the second time from before it told of the first, gets everything again", async () => {
  const { write, server, sync, notebook } = await setUp()
  const backup = server.backup()
  await write("one")
  await sync()
  server.restore(backup)
  await sync()
  server.restore(backup, { announced: false })
  await sync()
  assert.deepEqual(textsOn(server), ["one"])
  assert.equal(notebook.syncState().equal, true)
})

test("a device that the restored server does not know keeps everything and says what to do", async () => {
  const { write, server, sync, notebook, outbox } = await setUp()
  const backup = { ...server.backup(), devices: new Map() }
  const id = await write("taken")
  await sync()
  await write("waiting")
  server.restore(backup)
  await sync()
  const { phase, problem, waiting } = notebook.syncState()
  assert.deepEqual([phase, problem, waiting], ["signed_out", "device_unknown", 2])
  assert.deepEqual(notebook.attention(), [])
  assert.equal(notebook.entry(id).fields.happened, "taken")
  assert.equal((await outbox()).length, 2)
})

test("once it is registered again all that it held is sealed anew and sent, each once", async () => {
  const device = await setUp()
  const { server } = device
  const backup = { ...server.backup(), devices: new Map() }
  const entry = await device.write("one")
  await device.sync()
  await device.write("two", { entry })
  server.restore(backup)
  await device.sync()
  const again = await enrolledAgain(device)
  await again.write("three", { entry })
  await again.sync()
  assert.equal(server.entries.get(entry).fields.happened, "three")
  assert.deepEqual(
    server.entries
      .get(entry)
      .revisions.slice(1)
      .map(({ number }) => number),
    [1, 2, 3],
  )
  assert.deepEqual([...server.applied.values()], [1, 1, 1])
  assert.deepEqual(server.entries.get(entry).conflicts, {})
  const { equal, problem, phase } = again.notebook.syncState()
  assert.deepEqual([equal, problem, phase], [true, null, "idle"])
})

test("whoever registers again before the device has heard that it is unknown loses nothing either", async () => {
  const device = await setUp()
  const { server } = device
  const backup = { ...server.backup(), devices: new Map() }
  await device.write("taken")
  await device.sync()
  await device.write("waiting")
  server.restore(backup)
  const again = await enrolledAgain(device)
  await again.sync()
  assert.deepEqual(textsOn(server), ["taken", "waiting"])
  assert.equal(again.notebook.syncState().equal, true)
  assert.equal(again.astray, 0)
})

test("whoever registers again on a device that the restored server knows sends again what it kept", async () => {
  const device = await setUp()
  const { server } = device
  const backup = server.backup()
  await device.write("lost with the disk")
  await device.sync()
  server.restore(backup)
  const again = await enrolledAgain(device)
  await again.sync()
  assert.deepEqual(textsOn(server), ["lost with the disk"])
  const { equal, sentAgain, restored } = again.notebook.syncState()
  assert.deepEqual([equal, sentAgain], [true, 1])
  assert.ok(restored)
})

test("what was lost by a restore that nobody has told of is sent again although the vault was wiped before the next sync", async () => {
  const device = await setUp()
  const { server, store } = device
  const backup = server.backup()
  await device.write("lost with the disk")
  await device.sync()
  server.restore(backup, { announced: false })
  await device.notebook.close()
  await wipeReadable(store, "anna")
  const again = await enrolledAgain(device, { startAnew: true })
  await again.sync()
  assert.deepEqual(textsOn(server), ["lost with the disk"])
  assert.equal(again.notebook.syncState().equal, true)
})

test("what the server has still is not doubled by a browser that is registered again", async () => {
  const device = await setUp()
  const { server } = device
  await device.write("once")
  await device.sync()
  const again = await enrolledAgain(device)
  await again.sync()
  assert.deepEqual([...server.applied.values()], [1])
  const { equal, sentAgain, restored } = again.notebook.syncState()
  assert.deepEqual([equal, sentAgain, restored], [true, 0, null])
})

test("what is written on after an undone removal of refused words does not wait behind it", async () => {
  const { notebook, write, server, sync, outbox } = await setUp()
  server.beginEpoch()
  server.refuse = ({ set }) => (set?.happened === "refused" ? { reason: "invalid_field" } : null)
  const entry = await write("refused")
  await notebook.remove(entry)
  await notebook.restore(entry)
  await write("good", { entry })
  await sync()
  await sync()
  assert.deepEqual(textsOn(server), ["good"])
  assert.deepEqual(
    (await outbox()).map(({ state }) => state),
    ["attention"],
  )
})

test("a refusal of the old seal that comes after it was sealed anew refuses nothing", async () => {
  const device = await setUp()
  const { server, store } = device
  await device.write("sealed anew")
  server.devices = new Map()
  await device.sync()
  const before = await device.meta()
  const [{ id, device: old }] = await device.outbox()
  const again = await enrolledAgain(device)
  const results = [{ id, result: "rejected", reason: "device_revoked" }]
  const asker = { person: "anna", device: old, meta: await again.meta() }
  const { epoch } = server
  await settle(store, asker, { results, epoch, now: new Date().toISOString() })
  assert.notEqual((await again.meta()).device, before.device)
  assert.equal((await again.outbox())[0].state, "waiting")
  await again.sync()
  assert.deepEqual(textsOn(server), ["sealed anew"])
})

test("a restore that nobody has told of, from before the device was registered, loses nothing", async () => {
  const device = await setUp()
  const { server } = device
  const backup = { ...server.backup(), devices: new Map() }
  await device.write("taken")
  await device.sync()
  server.restore(backup, { announced: false })
  await flush(device.store, device.network.transport)
  await device.sync()
  const again = await enrolledAgain(device)
  await again.sync()
  assert.deepEqual(textsOn(server), ["taken"])
  assert.equal(again.notebook.syncState().equal, true)
})

test("when the server knows the device after all, what waits goes as it was sealed", async () => {
  const device = await setUp()
  const { server } = device
  await device.write("taken")
  await device.sync()
  const { devices } = server
  server.devices = new Map()
  await device.sync()
  assert.equal(device.notebook.syncState().problem, "device_unknown")
  server.devices = devices
  await device.sync()
  await device.sync()
  assert.deepEqual([...server.applied.values()], [1])
  const { problem, equal } = device.notebook.syncState()
  assert.deepEqual([problem, equal], [null, true])
})

test("what an unknown device has left without a readable copy waits, and is not thrown away", async () => {
  const device = await setUp()
  const { server, store } = device
  await device.write("nobody can read this here")
  await device.notebook.close()
  await wipeReadable(store, "anna")
  server.devices = new Map()
  const again = await enrolledAgain(device, { startAnew: true })
  await again.sync()
  assert.equal(again.notebook.waiting().count, 1)
  assert.equal(again.notebook.syncState().equal, false)
})

test("a known device's operations go as its own after its owner has registered again", async () => {
  const device = await setUp()
  const { server } = device
  await device.write("as the old device's")
  const [{ sealed }] = await device.outbox()
  const again = await enrolledAgain(device)
  await again.sync()
  assert.equal((await again.kept())[0].sealed, sealed)
  assert.deepEqual(textsOn(server), ["as the old device's"])
  assert.equal(again.notebook.syncState().equal, true)
})

test("numbers go on where the earlier device of the same browser ended", async () => {
  const device = await setUp()
  await device.write("one")
  await device.write("two")
  const again = await enrolledAgain(device)
  await again.write("three")
  assert.deepEqual(
    (await again.outbox()).map(({ number }) => number),
    [1, 2, 3],
  )
})

test("what the device held before it was registered again and the server has no more goes, and is not astray", async () => {
  const device = await setUp()
  const { server } = device
  const id = await device.write()
  await device.sync()
  server.feeds.get("anna").delete(id)
  const again = await enrolledAgain(device)
  await again.sync()
  assert.equal(again.notebook.entry(id), null)
  assert.deepEqual([again.notebook.syncState().equal, again.astray], [true, 0])
})

test("a revoked device is told so", async () => {
  const { sync, notebook, meta, server } = await setUp()
  server.devices.get((await meta()).device).revoked = true
  await sync()
  const { phase, problem } = notebook.syncState()
  assert.deepEqual([phase, problem], ["signed_out", "device_revoked"])
})

test("what was written on words that a restored server has lost stands as it was written, and asks nothing", async () => {
  const { tablet, entry } = await writtenOnWhatIsLost()
  const { fields, conflicts } = tablet.notebook.entry(entry)
  assert.deepEqual([fields.happened, conflicts], ["b", {}])
  assert.equal(tablet.notebook.waiting().count, 1)
})

/** The phone has written the first words, the tablet on top of them, and the phone has not been in touch since a restore. */
async function writtenOnWhatIsLost() {
  const phone = await setUp()
  const { server } = phone
  const tablet = await setUp({ server })
  const backup = server.backup()
  const entry = await phone.write("a")
  for (const { sync } of [phone, tablet]) await sync()
  await tablet.write("b", { entry })
  await tablet.sync()
  server.restore(backup)
  await tablet.sync()
  return { phone, tablet, server, entry }
}

const tooLong = { result: "rejected", reason: "invalid_field", fields: { happened: "too long" } }

/** The first words of an entry are refused after a restore; what was written on them waits. */
async function refusedSince() {
  const device = await setUp()
  const { server, write, sync } = device
  const backup = server.backup()
  const entry = await write("a")
  await sync()
  await write("b", { entry })
  await sync()
  server.restore(backup)
  server.refuse = ({ set }) => (set?.happened === "a" ? tooLong : null)
  await sync()
  return { ...device, entry }
}

test("what was written on words that are refused after a restore waits for them, and all is shown", async () => {
  const { notebook, entry } = await refusedSince()
  assert.deepEqual([notebook.waiting().count, notebook.attention().length], [1, 1])
  assert.equal(notebook.entry(entry).fields.happened, "b")
})

test("when the refused words are mended, what waits for them goes along and asks nothing", async () => {
  const { notebook, server, entry, write, sync, outbox } = await refusedSince()
  await write("b", { entry, set: { helped: "mended" } })
  await sync()
  assert.deepEqual(await outbox(), [])
  assert.deepEqual(server.entries.get(entry).fields, { happened: "b", helped: "mended" })
  assert.deepEqual(notebook.entry(entry).conflicts, {})
})

test("when the refused words are tried again, what waits for them goes along and asks nothing", async () => {
  const { notebook, server, entry, sync, outbox } = await refusedSince()
  server.refuse = () => null
  await notebook.retry(notebook.attention()[0].id)
  await sync()
  assert.deepEqual(await outbox(), [])
  assert.equal(server.entries.get(entry).fields.happened, "b")
  assert.deepEqual(notebook.entry(entry).conflicts, {})
})

test("when the refused words are removed, nothing goes on waiting for them", async () => {
  const { notebook, server, entry, sync, outbox } = await refusedSince()
  await notebook.remove(entry)
  await sync()
  assert.deepEqual([await outbox(), server.entries.has(entry)], [[], false])
})

test("and undoing that brings back all that stood there", async () => {
  const { notebook, server, entry, sync } = await refusedSince()
  await notebook.remove(entry)
  server.refuse = () => null
  await notebook.restore(entry)
  assert.equal(notebook.entry(entry).fields.happened, "b")
  await sync()
  const { fields, conflicts } = server.entries.get(entry)
  const said = [fields.happened, ...(conflicts.happened ?? []).map(({ value }) => value)]
  assert.ok(said.includes("b"))
  assert.equal(notebook.waiting().count, 0)
})
