import { Console } from "node:console"
import { createInterface } from "node:readline"

/** @typedef {Record<string, (asked: any) => unknown>} Acts */

/**
 * Answer one line of JSON on standard output to each on standard input, in order, until it ends: `{"act": "…", …}` is
 * done by the act of that name, which may take its time. Anything printed otherwise goes to standard error.
 * @param {Acts} acts
 */
export async function converse(acts) {
  globalThis.console = new Console(process.stderr)
  for await (const line of createInterface({ input: process.stdin })) {
    const { act, ...asked } = JSON.parse(line)
    process.stdout.write(`${JSON.stringify(await done(acts[act], asked))}\n`)
  }
  process.exit(0)
}

/**
 * @param {Acts[string]} act
 * @param {any} asked
 */
async function done(act, asked) {
  try {
    return (await act(asked)) ?? {}
  } catch (error) {
    return { failed: String(/** @type {Error} */ (error)?.stack ?? error) }
  }
}

/**
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} seconds
 */
export async function timed(work) {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
