import assert from "node:assert/strict"
import { test } from "node:test"
import { carryOver, openTopics } from "../../ledvei_pwa/static/js/features/session/carry.js"
import { outcomeHere, placeOf, stepsOf, takenUp } from "../../ledvei_pwa/static/js/features/session/steps.js"
import { goToStep, spentOn, startClock } from "../../ledvei_pwa/static/js/features/session/timer.js"
import { newDevice } from "./support/device.js"
import { ModelServer } from "./support/server.js"

const MINUTE = 60_000
const item = (id, fields = {}) => ({ topic: { id, fields }, minutes: 10, carriedFrom: "" })
const done = { outcome: "done", outcome_session: "now" }
const carried = { outcome: "carried", outcome_session: "now" }

test("a session goes from what is open, through each topic, to what is agreed and the close", () => {
  assert.deepEqual(
    stepsOf([item("a"), item("b")]).map(({ key }) => key),
    ["since", "a", "b", "agree", "close"],
  )
})

test("a session without topics still begins and closes", () => {
  assert.deepEqual(
    stepsOf([]).map(({ key }) => key),
    ["since", "agree", "close"],
  )
})

test("when the step one was at is gone, one begins from the start", () => {
  assert.equal(placeOf(stepsOf([item("a")]), "taken away"), 0)
})

test("a topic carried over from another session is not yet marked in this one", () => {
  assert.equal(outcomeHere(item("a", { outcome: "carried", outcome_session: "before" }), "now"), "")
})

test("the time went to the topics that were talked about", () => {
  assert.deepEqual(
    takenUp([item("a", done), item("b"), item("c", carried)], "now").map(({ topic }) => topic.id),
    ["a"],
  )
})

test("when none is marked the time went to all that were not carried over", () => {
  assert.deepEqual(
    takenUp([item("a"), item("c", carried)], "now").map(({ topic }) => topic.id),
    ["a"],
  )
})

test("a step's time runs while one is at it", () => {
  assert.equal(spentOn(startClock("a", 0), "a", 3 * MINUTE), 3 * MINUTE)
})

test("a step's time is kept when one goes on, and goes on when one comes back", () => {
  const there = goToStep(startClock("a", 0), "b", 3 * MINUTE)
  assert.equal(spentOn(there, "a", 10 * MINUTE), 3 * MINUTE)
  const back = goToStep(there, "a", 5 * MINUTE)
  assert.equal(spentOn(back, "a", 6 * MINUTE), 4 * MINUTE)
  assert.equal(spentOn(back, "b", 6 * MINUTE), 2 * MINUTE)
})

test("a page left open overnight has not been talked about all night", () => {
  assert.equal(spentOn(startClock("a", 0), "a", 12 * 60 * MINUTE), 0)
})

test("a device whose clock is set back loses no time that was kept", () => {
  const there = goToStep(startClock("a", 10 * MINUTE), "b", 15 * MINUTE)
  assert.equal(spentOn(goToStep(there, "a", 0), "a", -5 * MINUTE), 5 * MINUTE)
})

test("what nobody marked in the session is what closing carries over", () => {
  const agenda = [item("a", done), item("b"), item("c", carried), item("d", { outcome: "carried" })]
  assert.deepEqual(
    openTopics(agenda, "now").map(({ topic }) => topic.id),
    ["b", "d"],
  )
})

test("taking the close back leaves every topic as it was before it", async () => {
  const { notebook } = await newDevice(new ModelServer(), "ragnhild")
  const scope = { kind: "topic", series: "series" }
  const fresh = await notebook.save({ ...scope, session: "now", set: { question: "a" } })
  const older = { question: "b", outcome: "carried", outcome_session: "before" }
  const waiting = await notebook.save({ ...scope, session: "before", set: older })
  const marks = () =>
    [fresh, waiting].map((id) => {
      const { outcome = "", outcome_session = "" } = notebook.entry(id).fields
      return [outcome, outcome_session]
    })
  const agenda = [fresh, waiting].map((id) => ({ topic: notebook.entry(id), minutes: 10, carriedFrom: "" }))

  const takeBack = await carryOver(notebook, "now", agenda)
  assert.deepEqual(marks(), [
    ["carried", "now"],
    ["carried", "now"],
  ])
  await takeBack()
  assert.deepEqual(marks(), [
    ["", ""],
    ["carried", "before"],
  ])
})
