// Unlocking with a passkey (the PRF extension of Web Authentication) beside the passphrase.
import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { beforeEach, test } from "node:test"
import { fromBase64Url, toBase64Url } from "../../ledvei_pwa/static/js/core/bytes.js"
import { addPasskey, passkeysHere, removePasskey } from "../../ledvei_pwa/static/js/store/passkeys.js"
import { changePassphrase } from "../../ledvei_pwa/static/js/store/vaults.js"
import { Session } from "../../ledvei_pwa/static/js/sync/session.js"
import { askForPasskey } from "../../ledvei_pwa/static/js/vault/passkey.js"
import { newDevice, newStore, PASSPHRASE, ROUNDS } from "./support/device.js"
import { Network } from "./support/network.js"
import { ModelServer } from "./support/server.js"
import { rowsOf } from "./support/setting.js"

const MADE = "2026-11-21T10:00:00.000Z"

/** A phone with one passkey, that answers as the standard says. */
class Phone {
  id = "cGFzc2tleS0x"
  secret = "what never leaves the phone"
  hasFunction = true
  asked = []

  get = async ({ publicKey }) => {
    this.asked.push(publicKey)
    const { allowCredentials, extensions } = publicKey
    if (allowCredentials.length > 0 && !allowCredentials.some(({ id }) => toBase64Url(id) === this.id))
      throw new DOMException("none of these", "NotAllowedError")
    const { eval: one, evalByCredential = {} } = extensions.prf
    const salt = one?.first ?? evalByCredential[this.id]?.first
    const first = createHmac("sha256", this.secret).update(salt).digest()
    const results = { first: first.buffer.slice(first.byteOffset, first.byteOffset + 32) }
    return {
      rawId: fromBase64Url(this.id).buffer,
      getClientExtensionResults: () => (this.hasFunction ? { prf: { results } } : {}),
    }
  }
}

let phone = new Phone()
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: { credentials: { get: (how) => phone.get(how) } },
})
beforeEach(() => {
  phone = new Phone()
})

/** A locked device that a passkey opens too, and what was written on it. */
async function withPasskey({ server = new ModelServer(), store = newStore(), person = "anna" } = {}) {
  const { notebook } = await newDevice(server, person, { store })
  await notebook.saveDraft("t", { question: `${person}'s` })
  await notebook.close()
  assert.equal(await added(store, person), true)
  const session = new Session(store, new Network(server).transport, { rounds: ROUNDS })
  await session.start()
  return { store, server, session }
}

async function added(store, person, passphrase = PASSPHRASE) {
  const salt = crypto.getRandomValues(new Uint8Array(32))
  const answer = await askForPasskey({ salt })
  return addPasskey(store, person, passphrase, { ...answer, salt, made: MADE })
}

async function unlocks(session) {
  return session.unlockByPasskey(await session.passkeys())
}

test("a passkey opens what was written under the passphrase, and nobody is asked over the network", async () => {
  const { session } = await withPasskey()
  assert.equal(await unlocks(session), true)
  assert.deepEqual(session.sitting.notebook.draft("t"), { question: "anna's" })
  await session.lock()
})

test("the passphrase goes on opening it, and so does a changed one with the passkey beside it", async () => {
  const { session, store } = await withPasskey()
  await changePassphrase(store, "anna", PASSPHRASE, "en helt ny frase", { rounds: ROUNDS })
  assert.equal((await session.unlock("en helt ny frase")).opened, true)
  await session.lock()
  assert.equal(await unlocks(session), true)
  await session.lock()
})

test("a passkey is added by who knows the passphrase alone", async () => {
  const { store } = await withPasskey()
  await removePasskey(store, "anna", fromBase64Url(phone.id))
  assert.equal(await added(store, "anna", "feil og atter feil"), false)
  assert.deepEqual(await passkeysHere(store), [])
})

test("a passkey that is removed opens nothing, and the passphrase still does", async () => {
  const { session, store } = await withPasskey()
  const ways = await session.passkeys()
  await removePasskey(store, "anna", fromBase64Url(phone.id))
  assert.equal(await session.unlockByPasskey(ways), false)
  assert.equal((await session.unlock(PASSPHRASE)).opened, true)
  assert.deepEqual(session.sitting.notebook.draft("t"), { question: "anna's" })
  await session.lock()
})

test("the passphrase cannot be removed: there is always one way in that no account can take along", async () => {
  const { store } = await withPasskey()
  for (const { key, credential } of (await rowsOf(store, "vaults"))[0].wrappings)
    await removePasskey(store, "anna", credential ?? key)
  assert.deepEqual(
    (await rowsOf(store, "vaults"))[0].wrappings.map(({ type }) => type),
    ["passphrase"],
  )
})

test("another passkey, or the same with another secret, opens nothing", async () => {
  const { session } = await withPasskey()
  const ways = await session.passkeys()
  phone.secret = "another"
  assert.equal(await session.unlockByPasskey(ways), false)
  phone.id = "cGFzc2tleS0y"
  await assert.rejects(session.unlockByPasskey(ways), { name: "NotAllowedError" })
  assert.equal(session.state, "locked")
})

test("a passkey without the function answers nothing that could open anything", async () => {
  phone.hasFunction = false
  assert.equal(await askForPasskey({ salt: new Uint8Array(32) }), null)
})

test("the same passkey added twice is one way in", async () => {
  const { session, store } = await withPasskey()
  assert.equal(await added(store, "anna"), true)
  assert.equal((await passkeysHere(store, "anna")).length, 1)
  assert.equal(await unlocks(session), true)
  await session.lock()
})

test("each opens their own, of two who share the device", async () => {
  const { store, server } = await withPasskey()
  const annas = phone
  phone = new Phone()
  phone.id = "cGFzc2tleS0y"
  const { session } = await withPasskey({ store, server, person: "berit" })
  assert.equal(await unlocks(session), true)
  assert.equal(session.sitting.notebook.person.id, "berit")
  await session.lock()
  phone = annas
  await unlocks(session)
  assert.equal(session.sitting.notebook.person.id, "anna")
  await session.lock()
})

test("who unlocks with a passkey makes wrong passphrases forgotten for all who share the device, as with one", async () => {
  const { store, session, server } = await withPasskey()
  await newDevice(server, "berit", { store })
  await session.unlock("feil og atter feil")
  assert.deepEqual(await wrongTries(store), [1, 1])
  assert.equal(await unlocks(session), true)
  assert.deepEqual(await wrongTries(store), [0, 0])
  await session.lock()
})

async function wrongTries(store) {
  return (await rowsOf(store, "vaults")).map(({ wrong }) => wrong)
}

test("the browser is asked for those that open something here, and for proof of who holds it", async () => {
  const { session } = await withPasskey()
  await unlocks(session)
  const { allowCredentials, userVerification } = phone.asked.at(-1)
  assert.deepEqual(
    allowCredentials.map(({ id }) => toBase64Url(id)),
    [phone.id],
  )
  assert.equal(userVerification, "required")
  await session.lock()
})

test("neither the secret nor the data key lies on the disk", async () => {
  const { store, session } = await withPasskey()
  const { secret } = await askForPasskey({ ways: await session.passkeys() })
  const disk = JSON.stringify(await rowsOf(store, "vaults"), (_, each) =>
    each instanceof Uint8Array ? toBase64Url(each) : each,
  )
  assert.ok(disk.includes(phone.id))
  assert.ok(!disk.includes(toBase64Url(secret)))
})
