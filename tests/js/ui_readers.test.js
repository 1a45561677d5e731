import assert from "node:assert/strict"
import { before, test } from "node:test"
import { closedTo, describeReaders } from "../../ledvei_pwa/static/js/ui/readers.js"

before(() => {
  globalThis.document = /** @type {any} */ ({ body: { dataset: {} }, getElementById: () => null })
})

const items = {
  series: {
    alone: { supervisor: "ragnhild", members: ["anna"] },
    many: { supervisor: "ragnhild", members: ["anna", "b", "c", "d", "e"] },
  },
  person: { anna: { name: "Anna" }, ragnhild: { name: "Ragnhild" }, kari: { name: "Kari" } },
}
const notebook = { person: { id: "anna" }, get: (type, id) => items[type][id] ?? null }
const said = (audience, series = "alone", to = undefined) =>
  describeReaders(notebook, { audience, series, to })

test("what is private is said to be one's own", () => {
  assert.equal(said("private"), "Only you can read this.")
})

test("what is shared with the supervisor is said to be for that one alone", () => {
  for (const to of [undefined, "ragnhild"])
    assert.match(said("supervisor", "alone", to), /^You and Ragnhild can read this\. Nobody else/)
})

test("what was shared with the supervisor before names both, and who cannot read it", () => {
  const words = "Shared with Kari, who was your supervisor. Ragnhild cannot read it."
  assert.equal(said("supervisor", "alone", "kari"), words)
  assert.equal(closedTo(notebook, { audience: "supervisor", series: "alone", to: "kari" }), "ragnhild")
})

test("what nobody is meant to read any more is said to be one's own", () => {
  for (const to of [null, "anna"]) assert.equal(said("supervisor", "alone", to), "Only you can read this.")
})

test("the group's is not closed to its new supervisor", () => {
  assert.match(said("group", "alone", "kari"), /^You and Ragnhild can read this/)
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
