import assert from "node:assert/strict"
import { test } from "node:test"
import { nextOfAll } from "../../ledvei_pwa/static/js/features/today/next.js"
import { placeOf } from "../../ledvei_pwa/static/js/ui/shell.js"

const NOW = Date.parse("2026-11-24T08:00:00Z")
const session = (id, starts) => ({ id, series: "series", starts, minutes: 60, status: "planned" })
const today = session("today", "2026-11-24T09:00:00Z")
const later = session("later", "2026-12-01T09:00:00Z")

/** A notebook that holds these sessions, and the notes of those closed on this device. */
const holding = (sessions, closed = []) => ({
  all: () => sessions,
  entries: () => closed.map((id) => ({ kind: "holding", session: id })),
})

test("the next session is the first that is not over", () => {
  assert.equal(nextOfAll(holding([later, today]), NOW).id, "today")
})

test("a session closed on this device is held at once, though no server knows it yet", () => {
  assert.equal(nextOfAll(holding([later, today], ["today"]), NOW).id, "later")
})

test("the page of agreements belongs to Supervision in the bar", () => {
  assert.equal(placeOf("agreements"), "supervision")
})
