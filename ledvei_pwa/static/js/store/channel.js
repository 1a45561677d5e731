/**
 * What one tab, or the worker, tells the others. `store` is the database's name.
 * @typedef {{type: "changed", store: string, person: string | null, records?: [string, string][], drafts?: boolean,
 *     penned?: boolean}
 *   | {type: "locked", store: string, person?: string}
 *   | {type: "here", store: string, person: string}} Message `locked` without a person: whoever is here. `here`: they have
 *   just done something
 */

/**
 * Tell and hear the other tabs. Where there is no BroadcastChannel each tab is alone and sees changes at its next start.
 */
export class Channel {
  #store
  #channel

  /**
   * @param {string} store the database's name
   * @param {(message: Message) => void} [hear]
   */
  constructor(store, hear) {
    this.#store = store
    this.#channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("ledvei")
    // Node keeps a process alive for an open channel; browsers have no such method.
    Reflect.get(this.#channel ?? {}, "unref")?.call(this.#channel)
    if (this.#channel && hear) {
      this.#channel.onmessage = ({ data }) => {
        if (data?.store === this.#store) hear(data)
      }
    }
  }

  /**
   * @param {{type: "changed", person: string | null, records?: [string, string][], drafts?: boolean, penned?: boolean}
   *   | {type: "locked", person?: string} | {type: "here", person: string}} message
   */
  tell(message) {
    this.#channel?.postMessage({ ...message, store: this.#store })
  }

  close() {
    this.#channel?.close()
  }
}
