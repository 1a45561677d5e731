// A device with PouchDB as it runs in a browser (its adapter `idb`), on a browser's database in memory.
import "fake-indexeddb/auto"
import { converse, timed } from "./conversation.mjs"

// The names of a browser that it looks for when it starts.
globalThis.self ??= /** @type {any} */ (globalThis)
globalThis.navigator ??= /** @type {any} */ ({ userAgent: "Node.js" })
const { default: PouchDB } = await import("pouchdb-browser")

let local
let remote

const acts = {
  open({ address }) {
    console.info = () => {} // it explains that a 404 is nothing to worry about
    local = new PouchDB("bench")
    remote = new PouchDB(`${address}/bench`, { skip_setup: true })
    return { version: PouchDB.version, adapter: local.adapter }
  },

  async write({ documents }) {
    await local.bulkDocs(documents.map(asDocument))
  },

  /** The same on the server itself, as an administrator or another program does it. */
  async write_there({ documents }) {
    await remote.bulkDocs(documents.map(asDocument))
  },

  change: ({ changes }) => changedAt(local, changes),
  change_there: ({ changes }) => changedAt(remote, changes),

  /** One way first, as its guide advises for a first fill. */
  async fill() {
    return { seconds: await timed(() => local.replicate.from(remote)) }
  },

  async sync() {
    return { seconds: await timed(() => local.sync(remote)) }
  },

  /** What there is here goes, then of each document what won there comes: as Community Health Toolkit does it. */
  async sync_winners() {
    await local.replicate.to(remote)
    await local.replicate.from(remote, { style: "main_only" })
  },

  equal: async () => ({ equal: await isEqual() }),

  async read({ ids, field }) {
    return { documents: await Promise.all(ids.map((id) => readOne(id, field))) }
  },

  async held() {
    return { count: (await local.info()).doc_count }
  },
}

/** What an entry of ours carries too. */
function asDocument({ id, fields, about }) {
  return { _id: id, ...about, fields }
}

async function changedAt(database, changes) {
  for (const { id, fields } of changes) {
    const document = await database.get(id)
    await database.put({ ...document, fields: { ...document.fields, ...fields } })
  }
}

/** The winner; nothing is shown beside it. The losers can be asked for by a program that knows of them. */
async function readOne(id, field) {
  const { fields, _conflicts: conflicts = [] } = await local.get(id, { conflicts: true })
  const losers = await Promise.all(conflicts.map((rev) => local.get(id, { rev })))
  return { stands: fields, beside: [], hidden: losers.map((loser) => loser.fields[field] ?? null) }
}

async function isEqual() {
  const [here, there] = await Promise.all([local.allDocs(), remote.allDocs()])
  return JSON.stringify(revisions(here)) === JSON.stringify(revisions(there))
}

function revisions({ rows }) {
  return rows.map(({ id, value }) => [id, value.rev]).sort(([one], [other]) => one.localeCompare(other))
}

await converse(acts)
