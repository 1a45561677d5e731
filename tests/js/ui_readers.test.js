import assert from "node:assert/strict"
import { before, test } from "node:test"
import { describeReaders } from "../../ledvei_pwa/static/js/ui/readers.js"

before(() => {
  globalThis.document = /** @type {any} */ ({ body: { dataset: {} }, getElementById: () => null })
})

const items = {
  series: {
    alone: { supervisor: "ragnhild", members: ["anna"] },
    many: { supervisor: "ragnhild", members: ["anna", "b", "c", "d", "e"] },
  },
  person: { anna: { name: "Anna" }, ragnhild: { name: "Ragnhild" } },
}
const notebook = { person: { id: "anna" }, get: (type, id) => items[type][id] ?? null }
const said = (audience, series = "alone") => describeReaders(notebook, { audience, series })

test("what is private is said to be one's own", () => {
  assert.equal(said("private"), "Only you can read this.")
})

test("what is shared with the supervisor is said to follow the supervision to the next supervisor", () => {
  assert.match(said("supervisor"), /^You and Ragnhild can read this, and whoever takes over .+ later\./)
})

test("what is shared with the group is said to be open to those who join it later", () => {
  assert.match(said("group"), /^You and Ragnhild can read this, and those who join .+ later\./)
})

test("no leader is among the readers", () => {
  for (const audience of ["supervisor", "group"]) assert.match(said(audience), /not a leader either\.$/)
})

test("a group too large to be named is counted", () => {
  assert.match(said("group", "many"), /^You and the 5 others in the group can read this/)
})
