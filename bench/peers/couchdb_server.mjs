// CouchDB's protocol by its own people's server for Node: express-pouchdb, its documents in memory. Prints its port.
import { createRequire } from "node:module"
import express from "express"

const require = createRequire(import.meta.url)
const PouchDB = require("pouchdb-core").plugin(require("pouchdb-adapter-memory"))
const serve = require("express-pouchdb")

const databases = PouchDB.defaults({ adapter: "memory" })
const app = express().use(serve(databases, { mode: "minimumForPouchDB" }))
const server = app.listen(0, "127.0.0.1", async () => {
  const { port } = server.address()
  const made = await fetch(`http://127.0.0.1:${port}/bench`, { method: "PUT" })
  if (!made.ok) throw new Error(`No database: ${made.status}`)
  process.stdout.write(`${port}\n`)
})
// Node closes after 5 seconds, which a slow line learns too late; CouchDB and proxies wait longer.
server.keepAliveTimeout = 120_000
