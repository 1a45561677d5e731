import assert from "node:assert/strict"
import { test } from "node:test"
import { expressionOf } from "../../ledvei_pwa/static/js/ui/router.js"

test("a path with a place in it gives what stands there by name", () => {
  assert.deepEqual(
    { ...expressionOf("/supervision/:session/prepare").exec("/supervision/a-1/prepare")?.groups },
    { session: "a-1" },
  )
})

test("a path fits whole addresses only", () => {
  assert.equal(expressionOf("/supervision").test("/supervision/a"), false)
  assert.equal(expressionOf("/write").test("/write"), true)
})

test("a place does not reach over a slash", () => {
  assert.equal(expressionOf("/topic/:entry").test("/topic/a/b"), false)
})
