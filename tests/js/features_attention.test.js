import assert from "node:assert/strict"
import { before, test } from "node:test"

let drafts
let Cards
let reasonText
let leftovers

before(async () => {
  const page = Object.assign(new EventTarget(), {
    body: { dataset: { language: "nb" } },
    getElementById: () => null,
    activeElement: null,
  })
  Object.assign(globalThis, { document: page, Node: class {} })
  drafts = await import("../../ledvei_pwa/static/js/features/write/drafts.js")
  ;({ Cards } = await import("../../ledvei_pwa/static/js/features/attention/cards.js"))
  ;({ reasonText } = await import("../../ledvei_pwa/static/js/features/attention/reasons.js"))
  ;({ leftovers } = await import("../../ledvei_pwa/static/js/features/attention/leftovers.js"))
})

const inConflict = { id: "e1", kind: "debrief", conflicts: { happened: [{ value: "x", at: "" }] } }
const refused = { id: "op1", entry: "e2", kind: "agreement" }
const at = "2026-11-20T10:00:00Z"

/** A notebook with these drafts, one entry in conflict and one change that was refused. */
const holding = (...all) => ({
  drafts: () => all.map((key) => ({ key, fields: { happened: "Et forsøk" }, at })),
  entry: (id) => (id === "e1" ? inConflict : null),
  get: () => null,
  attention: () => [refused],
})

test("two texts that are being written into one are not finished, and lead to where that is done", () => {
  const [draft] = drafts.unfinished(holding(drafts.draftOfJoined("e1", "happened")))
  assert.deepEqual([draft.path, draft.kind], ["/attention", "debrief"])
})

test("a refused text that is being changed leads there too, under its own kind", () => {
  const [draft] = drafts.unfinished(holding(drafts.draftOfChange("op1")))
  assert.deepEqual([draft.path, draft.kind], ["/attention", "agreement"])
})

test("what was being written of texts that are settled now is not lost, and is found in the same place", () => {
  const notebook = holding(
    drafts.draftOfJoined("e1", "reactions"),
    drafts.draftOfChange("gone"),
    "/debrief/new",
  )
  assert.deepEqual(
    leftovers(notebook).map(({ key }) => key),
    ["joined e1 reactions", "changed gone"],
  )
  assert.deepEqual(
    drafts.unfinished(notebook).map(({ path }) => path),
    ["/attention", "/attention", "/debrief/new"],
  )
})

test("the supervisor's unfinished preparation is named as that", () => {
  const draft = {
    key: "/supervision/s/prepare",
    fields: { opening_question: "Hva gjør denne timen nyttig?" },
  }
  assert.equal(drafts.kindOfDraft(holding(), draft), "supervisor_preparation")
})

test("what the server says of a refusal goes before our own words", () => {
  assert.equal(
    reasonText({ reason: "not_yours", text: "Bare den som skrev dette" }),
    "Bare den som skrev dette",
  )
})

test("a reason that this app has never heard of is said in plain words", () => {
  assert.equal(reasonText({ reason: "of_tomorrow", text: null }), "The server could not take it in.")
})

test("what is copied is somebody's own words, and what they chose only when there are none", async () => {
  const { asPlainText } = await import("../../ledvei_pwa/static/js/features/writing/answers.js")
  const words = { label: "Spørsmålet mitt", text: "Hva nå?", isFree: true }
  const choice = { label: "Det handler om", text: "en sak", isFree: false }
  assert.equal(asPlainText([choice, words]), "Hva nå?")
  assert.equal(asPlainText([words, { ...words, label: "Og" }]), "Spørsmålet mitt\nHva nå?\n\nOg\nHva nå?")
  assert.equal(asPlainText([choice]), "Det handler om\nen sak")
})

/** An element as the cards see it. */
const element = (...areas) => Object.assign(new Node(), { querySelectorAll: () => areas })
const place = () => ({
  children: [],
  replaceChildren(...children) {
    this.children = children
  },
})
const card = (key, state, made = element()) => ({ key, state, make: () => ({ element: made }) })

test("a card that has not changed is left as it stands", () => {
  const there = place()
  const cards = new Cards(there)
  const first = element()
  cards.show([card("a", "1", first)])
  cards.show([card("a", "1")])
  assert.deepEqual(there.children, [first])
})

test("a card in which somebody writes is not taken from under their hands", () => {
  const there = place()
  const cards = new Cards(there)
  const written = element({ value: "Jeg skri", defaultValue: "" })
  cards.show([card("a", "1", written)])
  cards.show([card("a", "2")])
  assert.deepEqual(there.children, [written])
})

test("any other card shows what has come", () => {
  const there = place()
  const cards = new Cards(there)
  const fresh = element()
  cards.show([card("a", "1", element({ value: "same", defaultValue: "same" }))])
  cards.show([card("a", "2", fresh)])
  assert.deepEqual(there.children, [fresh])
})

test("what was written in a card is kept when the card goes", async () => {
  const cards = new Cards(place())
  let kept = 0
  const stop = async () => void (kept += 1)
  cards.show([{ key: "a", state: "1", make: () => ({ element: element(), stop }) }])
  cards.show([])
  await cards.stop()
  assert.equal(kept, 1)
})

test("a refused text of a kind nobody knows can be changed, and goes out anew as one change", async () => {
  const { newDevice } = await import("./support/device.js")
  const { ModelServer } = await import("./support/server.js")
  const { store, notebook } = await newDevice(new ModelServer(), "anna")
  const entry = await notebook.save({ kind: "of_tomorrow", set: { dream: "Å sove", place: "Hytta" } })
  await store.write(["pending", "outbox"], async (tx) => {
    for (const name of /** @type {const} */ (["pending", "outbox"]))
      for (const row of await tx.objectStore(name).getAll())
        await tx.objectStore(name).put({ ...row, state: "attention", reason: "unknown_kind" })
  })
  await notebook.refresh()
  const [one] = notebook.attention()
  const draft = drafts.draftOfChange(one.id)
  await notebook.saveDraft(draft, { dream: "Å sove lenge" })
  await notebook.save({ kind: one.kind, entry, set: { dream: "Å sove lenge" }, draft })
  assert.deepEqual(notebook.attention(), [])
  assert.deepEqual(notebook.entry(entry).fields, { dream: "Å sove lenge", place: "Hytta" })
  assert.equal(notebook.waiting().count, 1)
  assert.deepEqual(notebook.drafts(), [])
})
