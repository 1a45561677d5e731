import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, relative } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../ledvei_pwa/static/", import.meta.url))
const js = join(root, "js")

// features → ui → sync → store → vault → core (design.md §2). Types may be named in any direction: they are comments.
const MAY_IMPORT = {
  core: ["core"],
  vault: ["vault", "core"],
  store: ["store", "vault", "core"],
  sync: ["sync", "store", "vault", "core"],
  ui: ["ui", "sync", "store", "vault", "core"],
  features: ["features", "ui", "sync", "store", "vault", "core"],
  worker: ["worker", "core", "store", "sync"],
}
/** What is built from npm, and who may use it. */
const VENDOR = { "vendor/idb.js": ["store"], "vendor/hpke.js": ["vault"] }
/** What the worker must never hold, however many steps away: a key, a readable record. */
const NEVER_IN_THE_WORKER =
  /^js\/(vault|ui|features)\/|^js\/store\/(notebook|changes|records|drafts|vaults)\.js$|^vendor\/hpke\.js$/

const files = readdirSync(js, { recursive: true })
  .filter((name) => name.endsWith(".js"))
  .map((name) => `js/${name}`)

const IMPORT = /^(?:import|export)\s(?:[\w*{}\s,]+?\sfrom\s+)?"([^"]+)"/gm
const DYNAMIC = /\bimport\("([^"]+)"\)/g

function importsOf(file) {
  const source = codeOf(file)
  return [...source.matchAll(IMPORT), ...source.matchAll(DYNAMIC)].map(([, target]) => {
    assert.match(target, /^\.\.?\//, `${file} imports ${target}: only relative addresses work in a worker`)
    return normalize(join(dirname(file), target))
  })
}

const roleOf = (file) => file.split("/")[1]

test("there are files to look at", () => {
  assert.ok(files.length > 20)
  assert.ok(importsOf("js/store/notebook.js").includes("js/core/ids.js"))
})

test("imports go in one direction", () => {
  for (const file of files.filter((name) => name.split("/").length > 2)) {
    for (const target of importsOf(file)) {
      if (target.startsWith("vendor/"))
        assert.ok(VENDOR[target]?.includes(roleOf(file)), `${file} → ${target}`)
      else assert.ok(MAY_IMPORT[roleOf(file)]?.includes(roleOf(target)), `${file} → ${target}`)
    }
  }
})

test("a feature neither opens the database nor touches the outbox", () => {
  for (const file of files.filter((name) => name.startsWith("js/features/"))) {
    for (const target of importsOf(file))
      assert.doesNotMatch(target, /^js\/store\/(db|outbox|changes|records|intake)\.js$/, file)
  }
})

test("the worker never comes near a key or a readable word", () => {
  for (const file of reachable("sw.js")) assert.doesNotMatch(file, NEVER_IN_THE_WORKER, relative(root, file))
})

test("the worker imports nothing while it runs", () => {
  for (const file of reachable("sw.js")) {
    if (!file.startsWith("vendor/")) assert.doesNotMatch(codeOf(file), DYNAMIC, file)
  }
})

test("no script writes markup from text", () => {
  for (const file of files)
    assert.doesNotMatch(
      readFileSync(join(root, file), "utf8"),
      /\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(/,
      file,
    )
})

function codeOf(file) {
  return readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
}

function reachable(entry, found = new Set()) {
  if (found.has(entry)) return found
  found.add(entry)
  if (!entry.startsWith("vendor/")) for (const target of importsOf(entry)) reachable(target, found)
  return found
}
