import assert from "node:assert/strict"
import { test } from "node:test"
import { groupByWeek } from "../../ledvei_pwa/static/js/features/supervision/weeks.js"

const session = (starts) => ({ id: starts, series: "s", starts, minutes: 60, status: "planned" })
const TUESDAY = Date.parse("2026-11-24T08:00:00Z")
const group = (starts, now = TUESDAY) =>
  Object.entries(groupByWeek([session(starts)], now)).find(([, sessions]) => sessions.length)[0]

test("yesterday, when it was this week, is still this week", () => {
  assert.equal(group("2026-11-23T09:00:00Z"), "week")
})

test("the week ends on Sunday night in Oslo, not in Greenwich", () => {
  assert.equal(group("2026-11-29T22:30:00Z"), "week")
  assert.equal(group("2026-11-29T23:30:00Z"), "coming")
})

test("last week is earlier", () => {
  assert.equal(group("2026-11-22T09:00:00Z"), "earlier")
})

test("the week of the clock change is one week", () => {
  const sunday = Date.parse("2026-10-25T12:00:00Z")
  assert.equal(group("2026-10-19T06:00:00Z", sunday), "week")
  assert.equal(group("2026-10-25T22:59:00Z", sunday), "week")
})

test("a week across new year is one week", () => {
  assert.equal(group("2027-01-02T09:00:00Z", Date.parse("2026-12-29T09:00:00Z")), "week")
})

test("what is earlier comes newest first", () => {
  const earlier = groupByWeek(
    [session("2026-11-05T09:00:00Z"), session("2026-11-12T09:00:00Z")],
    TUESDAY,
  ).earlier
  assert.deepEqual(
    earlier.map((each) => each.starts),
    ["2026-11-12T09:00:00Z", "2026-11-05T09:00:00Z"],
  )
})
