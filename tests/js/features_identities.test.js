import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { identityProblems } from "../../ledvei_pwa/static/js/features/writing/identities.js"
import { Swaps } from "../../ledvei_pwa/static/js/features/writing/swaps.js"
import { newId } from "../../ledvei_pwa/static/js/core/ids.js"

/** As much of a text area as writing over needs. */
class Area extends EventTarget {
  told = 0
  constructor(value) {
    super()
    this.value = value
    this.addEventListener("input", () => (this.told += 1))
  }
  setRangeText(text, start, end) {
    this.value = this.value.slice(0, start) + text + this.value.slice(end)
  }
  type(text, start, end = start) {
    this.setRangeText(text, start, end)
    this.dispatchEvent(new Event("input"))
  }
}

const NAME = "Kari Nordmann"
const placesOf = (text, name = NAME) =>
  Array.from(text.matchAll(name), ({ index }) => ({ start: index, end: index + name.length }))

function setUp(text, word = "moren", name = NAME) {
  const area = new Area(text)
  const swaps = new Swaps(area)
  swaps.make(name, word, placesOf(text, name))
  return { area, swaps }
}

test("a word is written everywhere the name stood, with a capital where a sentence begins", () => {
  const { area } = setUp(`${NAME} gråt. ${NAME} gikk, og jeg så ${NAME}.\n${NAME}`)
  assert.equal(area.value, "Moren gråt. Moren gikk, og jeg så moren.\nMoren")
})

test("what is taken out takes one space along", () => {
  assert.equal(setUp(`Ring ${NAME} nå`, "").area.value, "Ring nå")
  assert.equal(setUp(`${NAME} ringte`, "").area.value, "ringte")
  assert.equal(setUp(NAME, "").area.value, "")
})

test("who keeps the text is told of a word as of a key", () => {
  assert.equal(setUp(`Med ${NAME}.`).area.told, 1)
})

test("taking it back leaves what was typed since", () => {
  const { area, swaps } = setUp(`Jeg så ${NAME} og ${NAME}.`)
  area.type("I går. ", 0)
  area.type(" Slik var det.", area.value.length)
  area.type("veldig ", area.value.indexOf("og"))
  swaps.undo(swaps.kept[0])
  assert.equal(area.value, `I går. Jeg så ${NAME} veldig og ${NAME}. Slik var det.`)
  assert.equal(swaps.kept.length, 0)
})

test("a word that somebody has written in stays as they wrote it", () => {
  const { area, swaps } = setUp(`Jeg så ${NAME}.`)
  area.type("mamma", area.value.indexOf("ren"), area.value.indexOf("ren") + 3)
  assert.equal(swaps.kept.length, 0)
})

test("several words are taken back in any order", () => {
  const text = `Først ${NAME}, så Ola Berg, så ${NAME}.`
  const { area, swaps } = setUp(text)
  swaps.make("Ola Berg", "faren", placesOf(area.value, "Ola Berg"))
  const [one, other] = swaps.kept
  swaps.undo(one)
  swaps.undo(other)
  assert.equal(area.value, text)
})

test("whatever is typed around it, taking it back brings the name where the word stood, and loses nothing", () => {
  const typed = fc.array(fc.tuple(fc.boolean(), fc.string({ maxLength: 5 })), { maxLength: 8 })
  fc.assert(
    fc.property(fc.string(), fc.string(), typed, (before, after, keys) => {
      const text = `${before}# ${NAME} #${after}`
      const area = new Area(text)
      const swaps = new Swaps(area)
      const start = before.length + 2
      swaps.make(NAME, "moren", [{ start, end: start + NAME.length }])
      const shown = area.value.slice(start, start + 5)
      let [head, tail] = [area.value.slice(0, start - 1), area.value.slice(start + 6)]
      for (const [isBefore, key] of keys) {
        if (isBefore) head = key + head
        else tail += key
        area.value = `${head} ${shown} ${tail}`
        area.dispatchEvent(new Event("input"))
      }
      swaps.undo(swaps.kept[0])
      assert.equal(area.value, `${head} ${NAME} ${tail}`)
    }),
  )
})

test("fields with an identity number are named, and ids of people and sessions are none", () => {
  const values = { happened: "Nr 010190 10046.", helped: "", strain: 7, hear_from: newId(), need: null }
  global.document = { body: { dataset: {} }, getElementById: () => null }
  assert.deepEqual(Object.keys(identityProblems(values)), ["happened"])
})
