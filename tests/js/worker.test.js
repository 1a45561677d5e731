import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { fileFor, install, languagesInUse, removeOldCaches } from "../../ledvei_pwa/static/js/worker/files.js"

const ORIGIN = "https://ledvei.example"
let stored
let answers
let asked

/** The Cache API in small. */
class MemoryCaches {
  names = new Map()
  async open(name) {
    if (!this.names.has(name)) this.names.set(name, new Map())
    const files = this.names.get(name)
    return {
      match: async (path) => files.get(path)?.clone(),
      put: async (path, response) => void files.set(path, response),
      keys: async () => [...files.keys()].map((path) => ({ url: ORIGIN + path })),
    }
  }
  keys = async () => [...this.names.keys()]
  delete = async (name) => this.names.delete(name)
}

beforeEach(() => {
  stored = new MemoryCaches()
  asked = []
  answers = { "/nb/": shell("one"), "/nn/": shell("one"), "/static/one/js/app.js": () => new Response("app") }
  Object.assign(globalThis, { caches: stored, location: { origin: ORIGIN } })
  globalThis.fetch = async (what) => {
    const path = typeof what === "string" ? what : new URL(what.url).pathname + new URL(what.url).search
    asked.push(path)
    if (!answers[path]) throw new TypeError("Failed to fetch")
    return answers[path]()
  }
})

function shell(build) {
  return () => new Response("shell", { headers: { "X-Ledvei-Build": build } })
}

const FILES = ["/nb/", "/nn/", "/static/one/js/app.js"]
const request = (path, { mode = "navigate", method = "GET" } = {}) => ({
  url: new URL(path, ORIGIN).href,
  mode,
  method,
})
const textOf = async (answer) => (await answer).text()

test("installing keeps exactly the files of the build", async () => {
  await install("one", FILES)
  assert.deepEqual([...stored.names.get("ledvei-one").keys()].sort(), FILES)
})

test("a version of which a file is missing is not installed", async () => {
  delete answers["/static/one/js/app.js"]
  await assert.rejects(install("one", FILES))
  answers["/static/one/js/app.js"] = () => new Response("", { status: 404 })
  await assert.rejects(install("one", FILES), /404/)
})

test("a shell of another build than the worker's is not installed", async () => {
  answers["/nb/"] = shell("two")
  await assert.rejects(install("one", FILES), /another build/)
})

test("a new version removes older ones of ours and nothing else", async () => {
  for (const name of ["ledvei-zero", "ledvei-one", "somebody-else"]) await stored.open(name)
  await removeOldCaches("one")
  assert.deepEqual(await stored.keys(), ["ledvei-one", "somebody-else"])
})

test("every address of the app opens the kept shell of its language, and asks nobody", async () => {
  await install("one", FILES)
  answers = {}
  asked = []
  for (const path of ["/nb/", "/nb", "/nn/today?x=1", "/nb/topic/new?session=s", "/nb/offline"]) {
    assert.equal(await textOf(fileFor(request(path), "one")), "shell", path)
  }
  assert.deepEqual(asked, [])
})

test("the files of this build come from what is kept", async () => {
  await install("one", FILES)
  asked = []
  assert.equal(await textOf(fileFor(request("/static/one/js/app.js", { mode: "cors" }), "one")), "app")
  assert.deepEqual(asked, [])
})

test("the manifest of each language comes from what is kept", async () => {
  const [nb, nn] = ["/manifest.webmanifest?lang=nb", "/manifest.webmanifest?lang=nn"]
  Object.assign(answers, { [nb]: () => new Response("nb"), [nn]: () => new Response("nn") })
  await install("one", [...FILES, nb, nn])
  asked = []
  assert.equal(await textOf(fileFor(request(nn, { mode: "cors" }), "one")), "nn")
  assert.deepEqual(asked, [])
})

const VIEWS = ["/static/one/views/nb", "/static/one/views/nn"]
const page = (path) => ({ url: ORIGIN + path })

test("what speaks a language is kept in the one in use alone", async () => {
  const manifests = ["/manifest.webmanifest?lang=nb", "/manifest.webmanifest?lang=nn"]
  for (const path of [...VIEWS, ...manifests]) answers[path] = () => new Response(path)
  await install("one", [...FILES, ...VIEWS, ...manifests], ["nn"])
  const wanted = ["/nn/", manifests[1], "/static/one/js/app.js", VIEWS[1]]
  assert.deepEqual([...stored.names.get("ledvei-one").keys()].sort(), wanted.sort())
})

test("the shell in the other language is kept from the first time it is asked for", async () => {
  await install("one", FILES, ["nb"])
  answers["/nn/me"] = shell("one")
  assert.equal(await textOf(fileFor(request("/nn/me"), "one")), "shell")
  answers = {}
  assert.equal(await textOf(fileFor(request("/nn/today"), "one")), "shell")
})

test("a shell of another build is shown and not kept", async () => {
  await install("one", FILES, ["nb"])
  answers["/nn/me"] = shell("two")
  assert.equal(await textOf(fileFor(request("/nn/me"), "one")), "shell")
  answers = {}
  assert.equal((await fileFor(request("/nn/me"), "one")).headers.get("Location"), `${ORIGIN}/nb/me`)
})

test("without the server, an address in a language that is not kept leads to the same in the one that is", async () => {
  await install("one", FILES, ["nn"])
  answers = {}
  const answer = await fileFor(request("/nb/topic/new?session=s"), "one")
  assert.equal(answer.headers.get("Location"), `${ORIGIN}/nn/topic/new?session=s`)
  assert.equal((await fileFor(request("/nb"), "one")).headers.get("Location"), `${ORIGIN}/nn`)
  assert.equal(await textOf(fileFor(request("/people"), "one")), "shell")
})

test("the views in the other language are kept from the first time they are asked for", async () => {
  for (const path of VIEWS) answers[path] = () => new Response(path)
  await install("one", [...FILES, ...VIEWS], ["nb"])
  const asked = request(VIEWS[1], { mode: "cors" })
  assert.equal(await textOf(fileFor(asked, "one")), VIEWS[1])
  answers = {}
  assert.equal(await textOf(fileFor(asked, "one")), VIEWS[1])
})

test("views that the server would not give are not kept", async () => {
  answers[VIEWS[1]] = () => new Response("not now", { status: 503 })
  await fileFor(request(VIEWS[1], { mode: "cors" }), "one")
  answers[VIEWS[1]] = () => new Response("views")
  assert.equal(await textOf(fileFor(request(VIEWS[1], { mode: "cors" }), "one")), "views")
})

test("the languages in use are those of the open pages and of what an earlier version kept", async () => {
  await (await stored.open("ledvei-zero")).put("/static/zero/views/nn", new Response("views"))
  await (await stored.open("somebody-else")).put("/static/zero/views/nb", new Response("views"))
  assert.deepEqual(await languagesInUse([page("/people")]), ["nn"])
  assert.deepEqual((await languagesInUse([page("/nb/today")])).sort(), ["nb", "nn"])
})

test("when nothing says which language is in use, both are kept", async () => {
  assert.deepEqual(await languagesInUse([]), ["nb", "nn"])
})

test("what has been lost from the cache is fetched", async () => {
  assert.equal(
    await textOf(fileFor(request("/nb/today"), "one")).catch((error) => error.message),
    "Failed to fetch",
  )
  answers["/nb/today"] = shell("one")
  assert.equal(await textOf(fileFor(request("/nb/today"), "one")), "shell")
})

test("the worker keeps out of everything that is not its own", () => {
  const others = [
    request("/api/v1/sync", { mode: "cors" }),
    request("/nb/today", { method: "POST" }),
    request("https://elsewhere.example/nb/"),
    request("/static/zero/js/app.js", { mode: "cors" }),
    request("/nb/", { mode: "cors" }),
  ]
  for (const other of others) assert.equal(fileFor(other, "one"), null, other.url)
})

test("a page of the server's is fetched and never kept", async () => {
  await install("one", FILES)
  answers["/people"] = () => new Response("names")
  assert.equal(await textOf(fileFor(request("/people"), "one")), "names")
  assert.deepEqual([...stored.names.get("ledvei-one").keys()].sort(), FILES)
})

test("without the server, a page of the server's is the shell, which says so", async () => {
  await install("one", FILES)
  assert.equal(await textOf(fileFor(request("/people"), "one")), "shell")
})

test("that shell speaks the language of whoever was here last", async () => {
  answers["/nn/"] = () => new Response("skal", { headers: { "X-Ledvei-Build": "one" } })
  await install("one", FILES)
  const language = async () => "nn"
  assert.equal(await textOf(fileFor(request("/people"), "one", language)), "skal")
})
