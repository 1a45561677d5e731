import assert from "node:assert/strict"
import { before, mock, test } from "node:test"

class Field {
  autocomplete = ""
  dataset = {}
  constructor(name, value = "") {
    Object.assign(this, { name, value })
  }
}

/** As much of a page as a form with text fields needs. */
before(() => {
  const page = Object.assign(new EventTarget(), { hidden: false })
  Object.assign(globalThis, {
    document: page,
    window: globalThis,
    addEventListener: () => {},
    HTMLInputElement: class {},
    HTMLTextAreaElement: class {},
    HTMLSelectElement: class {},
    HTMLButtonElement: class {},
  })
})

async function setUp(saveDraft) {
  const { FormBinding } = await import("../../ledvei_pwa/static/js/ui/form.js")
  const field = new Field("happened")
  const form = Object.assign(new EventTarget(), { elements: [field] })
  const notebook = { saveDraft, dropDraft: async () => {} }
  const binding = new FormBinding(form, { notebook, draftKey: "/debrief/new" })
  const type = (text) => {
    field.value += text
    form.dispatchEvent(new Event("input"))
  }
  return { binding, type }
}

/** Lets timers and promises go on. */
async function pass(milliseconds) {
  mock.timers.tick(milliseconds)
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

test("what is typed is a draft within a second, also for one who never pauses", async () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  const kept = []
  const { type } = await setUp(async (_key, fields) => void kept.push(fields.happened))
  for (const letter of "abcdefghij") {
    type(letter)
    await pass(100)
  }
  assert.ok(kept.length > 0)
  mock.timers.reset()
})

test("after a draft could not be kept, it is tried again by itself and the newest text is kept", async () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  const kept = []
  let isFull = true
  const { binding, type } = await setUp(async (_key, fields) => {
    if (isFull) throw new Error("full")
    kept.push(fields.happened)
  })
  let problems = 0
  binding.addEventListener("problem", () => {
    problems += 1
  })
  type("a")
  await pass(1000)
  assert.equal(problems, 1)
  isFull = false
  type("b")
  await pass(5000)
  assert.deepEqual(kept, ["ab"])
  mock.timers.reset()
})
