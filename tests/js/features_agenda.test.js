import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  agendaOf,
  minutesByShare,
  moveInAgenda,
  suggestMix,
} from "../../ledvei_pwa/static/js/features/supervision/agenda.js"

const NOW = Date.parse("2026-11-24T08:00:00Z")
const session = (id, starts, status = "planned") => ({ id, series: "series", starts, minutes: 60, status })
const held = session("held", "2026-11-12T09:00:00Z", "held")
const next = session("next", "2026-11-26T09:00:00Z")
const later = session("later", "2026-12-03T09:00:00Z")
const sessions = [later, held, next]

const topic = (id, fields = {}, at = "next") => ({ id, kind: "topic", series: "series", session: at, fields })
const ids = (items) => items.map((item) => item.topic.id)

test("a topic written for a session is on its agenda", () => {
  assert.deepEqual(ids(agendaOf(next, [topic("a")], sessions, NOW)), ["a"])
})

test("a topic that was not reached is on the next agenda, with the time it came from", () => {
  const [item] = agendaOf(
    next,
    [topic("a", { outcome: "carried", outcome_session: "held" }, "held")],
    sessions,
    NOW,
  )
  assert.equal(item.carriedFrom, held.starts)
})

test("a topic nobody marked when the session was held is carried over all the same", () => {
  assert.deepEqual(ids(agendaOf(next, [topic("a", {}, "held")], sessions, NOW)), ["a"])
})

test("a topic waits for the first session that can take it, not for every later one", () => {
  assert.deepEqual(ids(agendaOf(later, [topic("a", {}, "held")], sessions, NOW)), [])
})

test("a topic for a session still to come is not called carried over at the one after", () => {
  assert.deepEqual(ids(agendaOf(later, [topic("a")], sessions, NOW)), [])
})

test("a topic whose session the device no longer keeps is not lost", () => {
  assert.deepEqual(ids(agendaOf(next, [topic("a", {}, "forgotten")], sessions, NOW)), ["a"])
})

test("a session that passed without being held hands its topics on", () => {
  const missed = session("missed", "2026-11-19T09:00:00Z")
  assert.deepEqual(ids(agendaOf(next, [topic("a", {}, "missed")], [...sessions, missed], NOW)), ["a"])
})

test("a topic that is done stays with the session where it was done", () => {
  const done = topic("a", { outcome: "done", outcome_session: "held" }, "long ago")
  assert.deepEqual(ids(agendaOf(held, [done], sessions, NOW)), ["a"])
  assert.deepEqual(ids(agendaOf(next, [done], sessions, NOW)), [])
})

test("a topic of another series is never on the agenda", () => {
  assert.deepEqual(agendaOf(next, [{ ...topic("a"), series: "other" }], sessions, NOW), [])
})

test("every open topic is on exactly one coming agenda, whatever its session was", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("held", "next", "later", "forgotten"),
      fc.constantFrom("", "carried"),
      (at, outcome) => {
        const open = topic("a", { outcome }, at)
        const agendas = [next, later].filter((each) => agendaOf(each, [open], sessions, NOW).length)
        assert.equal(agendas.length, 1)
      },
    ),
  )
})

test("the supervisor’s order comes first, then the order of writing", () => {
  const topics = [topic("c"), topic("b"), topic("a", { agenda_order: 1 })]
  assert.deepEqual(ids(agendaOf(next, topics, sessions, NOW)), ["a", "b", "c"])
})

test("the supervisor’s minutes hold before those asked for, and ten when nobody said", () => {
  const topics = [
    topic("a", { agenda_minutes: 5, minutes_wanted: 30 }),
    topic("b", { minutes_wanted: 30 }),
    topic("c"),
  ]
  assert.deepEqual(
    agendaOf(next, topics, sessions, NOW).map((item) => item.minutes),
    [5, 30, 10],
  )
})

test("moving a topic down swaps it with the next", () => {
  const agenda = agendaOf(next, [topic("a"), topic("b"), topic("c")], sessions, NOW)
  assert.deepEqual(moveInAgenda(agenda, 0, 1), [
    { id: "b", agenda_order: 1 },
    { id: "a", agenda_order: 2 },
    { id: "c", agenda_order: 3 },
  ])
})

test("moving writes only the places that change", () => {
  const topics = [
    topic("a", { agenda_order: 1 }),
    topic("b", { agenda_order: 2 }),
    topic("c", { agenda_order: 3 }),
  ]
  const changed = moveInAgenda(agendaOf(next, topics, sessions, NOW), 2, -1)
  assert.deepEqual(changed, [
    { id: "c", agenda_order: 2 },
    { id: "b", agenda_order: 3 },
  ])
})

test("the first cannot move up and the last cannot move down", () => {
  const agenda = agendaOf(next, [topic("a"), topic("b")], sessions, NOW)
  assert.deepEqual([moveInAgenda(agenda, 0, -1), moveInAgenda(agenda, 1, 1)], [[], []])
})

test("strain and role are one share of the picture", () => {
  const topics = [
    topic("a", { focus: "strain", minutes_wanted: 20 }),
    topic("b", { focus: "role", minutes_wanted: 5 }),
  ]
  assert.deepEqual(minutesByShare(agendaOf(next, topics, sessions, NOW)), {
    process: 25,
    case: 0,
    practical: 0,
    other: 0,
  })
})

test("the suggested mix adds up to the minutes of the session", () => {
  const focus = fc.constantFrom("case", "practical", "strain", "role", "other")
  const wish = fc.record({ focus, agenda_minutes: fc.integer({ min: 1, max: 90 }) })
  fc.assert(
    fc.property(
      fc.array(wish, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 0, max: 240 }),
      (wishes, minutes) => {
        const agenda = agendaOf(
          next,
          wishes.map((fields, index) => topic(`t${index}`, fields)),
          sessions,
          NOW,
        )
        const mix = suggestMix(agenda, minutes)
        assert.equal(
          Object.values(mix).reduce((all, part) => all + part, 0),
          minutes,
        )
      },
    ),
  )
})

test("an empty agenda suggests no mix", () => {
  assert.equal(
    Object.values(suggestMix([], 60)).every((part) => part === 0),
    true,
  )
})
