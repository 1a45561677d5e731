// A person on a device, with an engine, a network and a server: what most tests of sync begin with.
import { outboxRows } from "../../../ledvei_pwa/static/js/store/outbox.js"
import { readMeta } from "../../../ledvei_pwa/static/js/store/meta.js"
import { Engine } from "../../../ledvei_pwa/static/js/sync/engine.js"
import { newDevice, newStore, reopened } from "./device.js"
import { Network } from "./network.js"
import { ModelServer } from "./server.js"

/**
 * @param {{person?: string, server?: ModelServer, store?: object}} [options]
 * @returns {Promise<object>} with `astray`, how often the engine has had to begin again without a reason
 */
export async function setUp({ person = "anna", server = new ModelServer(), store = newStore() } = {}) {
  return seated(await newDevice(server, person, { store }), new Network(server))
}

/** The app is closed and opened again. */
export async function restarted(device) {
  return seated(await reopened(device), new Network(device.server))
}

/** Give a device its engine. */
export function seated(device, network) {
  const { notebook, store } = device
  const engine = new Engine(notebook, network.transport)
  const seat = { ...device, server: network.server, network, engine, astray: 0, errors: [] }
  engine.addEventListener("astray", () => (seat.astray += 1))
  engine.addEventListener("error", ({ detail }) => seat.errors.push(detail))
  const person = notebook.person.id
  return Object.assign(seat, {
    sync: () => engine.syncNow(),
    write: (text = "a", more = {}) => notebook.save({ kind: "debrief", set: { happened: text }, ...more }),
    meta: () => readMeta(store, person),
    outbox: () => outboxRows(store, person),
    kept: () => rowsOf(store, "kept"),
    pending: () => rowsOf(store, "pending"),
  })
}

/** Every row of a table. */
export function rowsOf(store, table) {
  return store.read([table], (tx) => tx.objectStore(table).getAll())
}

/** Read everything that `text` names on the server, as its author would. */
export function textsOn(server) {
  return [...server.entries.values()].map(({ fields }) => fields.happened).sort()
}
