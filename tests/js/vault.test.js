import assert from "node:assert/strict"
import { test } from "node:test"
import { passphraseProblem } from "../../ledvei_pwa/static/js/vault/passphrase.js"
import { sealOperation } from "../../ledvei_pwa/static/js/vault/seal.js"
import { makeVault, unlockRow, VaultLocked, VaultUnreadable } from "../../ledvei_pwa/static/js/vault/vault.js"
import { ROUNDS as HONEST_ROUNDS } from "../../ledvei_pwa/static/js/vault/wrapping.js"
import { createVault, openVault, TRIES, vaultPeople } from "../../ledvei_pwa/static/js/store/vaults.js"
import { newDevice, newStore, newVault, PASSPHRASE, ROUNDS } from "./support/device.js"
import { ModelServer, openSealed } from "./support/server.js"

const WRONG = "feil og atter feil frase"

test("what went into the vault comes out of it", async () => {
  const vault = await newVault()
  const box = await vault.encrypt({ text: "Jeg fryser når telefonen ringer" }, ["drafts", "a"])
  assert.deepEqual(await vault.decrypt(box, ["drafts", "a"]), { text: "Jeg fryser når telefonen ringer" })
})

test("the same text is never the same bytes twice", async () => {
  const vault = await newVault()
  const [one, other] = await Promise.all([vault.encrypt("a", ["x"]), vault.encrypt("a", ["x"])])
  assert.notDeepEqual(one, other)
})

test("a box opens only in its own place", async () => {
  const vault = await newVault()
  const box = await vault.encrypt("a", ["drafts", "a"])
  await assert.rejects(vault.decrypt(box, ["drafts", "b"]), VaultUnreadable)
})

test("a box that somebody has touched does not open", async () => {
  const vault = await newVault()
  const box = await vault.encrypt("a", ["x"])
  box[box.length - 1] ^= 1
  await assert.rejects(vault.decrypt(box, ["x"]), VaultUnreadable)
})

test("one person's vault does not open another's box", async () => {
  const [anna, berit] = [await newVault("anna"), await newVault("berit")]
  await assert.rejects(berit.decrypt(await anna.encrypt("a", ["x"]), ["x"]), VaultUnreadable)
})

test("a locked vault neither reads nor writes, and says that it has been locked", async () => {
  const vault = await newVault()
  const box = await vault.encrypt("a", ["x"])
  let told = 0
  vault.addEventListener("lock", () => (told += 1))
  vault.lock()
  vault.lock()
  assert.equal(told, 1)
  await assert.rejects(vault.encrypt("a", ["x"]), VaultLocked)
  await assert.rejects(vault.decrypt(box, ["x"]), VaultLocked)
})

test("the passphrase opens the vault again, and another does not", async () => {
  const { row } = await makeVault("anna", PASSPHRASE, { rounds: ROUNDS })
  assert.ok(await unlockRow(row, PASSPHRASE))
  assert.equal(await unlockRow(row, WRONG), null)
})

test("spaces around the passphrase and two ways to write å do not matter", async () => {
  const { row } = await makeVault("anna", "en blå bil på båten", { rounds: ROUNDS })
  assert.ok(await unlockRow(row, " en  bla\u030a bil på båten "))
})

test("each vault has its own salt and its own key, even with the same passphrase", async () => {
  const [one, other] = await Promise.all(
    ["anna", "anna"].map((id) => makeVault(id, PASSPHRASE, { rounds: ROUNDS })),
  )
  assert.equal(one.row.wrappings[0].salt.length, 16)
  assert.notDeepEqual(one.row.wrappings[0].salt, other.row.wrappings[0].salt)
  const box = await one.vault.encrypt("a", ["x"])
  await assert.rejects(other.vault.decrypt(box, ["x"]), VaultUnreadable)
})

test("a passphrase is made slow by at least 600,000 rounds when nobody says otherwise", async () => {
  const { row } = await makeVault("anna", PASSPHRASE)
  assert.ok(HONEST_ROUNDS >= 600_000)
  assert.equal(row.wrappings[0].rounds, HONEST_ROUNDS)
})

test("a kind of wrapping that this version does not know is passed over", async () => {
  const { row } = await makeVault("anna", PASSPHRASE, { rounds: ROUNDS })
  assert.ok(await unlockRow({ ...row, wrappings: [{ type: "passkey" }, ...row.wrappings] }, PASSPHRASE))
})

test("a passphrase of twelve characters or of four words is good", () => {
  for (const good of ["tolv bokstaver", "ku is øy by", "Kf8!kdla09sQ"])
    assert.equal(passphraseProblem(good), null, good)
})

test("a passphrase that is short, only digits or the same over and over is not", () => {
  assert.equal(passphraseProblem(""), "too_short")
  assert.equal(passphraseProblem("kort en"), "too_short")
  assert.equal(passphraseProblem("ku ku ku ku"), "too_short")
  assert.equal(passphraseProblem("12345678901234"), "only_digits")
  assert.equal(passphraseProblem("010190 12345 - 99"), "only_digits")
  assert.equal(passphraseProblem("aaaaaaaaaaaaab"), "too_simple")
})

test("ten wrong passphrases wipe what can be read, and leave what waits to be sent", async () => {
  const server = new ModelServer()
  const { store, notebook } = await newDevice(server, "anna")
  await notebook.save({ kind: "debrief", set: { happened: "hemmelig" } })
  await notebook.saveDraft("d", { a: 1 })
  await notebook.close()
  for (let wrong = 1; wrong < TRIES; wrong += 1) {
    const { left, wiped } = await openVault(store, ["anna"], WRONG)
    assert.deepEqual({ left, wiped }, { left: TRIES - wrong, wiped: false })
  }
  assert.equal((await openVault(store, ["anna"], WRONG)).wiped, true)
  const left = await store.read(["vaults", "records", "drafts", "pending", "outbox"], async (tx) =>
    Object.fromEntries(
      await Promise.all(
        [...tx.objectStoreNames].map(async (name) => [name, await tx.objectStore(name).count()]),
      ),
    ),
  )
  assert.deepEqual(left, { vaults: 0, records: 0, drafts: 0, pending: 0, outbox: 1 })
})

test("the right passphrase makes wrong ones forgotten", async () => {
  const store = newStore()
  await createVault(store, "anna", PASSPHRASE, { rounds: ROUNDS })
  for (let wrong = 0; wrong < TRIES - 1; wrong += 1) await openVault(store, ["anna"], WRONG)
  assert.ok((await openVault(store, ["anna"], PASSPHRASE)).vault)
  assert.equal((await openVault(store, ["anna"], WRONG)).left, TRIES - 1)
})

test("two people on one device each open their own vault, and neither is named", async () => {
  const store = newStore()
  await createVault(store, "anna", PASSPHRASE, { rounds: ROUNDS })
  await createVault(store, "berit", "fire helt andre ord", { rounds: ROUNDS })
  const people = await vaultPeople(store)
  assert.equal((await openVault(store, people, PASSPHRASE)).vault?.person, "anna")
  assert.equal((await openVault(store, people, "fire helt andre ord")).vault?.person, "berit")
})

test("a sealed operation opens at the server and shows nothing on the way", async () => {
  const { keys } = await new ModelServer().register("anna")
  const { key, sealed } = await sealOperation({ text: "hemmelig" }, keys)
  assert.equal(key, keys.id)
  assert.deepEqual(await openSealed(sealed), { text: "hemmelig" })
  assert.ok(!Buffer.from(sealed, "base64url").includes("hemmelig"))
})
