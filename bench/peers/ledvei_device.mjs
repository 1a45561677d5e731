// A device of ours: the same scripts as in the browser, on a browser's database in memory.
import "fake-indexeddb/auto"
import { Store } from "../../ledvei_pwa/static/js/store/db.js"
import { Notebook } from "../../ledvei_pwa/static/js/store/notebook.js"
import { Engine } from "../../ledvei_pwa/static/js/sync/engine.js"
import { enrol, registerDevice } from "../../ledvei_pwa/static/js/sync/enrol.js"
import { converse, timed } from "./conversation.mjs"

const PASSPHRASE = "havre kost spett fjell"
/** The price of unlocking is not what is measured here. */
const ROUNDS = 1_000

/** @type {Notebook} */
let notebook
/** @type {import("../../ledvei_pwa/static/js/sync/exchange.js").Transport} */
let transport
/** Where its server is. */
let base = ""

const acts = {
  /** A new device of whoever is signed in with this cookie. */
  async open({ address, cookie }) {
    base = address
    transport = {
      fetch: (path, init) =>
        fetch(new URL(String(path), base), {
          ...init,
          headers: { ...init?.headers, Cookie: cookie, Origin: base },
        }),
      now: () => Date.now(),
      build: "bench",
    }
    const store = new Store("bench")
    const registration = await registerDevice(transport.fetch, "Bench")
    const vault = await enrol(store, registration, PASSPHRASE, { rounds: ROUNDS })
    notebook = await Notebook.open(store, vault)
  },

  /** The same server by another line. */
  move({ address }) {
    base = address
  },

  /** @param {{documents: {id: string, fields: Record<string, any>}[]}} asked */
  async write({ documents }) {
    for (const { id, fields } of documents) await notebook.save({ kind: "debrief", entry: id, set: fields })
  },

  /** Fields of documents that are there. @param {{changes: {id: string, fields: Record<string, any>}[]}} asked */
  async change({ changes }) {
    for (const { id, fields } of changes) await notebook.save({ kind: "debrief", entry: id, set: fields })
  },

  fill: () => synced(),
  sync: () => synced(),

  /** What a person sees: the value that stands, and those that are shown beside it. */
  read({ ids, field }) {
    const documents = ids.map((/** @type {string} */ id) => {
      const { fields, conflicts } = notebook.entry(id) ?? { fields: {}, conflicts: {} }
      return { stands: fields, beside: (conflicts[field] ?? []).map(({ value }) => value), hidden: [] }
    })
    return { documents }
  },

  held: () => ({
    count: notebook.entries({ kind: "debrief" }).length,
    waiting_ids: notebook.entries({ kind: "debrief" }).flatMap(({ id, pending }) => (pending ? [id] : [])),
  }),

  /** The entries of which the person has been told that something was refused. */
  attention: () => ({ entries: notebook.attention().map(({ entry }) => entry) }),

  equal: () => ({ equal: notebook.syncState().equal }),
}

/** One turn of the engine, as "Sync now" makes it. */
async function synced() {
  const engine = new Engine(notebook, transport)
  /** @type {unknown[]} */
  const errors = []
  engine.addEventListener("error", (event) => errors.push(/** @type {CustomEvent} */ (event).detail))
  const seconds = await timed(() => engine.syncNow())
  engine.stop()
  if (errors.length > 0) throw errors[0]
  const { phase, equal, waiting } = notebook.syncState()
  return { seconds, phase, equal, waiting }
}

await converse(acts)
