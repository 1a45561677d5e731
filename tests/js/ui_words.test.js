import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { drawWords } from "../../ledvei_pwa/static/js/ui/words.js"
import { passphraseProblem } from "../../ledvei_pwa/static/js/vault/passphrase.js"

const source = await readFile(new URL("../../ledvei_pwa/static/js/ui/words.js", import.meta.url), "utf8")
const words = (source.match(/`\n([\s\S]+?)`/)?.[1] ?? "").trim().split(/\s+/)

test("there are 1024 different words, ten bits each", () => {
  assert.equal(words.length, 1024)
  assert.equal(new Set(words).size, 1024)
})

test("every word is short, small letters, and can be typed on a Norwegian keyboard", () => {
  assert.deepEqual(
    words.filter((word) => !/^[a-zæøå]{3,8}$/.test(word)),
    [],
  )
})

test("a suggestion is four of the words, and good enough as a passphrase", () => {
  for (let tries = 0; tries < 200; tries += 1) {
    const drawn = drawWords()
    assert.equal(drawn.split(" ").length, 4)
    assert.equal(
      drawn.split(" ").every((word) => words.includes(word)),
      true,
    )
    if (new Set(drawn.split(" ")).size === 4) assert.equal(passphraseProblem(drawn), null)
  }
})
