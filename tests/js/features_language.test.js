import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import { chooseLanguage, keepLanguageTold } from "../../ledvei_pwa/static/js/features/me/language.js"
import { languageHere, readMeta } from "../../ledvei_pwa/static/js/store/meta.js"
import { newDevice } from "./support/device.js"
import { ModelServer } from "./support/server.js"

const fetchBefore = globalThis.fetch
let told
/** What the network does next: an HTTP status, or null for no network. */
let status

beforeEach(() => {
  told = []
  status = 200
  globalThis.fetch = async (address, { body }) => {
    if (status === null) throw new TypeError("Failed to fetch")
    told.push([address, JSON.parse(body)])
    return new Response("{}", { status })
  }
})
afterEach(() => {
  globalThis.fetch = fetchBefore
})

const anna = async () => (await newDevice(new ModelServer(), "anna")).notebook
const nynorsk = ["/api/v1/language", { person: "anna", language: "nn" }]

test("a language chosen on-line is told at once, for the one who chose it", async () => {
  await chooseLanguage(await anna(), "nn")
  assert.deepEqual(told, [nynorsk])
})

test("this device speaks it at once, network or not", async () => {
  status = null
  const notebook = await anna()
  await chooseLanguage(notebook, "nn")
  assert.equal(await languageHere(notebook.store), "nn")
})

for (const [name, answer] of Object.entries({
  "no network": null,
  "signed out": 401,
  "another person": 409,
})) {
  test(`what could not be told (${name}) is told at the next opening, and then no more`, async () => {
    const notebook = await anna()
    status = answer
    await chooseLanguage(notebook, "nn")
    told = []
    status = 200
    await keepLanguageTold(notebook)
    await keepLanguageTold(notebook)
    assert.deepEqual(told, [nynorsk])
  })
}

test("what could not be told is told when the server has answered", async () => {
  const notebook = await anna()
  status = null
  await chooseLanguage(notebook, "nn")
  await keepLanguageTold(notebook)
  status = 200
  notebook.setSync({ phase: "idle" })
  for (let turns = 0; turns < 50 && (await readMeta(notebook.store, "anna")).untold_language; turns += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(told, [nynorsk])
})

test("somebody who has chosen nothing tells nothing", async () => {
  await keepLanguageTold(await anna())
  assert.deepEqual(told, [])
})
