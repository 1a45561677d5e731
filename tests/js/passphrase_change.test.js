import assert from "node:assert/strict"
import { test } from "node:test"
import { changePassphrase, createVault, openVault } from "../../ledvei_pwa/static/js/store/vaults.js"
import { newStore, PASSPHRASE, ROUNDS } from "./support/device.js"

const NEW = "lykt fjell havre kajakk"

async function deviceOfAnna() {
  const store = newStore()
  const vault = await createVault(store, "anna", PASSPHRASE, { rounds: ROUNDS })
  const box = await vault.encrypt("det jeg skrev i går", ["drafts", "a"])
  return { store, box }
}

test("what was written before a change of passphrase opens with the new one", async () => {
  const { store, box } = await deviceOfAnna()
  assert.equal(await changePassphrase(store, "anna", PASSPHRASE, NEW, { rounds: ROUNDS }), true)
  const { vault } = await openVault(store, ["anna"], NEW)
  assert.equal(await vault?.decrypt(box, ["drafts", "a"]), "det jeg skrev i går")
})

test("the old passphrase opens nothing after the change", async () => {
  const { store } = await deviceOfAnna()
  await changePassphrase(store, "anna", PASSPHRASE, NEW, { rounds: ROUNDS })
  assert.equal((await openVault(store, ["anna"], PASSPHRASE)).vault, null)
})

test("a wrong old passphrase changes nothing", async () => {
  const { store } = await deviceOfAnna()
  assert.equal(
    await changePassphrase(store, "anna", "ikke den riktige frasen", NEW, { rounds: ROUNDS }),
    false,
  )
  assert.notEqual((await openVault(store, ["anna"], PASSPHRASE)).vault, null)
})

test("what another tab has changed meanwhile is not put back as it was", async () => {
  const { store } = await deviceOfAnna()
  const changing = changePassphrase(store, "anna", PASSPHRASE, NEW, { rounds: 200_000 })
  await createVault(store, "anna", "begynt på nytt igjen", { rounds: ROUNDS })
  assert.equal(await changing, false)
  assert.notEqual((await openVault(store, ["anna"], "begynt på nytt igjen")).vault, null)
})
