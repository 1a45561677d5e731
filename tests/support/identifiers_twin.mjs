// Reads texts as JSON, one a line, and answers what the device's finder finds in each: kind, start, end (UTF-16).
import { createInterface } from "node:readline"
import { findIdentifiers } from "../../ledvei_pwa/static/js/core/identifiers.js"

for await (const line of createInterface({ input: process.stdin })) {
  const found = findIdentifiers(JSON.parse(line)).map(({ kind, start, end }) => [kind, start, end])
  process.stdout.write(`${JSON.stringify(found)}\n`)
}
