import assert from "node:assert/strict"
import { before, test } from "node:test"
import { readBy, stateText } from "../../ledvei_pwa/static/js/ui/state.js"

before(() => {
  globalThis.document = /** @type {any} */ ({ body: { dataset: {} }, getElementById: () => null })
})

const names = { ragnhild: { name: "Ragnhild" }, kari: { name: "Kari" } }
const series = { both: { supervisor: "kari" } }
const notebook = {
  person: { id: "anna" },
  get: (type, id) => (type === "series" ? series[id] : names[id]) ?? null,
}
const read = (person, day) => ({ person, at: `2020-11-${day}T09:00:00+00:00` })
const said = (...seen) => stateText(notebook, { state: seen.length ? "seen" : "sent", seen })

test("who has read a text is named under it with the day", () => {
  assert.match(said(read("ragnhild", 18)), /^Read by Ragnhild 18\. november 2020$/)
})

test("several readers have a day each", () => {
  assert.match(
    said(read("ragnhild", 18), read("kari", 19)),
    /Ragnhild 18\. november 2020 and Kari 19\. november/,
  )
})

test("a text that the new supervisor cannot read says so in lists", () => {
  const shared = { state: "sent", seen: [], audience: "supervisor", series: "both", to: "ragnhild" }
  assert.equal(stateText(notebook, shared), "Sent · Kari cannot read it.")
  assert.equal(stateText(notebook, { ...shared, to: "kari" }), "Sent")
})

test("a text that nobody else has read is sent", () => {
  assert.equal(said(read("anna", 18)), "Sent")
  assert.equal(readBy(notebook, null), "")
})
