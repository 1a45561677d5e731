import assert from "node:assert/strict"
import { test } from "node:test"
import { drawWords, SUGGESTED } from "../../ledvei_pwa/static/js/ui/words.js"
import { bitsOf, secondsToGuess } from "../../ledvei_pwa/static/js/vault/strength.js"

const DAY = 86_400
const bits = (text) => bitsOf(text, SUGGESTED)

test("a suggestion is worth what it was drawn from and no more, and lasts about a year", () => {
  for (let tries = 0; tries < 50; tries += 1) {
    const drawn = drawWords()
    if (new Set(drawn.split(" ")).size === 4) assert.equal(bits(drawn), 40)
  }
  assert.ok(secondsToGuess(40) > 300 * DAY && secondsToGuess(40) < 500 * DAY)
})

test("no word that is suggested counts for less than the others", () => {
  assert.deepEqual(
    [...SUGGESTED].filter((word) => bits(word) !== 10),
    [],
  )
})

test("what many choose is found within a day, however long it is and whatever is put behind it", () => {
  for (const easy of [
    "passord1234!",
    "Barnevern2026",
    "aaaaaaaaaaaaaaaa",
    "qwertyuiopå123456",
    "123456789012345",
    "Sommerferie2026!",
    "barneverntjenesten",
    "hund hund hund hund hund hund",
  ])
    assert.ok(secondsToGuess(bits(easy)) < DAY, easy)
})

test("another word makes it harder, and the same word once more hardly does", () => {
  const one = bits("gruer meg")
  assert.ok(bits("gruer meg tirsdag") > one + 9)
  assert.ok(bits("gruer meg meg") <= one + 1)
})

test("what no word explains counts by its letters", () => {
  assert.ok(bits("Kf8!kdla09sQ") > 40)
})

test("a meter for words that nobody has written shows nothing", () => {
  assert.equal(bits(""), 0)
  assert.equal(bits("   "), 0)
})

test("spaces, and two ways to write å, are worth nothing", () => {
  assert.equal(bits(" båten  på vannet "), bits("ba\u030aten pa\u030a vannet"))
})
