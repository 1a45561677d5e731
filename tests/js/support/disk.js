// A disk that fails as disks and browsers do.
import { Store } from "../../../ledvei_pwa/static/js/store/db.js"

/**
 * Every writing to one of `tables` fails until `mend` is called.
 * @param {string[]} tables
 * @param {string} [name] of the DOMException
 */
export function failing(tables, name = "QuotaExceededError") {
  const { put, add } = IDBObjectStore.prototype
  const refuse = (original) =>
    function (value, ...rest) {
      if (tables.includes(this.name)) throw new DOMException("The disk", name)
      return original.call(this, value, ...rest)
    }
  Object.assign(IDBObjectStore.prototype, { put: refuse(put), add: refuse(add) })
  return () => Object.assign(IDBObjectStore.prototype, { put, add })
}

/** The database answers nothing until `mend` is called: then it does what it was asked, in order. */
export function silent() {
  const { read, write } = Store.prototype
  let mend
  const again = new Promise((resolve) => (mend = resolve))
  const slow = (original) =>
    function (...what) {
      return again.then(() => original.apply(this, what))
    }
  Object.assign(Store.prototype, { read: slow(read), write: slow(write) })
  return () => {
    Object.assign(Store.prototype, { read, write })
    mend()
  }
}

/**
 * A page that a browser keeps for "back" just as it stands.
 * @param {import("node:test").TestContext} test
 * @returns {{leave(): void, comeBack(): void}}
 */
export function page(test) {
  const events = new EventTarget()
  const tell = (type) => events.dispatchEvent(Object.assign(new Event(type), { persisted: true }))
  const parts = { document: {}, addEventListener: events.addEventListener.bind(events) }
  Object.assign(globalThis, parts)
  test.after(() => {
    for (const name of Object.keys(parts)) Reflect.deleteProperty(globalThis, name)
  })
  return { leave: () => tell("pagehide"), comeBack: () => tell("pageshow") }
}
