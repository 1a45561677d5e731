import assert from "node:assert/strict"
import { test } from "node:test"

/** The words as the shell would hold them: none, so that the English ids show. @param {"nb" | "nn"} language */
function pageIn(language) {
  globalThis.document = /** @type {any} */ ({ body: { dataset: { language } }, getElementById: () => null })
}

pageIn("nb")
const { formatDay, formatDue, formatMoment, formatTime, todayInOslo, daysFromToday } = await import(
  "../../ledvei_pwa/static/js/ui/dates.js"
)

const year = new Date().getFullYear()

test("a weekday is bokmål on a bokmål page", () => {
  pageIn("nb")
  assert.match(formatDay("2024-11-19"), /^tirsdag 19\. november 2024$/)
})

test("a weekday is nynorsk on a nynorsk page, though the browser knows no nynorsk", () => {
  pageIn("nn")
  assert.match(formatDay("2024-11-19"), /^tysdag 19\. november 2024$/)
  pageIn("nb")
})

test("a date of this year says no year", () => {
  assert.equal(formatDay(`${year}-05-17`).endsWith("17. mai"), true)
})

test("a session keeps its hour on both sides of the clock change", () => {
  assert.equal(formatTime("2026-10-24T08:00:00Z"), "10.00")
  assert.equal(formatTime("2026-10-26T09:00:00Z"), "10.00")
})

test("half past eleven in the evening in Norway is still that day", () => {
  assert.equal(todayInOslo("2026-11-23T22:30:00Z"), "2026-11-23")
  assert.equal(todayInOslo("2026-11-23T23:30:00Z"), "2026-11-24")
})

test("what is due today, tomorrow and earlier is said in words", () => {
  const day = (/** @type {number} */ days) => todayInOslo(Date.now() + days * 86_400_000)
  assert.equal(formatDue(day(0)), "Today")
  assert.equal(formatDue(day(1)), "Tomorrow")
  assert.match(formatDue(day(-3)), /^Was due /)
  assert.equal(daysFromToday(day(9)), 9)
})

test("a moment says day and time", () => {
  assert.equal(formatMoment("2024-11-19T09:00:00Z"), "tirsdag 19. november 2024 at 10.00")
})
