import assert from "node:assert/strict"
import { test } from "node:test"
import { enrol, registerDevice } from "../../ledvei_pwa/static/js/sync/enrol.js"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { allMeta } from "../../ledvei_pwa/static/js/store/meta.js"
import { vaultPeople } from "../../ledvei_pwa/static/js/store/vaults.js"
import { failing } from "./support/disk.js"
import { newStore, PASSPHRASE, ROUNDS } from "./support/device.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"

const json = (body, status) => new Response(JSON.stringify(body), { status })

/** A network that also registers devices, for whoever is signed in. */
class Site extends Network {
  signedIn = "anna"
  registered = 0

  async fetch(address, init) {
    if (address !== "/api/v1/devices") return super.fetch(address, init)
    assert.equal(init.headers["X-Ledvei"], "1")
    if (!this.signedIn) return json({ error: "signed_out" }, 401)
    this.registered += 1
    return json(await this.server.register(this.signedIn, JSON.parse(init.body).registered), 201)
  }
}

async function setUp({ store = newStore(), site = new Site(new ModelServer()) } = {}) {
  const session = new Session(store, site.transport, { rounds: ROUNDS })
  await session.start()
  return { session, store, site }
}

const wish = { passphrase: PASSPHRASE, deviceName: "Phone" }

test("an empty browser has nobody, and enrolling opens a notebook", async () => {
  const { session } = await setUp()
  assert.equal(session.state, "new")
  await session.enrol(wish)
  assert.equal(session.state, "open")
  assert.equal(session.sitting.notebook.person.name, "Name of anna")
  await session.lock()
})

test("locking forgets everything readable, and the passphrase brings it back", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  const id = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "a" } })
  const { notebook } = session.sitting
  await session.lock()
  assert.deepEqual([session.state, session.sitting], ["locked", null])
  await assert.rejects(notebook.saveDraft("a", {}), { name: "VaultLocked" })
  assert.deepEqual(await session.unlock(PASSPHRASE), { opened: true, left: 10, wiped: false })
  assert.equal(session.sitting.notebook.entry(id).fields.happened, "a")
  await session.lock()
})

test("whoever still holds the notebook after the lock holds nothing readable", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  const { notebook, engine } = session.sitting
  const id = await notebook.save({ kind: "debrief", set: { happened: "Naboen skrek" } })
  await engine.syncNow()
  await notebook.save({ kind: "debrief", entry: id, set: { happened: "Naboen skrek høyt" } })
  await notebook.saveDraft("/topic/new", { question: "Hvord" })
  await session.lock()
  const held = [notebook.entries(), notebook.drafts(), notebook.shown(), notebook.attention()]
  assert.deepEqual(held, [[], [], [], []])
  assert.deepEqual([notebook.person.name, notebook.readCredential, notebook.entry(id)], ["", "", null])
})

test("the wish for a lock when nobody looks outlives the lock, and a new registration", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  assert.equal(session.sitting.notebook.locksWhenHidden, false)
  await session.sitting.notebook.lockWhenHidden(true)
  await session.lock()
  await session.unlock(PASSPHRASE)
  assert.equal(session.sitting.notebook.locksWhenHidden, true)
  await session.enrol({ deviceName: "Phone" })
  assert.equal(session.sitting.notebook.locksWhenHidden, true)
  await session.lock()
})

test("what is being written when the lock falls is on disk before it falls", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  const { notebook } = session.sitting
  session.addEventListener(
    "locking",
    ({ detail }) => detail.wait(notebook.saveDraft("t", { question: "Hvord" })),
    { once: true },
  )
  await session.lock()
  await session.unlock(PASSPHRASE)
  assert.deepEqual(session.sitting.notebook.draft("t"), { question: "Hvord" })
  await session.lock()
})

test("all tabs lock at once", async () => {
  const first = await setUp()
  await first.session.enrol(wish)
  const second = await setUp(first)
  await second.session.unlock(PASSPHRASE)
  const locked = new Promise((resolve) => second.session.addEventListener("state", resolve, { once: true }))
  await first.session.lock()
  await locked
  assert.equal(second.session.state, "locked")
})

test("a lock in one tab is no lock for somebody else in another", async () => {
  const { session, store, site } = await setUp()
  await session.enrol(wish)
  const other = await setUp({ store, site })
  site.signedIn = "berit"
  await other.session.enrol({ passphrase: "berits egne fire ord", deviceName: "Phone" })
  await session.unlock(PASSPHRASE)
  const third = await setUp({ store, site })
  await third.session.unlock(PASSPHRASE)
  const locked = new Promise((resolve) => third.session.addEventListener("state", resolve, { once: true }))
  await session.lock()
  await locked
  assert.deepEqual([third.session.state, other.session.state], ["locked", "open"])
  await other.session.lock()
})

test("what somebody does in one tab is a sign of them in their others, and not in anybody else's", async () => {
  const { session, store, site } = await setUp()
  await session.enrol(wish)
  const other = await setUp({ store, site })
  site.signedIn = "berit"
  await other.session.enrol({ passphrase: "berits egne fire ord", deviceName: "Phone" })
  await session.unlock(PASSPHRASE)
  const third = await setUp({ store, site })
  await third.session.unlock(PASSPHRASE)
  let signs = 0
  other.session.addEventListener("here", () => (signs += 1))
  const heard = new Promise((resolve) => third.session.addEventListener("here", resolve, { once: true }))
  session.stir()
  await heard
  assert.equal(signs, 0)
  for (const each of [session, other.session, third.session]) await each.lock()
})

test("a wrong passphrase says how many tries are left, and ten begin anew", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  await session.lock()
  assert.deepEqual(await session.unlock("feil og atter feil"), { opened: false, left: 9, wiped: false })
  for (let wrong = 2; wrong < 10; wrong += 1) await session.unlock("feil og atter feil")
  assert.deepEqual(await session.unlock("feil og atter feil"), { opened: false, left: 0, wiped: true })
  assert.equal(session.state, "new")
})

test("after the vault was wiped the same person enrols again, and everything comes back", async () => {
  const { session, site, store } = await setUp()
  await session.enrol(wish)
  const id = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "a" } })
  session.sitting.engine.stop() // not sent yet
  await session.lock()
  for (let wrong = 0; wrong < 10; wrong += 1) await session.unlock("feil og atter feil")
  await session.enrol({ ...wish, passphrase: "en ny frase med ord" })
  await session.sitting.engine.syncNow()
  await session.sitting.engine.syncNow()
  assert.equal(site.server.entries.get(id).fields.happened, "a")
  assert.equal(session.sitting.notebook.entry(id).fields.happened, "a")
  assert.deepEqual(await vaultPeople(store), ["anna"])
  await session.lock()
})

test("nobody signed in, or no network: no device, and it says which", async () => {
  const { session, site } = await setUp()
  site.signedIn = null
  await assert.rejects(session.enrol(wish), { code: "signed_out" })
  const offline = async () => Promise.reject(new TypeError("Failed to fetch"))
  await assert.rejects(registerDevice(offline, "Phone"), { code: "offline" })
  await assert.rejects(
    registerDevice(async () => new Response("<h1>Hotel</h1>"), "Phone"),
    { code: "failed" },
  )
  assert.equal(session.state, "new")
})

test("somebody who has a vault here must open it to enrol again, and keeps what lies in it", async () => {
  const { session, site, store } = await setUp()
  await session.enrol(wish)
  await session.sitting.notebook.saveDraft("t", { question: "a" })
  await session.lock()
  await assert.rejects(session.enrol({ ...wish, passphrase: "en annen frase her" }), {
    code: "other_passphrase",
  })
  await session.enrol(wish)
  assert.deepEqual(session.sitting.notebook.draft("t"), { question: "a" })
  assert.equal(site.registered, 2, "the server was asked once more, not once for each try")
  await session.lock()
  const registration = await site.server.register("anna")
  const vault = await enrol(store, registration, "en tredje frase nå", { startAnew: true, rounds: ROUNDS })
  assert.equal(await store.read(["drafts"], (tx) => tx.objectStore("drafts").count()), 0)
  vault.lock()
})

test("a server that has forgotten this device learns from it that a backup was put back", async () => {
  const { session, site } = await setUp()
  const backup = site.server.backup()
  await session.enrol(wish)
  site.server.restore(backup, { announced: false })
  const { epoch } = site.server
  await session.enrol({ deviceName: "Phone" })
  assert.notEqual(site.server.epoch, epoch)
  await session.lock()
})

test("of very many who have been here, the server is told of the fifty who were here last", async () => {
  const store = newStore()
  const days = Array.from({ length: 60 }, (_, place) => new Date(Date.UTC(2026, 0, 1 + place)).toISOString())
  await store.write(["meta"], async (tx) => {
    for (const opened of days)
      await tx.objectStore("meta").put({ person: opened, device: opened, epoch: "one", opened })
  })
  const told = []
  const fetch = async (_address, { body }) => {
    told.push(...JSON.parse(body).registered)
    return json({ device: "new" }, 201)
  }
  await registerDevice(fetch, "Phone", await allMeta(store))
  assert.deepEqual(
    told.map(({ device }) => device),
    days.reverse().slice(0, 50),
  )
})

test("a device without room is unlocked all the same, also after a slip, and what lies there is read", async () => {
  const { session, store } = await setUp()
  await session.enrol(wish)
  await session.sitting.notebook.save({ kind: "debrief", set: { happened: "before" } })
  await session.lock()
  await session.unlock("not the passphrase at all")
  const mend = failing(["drafts", "kept", "meta", "outbox", "pending", "records", "vaults"])
  try {
    assert.deepEqual(await session.unlock(PASSPHRASE), { opened: true, left: 10, wiped: false })
    assert.equal(session.sitting.notebook.entries()[0].fields.happened, "before")
  } finally {
    mend()
    await session.lock()
    await store.close()
  }
})

test("another person on the same device opens their own, and sees nothing of the first", async () => {
  const { session, site } = await setUp()
  await session.enrol(wish)
  await session.sitting.notebook.save({ kind: "debrief", set: { happened: "anna's" } })
  await session.lock()
  site.signedIn = "berit"
  await session.enrol({ passphrase: "berits egne fire ord", deviceName: "Phone" })
  assert.equal(session.sitting.notebook.person.id, "berit")
  assert.deepEqual(session.sitting.notebook.entries(), [])
  assert.equal(session.sitting.notebook.waiting().count, 0)
  await session.lock()
  await session.unlock(PASSPHRASE)
  assert.equal(session.sitting.notebook.person.id, "anna")
  await session.lock()
})

test("two on one device cannot choose the same passphrase: each would open the other's", async () => {
  const { session, site, store } = await setUp()
  await session.enrol(wish)
  await session.lock()
  site.signedIn = "berit"
  await assert.rejects(session.enrol({ ...wish, passphrase: ` ${PASSPHRASE} ` }), { code: "taken" })
  assert.deepEqual(await vaultPeople(store), ["anna"])
  await session.enrol({ ...wish, passphrase: "berits egne fire ord" })
  await assert.rejects(session.changePassphrase("berits egne fire ord", PASSPHRASE), { code: "taken" })
  assert.equal(await session.changePassphrase("feil og atter feil", PASSPHRASE), false)
  await session.lock()
  await session.unlock(PASSPHRASE)
  assert.equal(session.sitting.notebook.person.id, "anna")
  await session.lock()
})

test("two who had the same passphrase before that was seen to keep what is theirs", async () => {
  const { session, site, store } = await setUp()
  await session.enrol(wish)
  await session.lock()
  await enrol(store, await site.server.register("berit"), PASSPHRASE, { rounds: ROUNDS })
  await session.enrol(wish)
  assert.equal(session.sitting.notebook.person.id, "anna")
  await session.lock()
})

test("a browser that emptied its database is found out", async () => {
  const kept = new Map()
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  }
  try {
    const { session, store, site } = await setUp()
    await session.enrol(wish)
    await session.lock()
    assert.equal((await setUp({ store, site })).session.emptied, false)
    assert.equal((await setUp({ site })).session.emptied, true)
  } finally {
    delete globalThis.localStorage
  }
})

test("a changed passphrase opens what was written before, and the old one does not", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  const id = await session.sitting.notebook.save({ kind: "debrief", set: { happened: "a" } })
  assert.equal(await session.changePassphrase("ikke den gamle frasen", "en helt ny frase"), false)
  assert.equal(await session.changePassphrase(PASSPHRASE, "en helt ny frase"), true)
  await session.lock()
  assert.equal((await session.unlock(PASSPHRASE)).opened, false)
  await session.unlock("en helt ny frase")
  assert.equal(session.sitting.notebook.entry(id).fields.happened, "a")
  await session.lock()
})

test("a draft that was on its way to the disk when the lock fell has arrived", async () => {
  const { session } = await setUp()
  await session.enrol(wish)
  const writing = session.sitting.notebook.saveDraft("t", { question: "Hvord" })
  await session.lock()
  await writing
  await session.unlock(PASSPHRASE)
  assert.deepEqual(session.sitting.notebook.draft("t"), { question: "Hvord" })
  await session.lock()
})

test("whoever starts again in one tab locks the others, whose key is given up", async () => {
  const { session, store, site } = await setUp()
  await session.enrol(wish)
  const other = await setUp({ store, site })
  const locked = new Promise((resolve) => session.addEventListener("state", resolve, { once: true }))
  await other.session.enrol({ ...wish, startAnew: true })
  await locked
  assert.equal(session.state, "locked")
  await other.session.lock()
})
