// What a page must load to keep and sync its documents: ours, with vault and sealing, and PouchDB, which has neither.
import { brotliCompressSync } from "node:zlib"
import { build } from "esbuild"

const scripts = "../../ledvei_pwa/static/js"
const ENTRIES = {
  ledvei: `
    export { Session } from "${scripts}/sync/session.js"
    export { sitDown } from "${scripts}/sync/sitting.js"
    export { Store } from "${scripts}/store/db.js"
    export { flush } from "${scripts}/sync/flush.js"`,
  pouchdb: `export { default } from "pouchdb-browser"`,
}

/** @param {string} contents */
async function size(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: ["chrome111", "firefox115", "safari16.4"],
    legalComments: "none",
    write: false,
  })
  const [{ contents: bundle }] = outputFiles
  return { minified: bundle.length, brotli: brotliCompressSync(bundle).length }
}

console.log(JSON.stringify({ ledvei: await size(ENTRIES.ledvei), pouchdb: await size(ENTRIES.pouchdb) }))
