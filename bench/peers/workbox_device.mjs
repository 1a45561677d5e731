// A service worker with Workbox's background sync, in Node: its own scripts, and the few names of a worker they need.
// Its browser is a good one: it fires `sync` whenever it is told to, as often as it takes, and never the last time.
import "fake-indexeddb/auto"
import { build } from "esbuild"
import { converse } from "./conversation.mjs"

/** What the worker listens to, and the tags that wait for their `sync`. */
const listeners = []
const tags = new Set()
globalThis.self = Object.assign(globalThis, {
  registration: { scope: "http://localhost/", sync: { register: async (tag) => void tags.add(tag) } },
  addEventListener: (type, listener) => void listeners.push({ type, listener }),
  FetchEvent: class {},
})
const { BackgroundSyncPlugin, NetworkOnly, Queue } = await import(await bundle())

/** Each sends a request for the page, and answers what the page gets. */
const WAYS = {
  /** The first example of its documentation. */
  as_it_comes: () => withPlugins(),

  /** Its documentation's advice for those who want server errors tried again. */
  errors_thrown: () =>
    withPlugins({
      fetchDidSucceed: async ({ response }) => {
        if (response.status >= 500) throw new Error("Server error.")
        return response
      },
    }),

  /** A replay of one's own that takes nothing but a 2xx for an answer. */
  own_replay: () => {
    queue = new Queue("operations", { onSync: replay })
    return async (request) => {
      const response = await fetch(request.clone()).catch(() => null)
      if (!response?.ok) await queue.pushRequest({ request })
      return response
    }
  },
}

/** As every app that uses it does; its modules are not ones that Node could load. */
async function bundle() {
  const contents = `
    export { BackgroundSyncPlugin, Queue } from "workbox-background-sync"
    export { NetworkOnly } from "workbox-strategies"`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    define: { "process.env.NODE_ENV": '"production"' },
    bundle: true,
    format: "esm",
    write: false,
  })
  return `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
}

async function replay({ queue }) {
  for (let entry = await queue.shiftRequest(); entry; entry = await queue.shiftRequest()) {
    const response = await fetch(entry.request.clone()).catch(() => null)
    if (response?.ok) continue
    await queue.unshiftRequest(entry)
    throw new Error("Not sent")
  }
}

function withPlugins(...others) {
  const plugin = new BackgroundSyncPlugin("operations")
  queue = plugin._queue
  const strategy = new NetworkOnly({ plugins: [plugin, ...others] })
  const event = { waitUntil: () => {} }
  return (request) => strategy.handle({ request, event }).catch(() => null)
}

let address
let send
let queue

const acts = {
  open(asked) {
    address = asked.address
    send = WAYS[asked.way]()
  },

  /** Answers the status that the page sees; null when it sees that the network failed. */
  async write({ id, text }) {
    const headers = { "Content-Type": "application/json" }
    const request = new Request(`${address}/operations`, {
      method: "POST",
      headers,
      body: JSON.stringify({ id, text }),
    })
    const response = await send(request)
    await response?.text()
    return { status: response?.status ?? null }
  },

  /** The browser thinks that the network is back. */
  async sync() {
    for (const tag of [...tags]) if (await fired(tag)) tags.delete(tag)
    return { waiting: (await waiting()).length }
  },

  held: async () => ({ waiting_ids: await waiting() }),
}

/** What lies in the queue. */
async function waiting() {
  const entries = await queue.getAll()
  return Promise.all(entries.map(async ({ request }) => (await request.clone().json()).id))
}

async function fired(tag) {
  const works = []
  const event = { tag, lastChance: false, waitUntil: (work) => void works.push(work) }
  tags.delete(tag)
  for (const { type, listener } of listeners) if (type === "sync") listener(event)
  const ended = await Promise.allSettled(works)
  const isDone = ended.every(({ status }) => status === "fulfilled")
  if (!isDone) tags.add(tag)
  return isDone && !tags.has(tag)
}

await converse(acts)
