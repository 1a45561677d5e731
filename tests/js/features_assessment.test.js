import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { ownTrend, waysToHelp } from "../../ledvei_pwa/static/js/features/assessment/rules.js"

const cases = JSON.parse(readFileSync(new URL("../shared/assessment_cases.json", import.meta.url), "utf8"))

for (const { name, assessments, trend, ways_to_help } of cases) {
  test(`self-assessment, as on the server: ${name}`, () => {
    assert.deepEqual(ownTrend(assessments), trend)
    assert.deepEqual(waysToHelp(assessments.at(-1) ?? {}), ways_to_help)
  })
}
