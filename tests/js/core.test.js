import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import { delayAfter, retryAfter } from "../../ledvei_pwa/static/js/core/backoff.js"
import {
  fromBase64Url,
  fromUtf8,
  joined,
  toBase64Url,
  toUtf8,
} from "../../ledvei_pwa/static/js/core/bytes.js"
import { digestOf, digestsAgree } from "../../ledvei_pwa/static/js/core/digest.js"
import { isId, newId } from "../../ledvei_pwa/static/js/core/ids.js"
import { mergeFields } from "../../ledvei_pwa/static/js/core/merge.js"

const shared = (name) => JSON.parse(readFileSync(new URL(`../shared/${name}.json`, import.meta.url), "utf8"))

for (const { name, base, current, set, fields, conflicts } of shared("merge_cases")) {
  test(`merging: ${name}`, () => {
    assert.deepEqual(mergeFields(base, current, set), { fields, conflicts })
  })
}

for (const { name, subjects, count, hash } of shared("digest_cases")) {
  test(`the digest: ${name}`, async () => {
    const rows = subjects.map(([type, id, version]) => ({ type, id, version }))
    assert.deepEqual(await digestOf(rows), { count, hash })
  })
}

test("no digest agrees with nothing", () => {
  assert.equal(digestsAgree(null, null), false)
})

test("merging what is already there changes nothing", () => {
  const fields = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  )
  fc.assert(
    fc.property(fields, fields, fields, (base, current, set) => {
      const once = mergeFields(base, current, set)
      const again = mergeFields(base, once.fields, set)
      assert.deepEqual(again.fields, once.fields)
      assert.deepEqual(again.conflicts, once.conflicts)
    }),
  )
})

test("an id is a UUID of version 7 that sorts by its time", () => {
  const [early, late] = [newId(1_000), newId(2_000)]
  assert.ok(isId(early) && isId(late))
  assert.equal(early[14], "7")
  assert.ok(early < late)
})

test("a thousand ids are a thousand different ids", () => {
  assert.equal(new Set(Array.from({ length: 1000 }, () => newId())).size, 1000)
})

test("an id made by a clock before 1970 is still an id", () => {
  assert.ok(isId(newId(-5)))
})

test("what is no id is not taken for one", () => {
  for (const value of ["", "x", 7, null, undefined, `${newId()}x`]) assert.equal(isId(value), false)
})

test("bytes come back out of base64url as they went in", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toBase64Url(bytes)
      assert.match(text, /^[\w-]*$/)
      assert.deepEqual(Array.from(fromBase64Url(text)), Array.from(bytes))
    }),
  )
})

test("text comes back out of UTF-8 as it went in", () => {
  assert.equal(fromUtf8(toUtf8("blåbærsyltetøy 🫖")), "blåbærsyltetøy 🫖")
})

test("joined bytes stand in order", () => {
  assert.deepEqual(Array.from(joined(new Uint8Array([1, 2]), new Uint8Array([3]).buffer)), [1, 2, 3])
})

test("the wait doubles with each failure, up to five minutes, and is spread", () => {
  assert.deepEqual(
    [1, 2, 3].map((tries) => delayAfter(tries, () => 1)),
    [2_000, 4_000, 8_000],
  )
  assert.equal(
    delayAfter(500, () => 1),
    300_000,
  )
  assert.equal(
    delayAfter(1, () => 0),
    1_000,
  )
})

test("a server's wish to wait is read as seconds or as a date, and never silences a device for long", () => {
  assert.equal(retryAfter("7", 0), 7_000)
  assert.equal(retryAfter("Thu, 01 Jan 1970 00:00:09 GMT", 4_000), 5_000)
  assert.equal(retryAfter("Thu, 01 Jan 2099 00:00:00 GMT", 0), 3_600_000)
  assert.equal(retryAfter("soon", 0), null)
  assert.equal(retryAfter(null, 0), null)
})
