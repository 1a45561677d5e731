/**
 * Builds static/vendor/: the two npm parts that the app carries (idb, @hpke/core) as minified modules with their types
 * beside them, and the look when its script is there. Prints one line per file.
 */
import { access, mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const vendor = join(root, "ledvei_pwa/static/vendor")
const look = join(root, "scripts/build-look.mjs")

// Only what is named here is carried; the types stay whole, since they cost nothing.
const PARTS = [
  { name: "idb", from: "idb", exports: "openDB" },
  { name: "hpke", from: "@hpke/core", exports: "Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256" },
]
const TARGETS = ["chrome111", "firefox115", "safari16.4"]

/** @param {{name: string, from: string, exports: string}} part */
async function buildPart(part) {
  const outfile = join(vendor, `${part.name}.js`)
  const result = await build({
    stdin: { contents: `export { ${part.exports} } from "${part.from}"`, resolveDir: root },
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGETS,
    legalComments: "none",
    metafile: true,
  })
  await writeFile(join(vendor, `${part.name}.d.ts`), `export * from "${part.from}"\n`)
  for (const { bytes } of Object.values(result.metafile.outputs)) console.log(`${part.name}.js ${bytes}`)
}

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  )
}

await mkdir(vendor, { recursive: true })
await Promise.all(PARTS.map(buildPart))
if (await exists(look)) await import(look)
