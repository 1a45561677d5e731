import { Channel } from "../store/channel.js"

/** Tell the open pages that the outbox may have changed, and that the server could be reached. */
export async function announce() {
  const channel = new Channel("ledvei")
  channel.tell({ type: "changed", person: null })
  channel.close()
  const scope = /** @type {{clients: {matchAll(): Promise<{postMessage(message: unknown): void}[]>}}} */ (
    /** @type {unknown} */ (globalThis)
  )
  for (const page of await scope.clients.matchAll()) page.postMessage({ type: "sync" })
}
