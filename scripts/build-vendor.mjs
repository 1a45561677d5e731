/**
 * Builds static/vendor/: the two npm parts that the app carries (idb, @hpke/core) as minified modules with their types
 * beside them; vendor/js/, our own scripts as one file for the page and one for the worker, which is a third of the
 * bytes and a hundredth of the requests; and the look when its script is there. Prints one line per file.
 */
import { createHash } from "node:crypto"
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const house = join(root, "ledvei_pwa/static")
const vendor = join(house, "vendor")
const look = join(root, "scripts/build-look.mjs")

// Only what is named here is carried; the types stay whole, since they cost nothing.
const PARTS = [
  { name: "idb", from: "idb", exports: "openDB" },
  { name: "hpke", from: "@hpke/core", exports: "Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256" },
]
/** Two folders down, as the scripts they are made of, so that `import.meta.url` leads to the same place. */
const BUNDLES = [
  { entry: "js/app.js", out: "vendor/js/app.js" },
  { entry: "js/worker/main.js", out: "vendor/js/worker.js" },
]
const SHARED = {
  bundle: true,
  minify: true,
  format: /** @type {const} */ ("esm"),
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: /** @type {const} */ ("none"),
  metafile: true,
}

/** @param {{name: string, from: string, exports: string}} part */
async function buildPart(part) {
  const contents = `export { ${part.exports} } from "${part.from}"`
  const outfile = join(vendor, `${part.name}.js`)
  report(await build({ ...SHARED, stdin: { contents, resolveDir: root }, outfile }))
  await writeFile(join(vendor, `${part.name}.d.ts`), `export * from "${part.from}"\n`)
}

/**
 * The first line says what the bundle was made from: ledvei_pwa/shell serves it only while that is still so.
 * @param {{entry: string, out: string}} bundle
 */
async function buildBundle({ entry, out }) {
  const outfile = join(house, out)
  const banner = { js: `// made from ${await fingerprint()}` }
  const plugins = [
    { name: "leave what is imported later where it is", setup: leaveDynamic(dirname(outfile)) },
  ]
  report(await build({ ...SHARED, entryPoints: [join(house, entry)], outfile, banner, plugins }))
}

/**
 * @param {string} folder of the bundle
 * @returns {(build: import("esbuild").PluginBuild) => void}
 */
function leaveDynamic(folder) {
  return ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) =>
      kind === "dynamic-import"
        ? { path: relative(folder, join(resolveDir, path)), external: true }
        : undefined,
    )
  }
}

/** The twin of `fingerprint` in ledvei_pwa/shell/modules.py. */
async function fingerprint() {
  const digest = createHash("sha256")
  const names = await readdir(join(house, "js"), { recursive: true })
  for (const name of names.filter((each) => each.endsWith(".js")).sort()) {
    digest.update(`js/${name}\0`)
    digest.update(await readFile(join(house, "js", name)))
  }
  return digest.digest("hex")
}

/** @param {import("esbuild").BuildResult} result */
function report({ metafile }) {
  for (const [name, { bytes }] of Object.entries(metafile?.outputs ?? {}))
    console.log(`${relative(house, name)} ${bytes}`)
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
await Promise.all(BUNDLES.map(buildBundle))
if (await exists(look)) await import(look)
