import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import {
  findIdentifiers,
  hasIdentityNumber,
  INSTEAD,
  isIdentityNumber,
} from "../../ledvei_pwa/static/js/core/identifiers.js"

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8")
const cases = JSON.parse(read("../shared/identifiers_cases.json"))

for (const { name, text, found } of cases) {
  test(`finding: ${name}`, () => {
    assert.deepEqual(
      findIdentifiers(text).map(({ kind, start, end }) => [kind, start, end]),
      found.map(({ kind, utf16 }) => [kind, ...utf16]),
    )
  })
}

test("each kind has a neutral word to suggest", () => {
  for (const { found } of cases) for (const { kind } of found) assert.ok(INSTEAD[kind].length > 0)
})

const two = (number) => String(number).padStart(2, "0")
const number = fc
  .record({
    day: fc.integer({ min: 1, max: 31 }),
    dNumber: fc.constantFrom(0, 40),
    month: fc.integer({ min: 1, max: 12 }),
    synthetic: fc.constantFrom(0, 40, 65, 80),
    year: fc.integer({ min: 0, max: 99 }),
    last: fc.integer({ min: 0, max: 99_999 }),
  })
  .map(({ day, dNumber, month, synthetic, year, last }) => {
    const birth = two(day + dNumber) + two(month + synthetic) + two(year)
    // The next one upwards that is valid: one in thirty is.
    for (let end = last; ; end = (end + 1) % 100_000) {
      const digits = birth + String(end).padStart(5, "0")
      if (isIdentityNumber(digits)) return digits
    }
  })
const written = fc
  .tuple(
    number,
    fc.constantFrom("", " ", ".", "-", "/", "\u00a0"),
    fc.constantFrom("", " ", "-", "–", " – "),
    fc.constantFrom("", " ", "\u202f"),
  )
  .map(([digits, small, middle, last]) => {
    const birth = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].join(small)
    return `${birth}${middle}${digits.slice(6, 9)}${last}${digits.slice(9)}`
  })

test("every valid identity number is found where it stands, however it is written", () => {
  const before = fc.constantFrom("", "fnr ", "(", "kl 10 ", "🫖")
  fc.assert(
    fc.property(before, written, fc.constantFrom("", ".", ") og", "\n"), (start, digits, end) => {
      const text = start + digits + end
      assert.ok(hasIdentityNumber(text))
      const spans = findIdentifiers(text).map((found) => text.slice(found.start, found.end))
      assert.ok(spans.includes(digits), `${text} → ${spans}`)
    }),
  )
})

test("findings lie in the text, in order and beside each other", () => {
  const piece = fc.oneof(
    fc.constantFrom("Kari", "Nordmann", "Storgata", "12", "22 33 44 55", "a@b.no", "2024/1234", "\n"),
    fc.string(),
    written,
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join(" ")
      let last = 0
      for (const { start, end } of findIdentifiers(text)) {
        assert.ok(last <= start && start < end && end <= text.length)
        last = end
      }
    }),
  )
})
