// The devices' process: one line of JSON in, one line out. The driver says what happens; everything that follows from it
// has been done before the answer goes out, so that nothing depends on how fast anybody is.
import { writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { loadScripts } from "./scripts.mjs"
import { World } from "./world.mjs"

const mistakes = JSON.parse(process.env.LEDVEI_FUZZ_MISTAKES ?? "[]")
const world = new World(await loadScripts(mistakes))
globalThis.setImmediate = world.tasks.add
process.on("uncaughtException", (error) => world.report("uncaught", error))
process.on("unhandledRejection", (error) => world.report("unhandled", error))

/** @param {{do: string, after?: number}[]} orders each is done when the one before has come to rest, or after so many steps */
async function take(orders) {
  for (const { do: does, steps, ...wish } of orders) {
    await world[does](wish)
    await world.tasks.run(steps)
  }
  await world.tasks.run()
  return world.told()
}

/** The driver or this house is wrong: the run is worth nothing. @param {any} error */
function broken(error) {
  return { broken: String(error?.stack ?? error) }
}

function write(answer) {
  const bytes = Buffer.from(`${JSON.stringify(answer)}\n`)
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(1, bytes, from)
    } catch (error) {
      if (error.code !== "EAGAIN") throw error
    }
  }
}

write({ ready: true })
let turn = Promise.resolve()
createInterface({ input: process.stdin }).on("line", (line) => {
  turn = turn.then(async () => write(await take(JSON.parse(line)).catch(broken)))
})
