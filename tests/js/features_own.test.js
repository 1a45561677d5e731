import assert from "node:assert/strict"
import { before, test } from "node:test"
import { newDevice } from "./support/device.js"
import { ModelServer } from "./support/server.js"

/** @type {typeof import("../../ledvei_pwa/static/js/features/own/collect.js").ownTexts} */
let ownTexts
/** @type {typeof import("../../ledvei_pwa/static/js/features/own/file.js").asFile} */
let asFile

/** A page without templates: what no form names is shown under the name it has. */
before(async () => {
  const page = Object.assign(new EventTarget(), {
    body: { dataset: { language: "nb" } },
    getElementById: () => null,
  })
  Object.assign(globalThis, { document: page })
  ;({ ownTexts } = await import("../../ledvei_pwa/static/js/features/own/collect.js"))
  ;({ asFile } = await import("../../ledvei_pwa/static/js/features/own/file.js"))
})

const anna = async () => (await newDevice(new ModelServer(), "anna")).notebook
const textsIn = (notebook, part) => ownTexts(notebook).parts.find(({ name }) => name === part)?.texts ?? []
const answersIn = (texts) => texts.flatMap(({ answers }) => answers.map(({ text }) => text))
const NOW = { now: new Date("2026-11-24T09:00:00Z") }

test("what waits to be sent is in the file", async () => {
  const notebook = await anna()
  await notebook.save({ kind: "debrief", set: { happened: "En tung kveld" } })
  assert.deepEqual(answersIn(textsIn(notebook, "written")), ["En tung kveld"])
})

test("what is not finished is in the file, whatever page it was begun on", async () => {
  const notebook = await anna()
  await notebook.saveDraft("/debrief/new", { happened: "Begynt", $base: { revision: 0, fields: {} } })
  await notebook.saveDraft("of a later app x", { words: "Også begynt" })
  assert.deepEqual(answersIn(textsIn(notebook, "drafts")).sort(), ["Begynt", "Også begynt"])
})

test("what the server would not have is in the file with the reason, of a kind nobody knows too", async () => {
  const { store, notebook } = await newDevice(new ModelServer(), "anna")
  await notebook.save({ kind: "of_tomorrow", set: { dream: "Å sove ut" } })
  await refuse(store, notebook, "unknown_kind", "Serveren kjenner ikke dette ennå.")
  const [refused] = textsIn(notebook, "attention")
  assert.deepEqual(answersIn([refused]), ["Å sove ut"])
  assert.deepEqual(refused.notes, ["Serveren kjenner ikke dette ennå."])
})

test("both sides are in the file when the same was written in two places", () => {
  const entry = {
    id: "1",
    kind: "debrief",
    author: "anna",
    audience: "private",
    fields: { happened: "Fra telefonen" },
    conflicts: { happened: [{ value: "Fra nettbrettet", at: "2026-11-20T10:00:00Z" }] },
    created: "2026-11-20T10:00:00Z",
    state: "sent",
    seen: [],
  }
  assert.deepEqual(answersIn(textsIn(holding([entry]), "written")), ["Fra telefonen", "Fra nettbrettet"])
})

test("others' texts are not in the file", () => {
  const asked = []
  const notebook = holding([])
  notebook.entries = (filter) => {
    asked.push(filter)
    return []
  }
  ownTexts(notebook)
  assert.deepEqual(asked, [{ author: "anna" }])
})

test("the file says how far back it goes and that it is not locked", () => {
  const { text } = asFile({ name: "Anna", service: "Fjordvik", weeks: 8, oldest: null, parts: [] }, NOW)
  assert.match(text, /the last 8 weeks/)
  assert.match(text, /Anyone who gets this file can read it/)
})

test("the file fetches nothing and runs nothing, whatever somebody has written", () => {
  const hostile = `</dd></style><script src="//evil.example/x.js"></script><img onerror='x'> & "so"`
  const written = { id: "1", title: "<b>", at: "2026-11-20T10:00:00Z", notes: [hostile], answers: [] }
  const parts = [{ name: "written", texts: [{ ...written, answers: [{ label: hostile, text: hostile }] }] }]
  const { text } = asFile({ name: hostile, service: hostile, weeks: 0, oldest: null, parts }, NOW)
  assert.doesNotMatch(text, /<script|<img|<b>/)
  assert.equal(text.match(/<\/style>/g)?.length, 1)
  assert.ok(text.includes("&lt;script src=&quot;//evil.example/x.js&quot;&gt;"))
  assert.match(text, /content="default-src 'none'; style-src 'unsafe-inline'"/)
})

test("line breaks stay as they were written", () => {
  const answers = [{ label: "Text", text: "En\nTo\n\nTre" }]
  const texts = [{ id: "1", title: "Debrief", at: "2026-11-20T10:00:00Z", notes: [], answers }]
  const own = { name: "", service: "", weeks: 0, oldest: null, parts: [{ name: "written", texts }] }
  assert.ok(asFile(own, NOW).text.includes("En\nTo\n\nTre"))
})

test("the file is named by the day it was made", () => {
  const own = { name: "", service: "", weeks: 0, oldest: null, parts: [] }
  assert.equal(asFile(own, NOW).name, "my-texts-in-ledvei-2026-11-24.html")
})

function holding(entries) {
  return {
    person: { id: "anna", name: "Anna" },
    all: () => [],
    get: () => null,
    entries: () => entries,
    attention: () => [],
    drafts: () => [],
  }
}

/** As if the server had said no. */
async function refuse(store, notebook, reason, text) {
  await store.write(["pending"], async (tx) => {
    for (const row of await tx.objectStore("pending").getAll())
      await tx.objectStore("pending").put({ ...row, state: "attention", reason, text })
  })
  await notebook.refresh()
}
