/**
 * Builds static/vendor/: the two npm parts that the app carries (idb, @hpke/core) as minified modules with their types
 * beside them; vendor/js/, our own scripts in a few files, which is a third of the bytes and a twentieth of the
 * requests; and the look when its script is there. Prints one line per file.
 */
import { createHash } from "node:crypto"
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { minify } from "terser"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const house = join(root, "ledvei_pwa/static")
const vendor = join(house, "vendor")
const look = join(root, "scripts/build-look.mjs")

// Only what is named here is carried; the types stay whole, since they cost nothing.
const PARTS = [
  { name: "idb", from: "idb", exports: "openDB" },
  { name: "hpke", from: "@hpke/core", exports: "Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256" },
]
/** The page's scripts and the worker's. Two folders down, as what they are made of, for `import.meta.url`. */
const BUNDLES = {
  "js/app.js": "app",
  "js/worker/main.js": "worker",
  "js/pages/copy.js": "copy",
  "js/pages/passkeys.js": "passkeys",
}
const OUT = "vendor/js"
const SHARED = {
  bundle: true,
  minify: true,
  format: /** @type {const} */ ("esm"),
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: /** @type {const} */ ("none"),
  metafile: true,
}
/** @type {import("terser").MinifyOptions} */
const SMALLER = { module: true, ecma: 2020, compress: { passes: 3 } }

/** @param {{name: string, from: string, exports: string}} part */
async function buildPart(part) {
  const contents = `export { ${part.exports} } from "${part.from}"`
  const outfile = join(vendor, `${part.name}.js`)
  await finish(await build({ ...SHARED, stdin: { contents, resolveDir: root }, outfile }))
  await writeFile(join(vendor, `${part.name}.d.ts`), `export * from "${part.from}"\n`)
}

/**
 * Each entry becomes one file, and what it imports later becomes others; `files.json` says which, and what they were made
 * from: ledvei_pwa/shell serves them only while that is still so.
 */
async function buildBundles() {
  await rm(join(house, OUT), { recursive: true, force: true })
  /** @type {Record<string, {now: string[], later: string[]}>} */
  const bundles = {}
  for (const [entry, name] of Object.entries(BUNDLES)) bundles[entry] = await buildBundle(entry, name)
  await writeFile(
    join(house, OUT, "files.json"),
    JSON.stringify({ made_from: await fingerprint(), bundles }, null, 1),
  )
}

/** @param {string} entry @param {string} name of what is made of it */
async function buildBundle(entry, name) {
  const options = {
    ...SHARED,
    splitting: true,
    outdir: join(house, OUT),
    plugins: [{ name: "parts", setup: leaveParts }],
  }
  const result = await build({
    ...options,
    entryPoints: { [name]: join(house, entry) },
    chunkNames: `${name}-[hash]`,
  })
  await finish(result)
  const outputs = result.metafile?.outputs ?? {}
  const now = reached(outputs, relative(process.cwd(), join(house, OUT, `${name}.js`)))
  const parts = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external))
  const later = new Set(Object.keys(outputs).filter((path) => !now.includes(path)))
  for (const { path } of parts) later.add(join(vendor, basename(path)))
  return { now: now.map(address), later: Array.from(later, address) }
}

/** @param {string} path */
function address(path) {
  return relative(house, path)
}

/**
 * @param {import("esbuild").Metafile["outputs"]} outputs
 * @param {string} path
 * @param {string[]} [found]
 * @returns {string[]} the file and all that it waits for
 */
function reached(outputs, path, found = []) {
  if (found.includes(path)) return found
  found.push(path)
  for (const { path: next, kind } of outputs[path].imports) {
    if (kind === "import-statement" && outputs[next]) reached(outputs, next, found)
  }
  return found
}

/**
 * What is built from npm and imported later stays the file that it is.
 * @param {import("esbuild").PluginBuild} plugin
 */
function leaveParts({ onResolve }) {
  onResolve({ filter: /vendor\/\w+\.js$/ }, ({ path, kind }) =>
    kind === "dynamic-import" ? { path: `../${basename(path)}`, external: true } : undefined,
  )
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

/**
 * What esbuild has joined Terser makes smaller: a twentieth less of it goes over the line.
 * @param {import("esbuild").BuildResult} result
 */
async function finish({ metafile }) {
  for (const name of Object.keys(metafile?.outputs ?? {})) {
    const { code = "" } = await minify(await readFile(name, "utf8"), SMALLER)
    await writeFile(name, code)
    console.log(`${address(name)} ${Buffer.byteLength(code)}`)
  }
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
await buildBundles()
if (await exists(look)) await import(look)
