// The app's own scripts, as the browser gets them, in one function: each call makes every module anew, as each tab and
// the worker has its own. What belongs to a browser comes in as arguments.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const JS = join(fileURLToPath(new URL("../../../", import.meta.url)), "ledvei_pwa/static/js")
const WANTED = {
  "./store/db.js": "{ Store }",
  "./sync/session.js": "{ Session }",
  "./worker/send.js": "{ send }",
  "./sync/sealed_file.js": "* as sealedFile",
}
const ENTRY = Object.entries(WANTED)
  .filter(([path]) => existsSync(join(JS, path)))
  .map(([path, what]) => `export ${what} from "${path}"`)
  .join("\n")

/** What a page has of its own. */
export const OWN = [
  "globalThis",
  "self",
  "window",
  "document",
  "navigator",
  "indexedDB",
  "localStorage",
  "crypto",
  "fetch",
  "AbortSignal",
  "BroadcastChannel",
  "Date",
  "Math",
  "performance",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
]

/**
 * @param {{from: string, to: string}[]} mistakes planted to see whether they are found
 * @returns {Promise<(own: Record<string, unknown>) => any>} makes the modules for one page
 */
export async function loadScripts(mistakes = []) {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: JS },
    bundle: true,
    format: "iife",
    globalName: "ledvei",
    write: false,
    logLevel: "error",
  })
  const source = mistakes.reduce(planted, outputFiles[0].text)
  const make = new Function(...OWN, `${source}; return ledvei`)
  return (own) => make(...OWN.map((name) => own[name]))
}

/**
 * @param {string} source
 * @param {{from: string, to: string}} mistake
 */
function planted(source, { from, to }) {
  if (source.split(from).length !== 2) throw new Error(`There is not one place that says: ${from}`)
  return source.replace(from, () => to)
}
