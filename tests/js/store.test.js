import assert from "node:assert/strict"
import { test } from "node:test"
import { asStoreProblem, isLostConnection, StoreProblem } from "../../ledvei_pwa/static/js/store/problem.js"
import { Store } from "../../ledvei_pwa/static/js/store/db.js"
import { newDevice, newStore } from "./support/device.js"
import { page } from "./support/disk.js"
import { ModelServer } from "./support/server.js"

const row = (person) => ({ person, wrappings: [], wrong: 0 })
const put = (store, person) => store.write(["vaults"], (tx) => tx.objectStore("vaults").put(row(person)))

async function openedStore() {
  const store = newStore()
  await store.read(["vaults"], (tx) => tx.objectStore("vaults").count())
  return store
}

/** Let the next `count` transactions fail as a browser does. */
function failing(count, error) {
  const original = IDBDatabase.prototype.transaction
  let left = count
  IDBDatabase.prototype.transaction = function (...how) {
    if (left-- > 0) throw error
    return original.apply(this, how)
  }
  return () => (IDBDatabase.prototype.transaction = original)
}

test("a connection that the browser has closed is opened again", async () => {
  const store = newStore()
  await put(store, "anna")
  const mend = failing(1, new DOMException("The database connection is closing.", "InvalidStateError"))
  try {
    await put(store, "berit")
  } finally {
    mend()
  }
  assert.deepEqual(await store.read(["vaults"], (tx) => tx.objectStore("vaults").getAllKeys()), [
    "anna",
    "berit",
  ])
})

test("Safari's lost connection is opened again", async () => {
  const store = await openedStore()
  const message = "Connection to Indexed Database server lost. Refresh the page to try again"
  const mend = failing(2, new DOMException(message, "UnknownError"))
  try {
    await put(store, "anna")
  } finally {
    mend()
  }
  assert.equal(await store.read(["vaults"], (tx) => tx.objectStore("vaults").count()), 1)
})

test("a connection that never comes back is told, not waited for", async () => {
  const store = await openedStore()
  const mend = failing(99, new DOMException("closing", "InvalidStateError"))
  try {
    await assert.rejects(put(store, "anna"), { name: "StoreProblem", code: "lost" })
  } finally {
    mend()
  }
})

test("no room left is told as that", async () => {
  const store = await openedStore()
  const mend = failing(1, new DOMException("x", "QuotaExceededError"))
  try {
    await assert.rejects(put(store, "anna"), { name: "StoreProblem", code: "full" })
  } finally {
    mend()
  }
})

test("where nothing may be kept it is told as that", async () => {
  const { indexedDB } = globalThis
  delete globalThis.indexedDB
  try {
    await assert.rejects(put(newStore(), "anna"), { name: "StoreProblem", code: "unavailable" })
  } finally {
    globalThis.indexedDB = indexedDB
  }
})

test("each thing that browsers say has a code of ours", () => {
  const said = [
    ["QuotaExceededError", "", "full"],
    ["UnknownError", "Connection is closing because of: IO error: 000003.log: FILE_ERROR_NO_SPACE", "full"],
    ["SecurityError", "", "unavailable"],
    [
      "InvalidStateError",
      "A mutation operation was attempted on a database that did not allow mutations.",
      "unavailable",
    ],
    ["VersionError", "", "newer"],
    ["UnknownError", "Connection to Indexed Database server lost.", "lost"],
    ["DataError", "", "unknown"],
  ]
  for (const [name, message, code] of said)
    assert.equal(asStoreProblem(new DOMException(message, name)).code, code, name)
  assert.equal(asStoreProblem(new StoreProblem("full", null)).code, "full")
  assert.equal(isLostConnection(new TypeError("x")), false)
})

test("a newer tab may upgrade the database under us", async () => {
  const store = newStore()
  await put(store, "anna")
  const upgraded = new Promise((resolve, reject) => {
    const request = indexedDB.open(store.name, 3)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  ;(await upgraded).close()
  await assert.rejects(put(store, "berit"), { code: "newer" })
})

const count = (vaults) => vaults.count()
const putAnna = (vaults) => vaults.put(row("anna"))

for (const [mode, work, before, result, after] of [
  ["read", count, ["berit"], 1, ["berit"]],
  ["write", putAnna, ["berit"], "anna", ["anna", "berit"]],
])
  test(`a page left in the middle of a ${mode} lets all others go on, and does it when it is shown again`, async (t) => {
    const other = newStore()
    const { leave, comeBack } = page(t)
    const store = new Store(other.name)
    const people = () => other.read(["vaults"], (tx) => tx.objectStore("vaults").getAllKeys())
    let isLeft = false
    const ended = store[mode](["vaults"], async (tx) => {
      const found = await work(tx.objectStore("vaults"))
      if (!isLeft) leave()
      isLeft = true
      return found
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await put(other, "berit")
    assert.deepEqual(await people(), before)
    comeBack()
    assert.equal(await ended, result)
    assert.deepEqual(await people(), after)
  })

test("work that fails leaves nothing half done", async () => {
  const store = newStore()
  const half = store.write(["vaults"], async (tx) => {
    await tx.objectStore("vaults").put(row("anna"))
    throw new RangeError("half way")
  })
  await assert.rejects(half, RangeError)
  assert.equal(await store.read(["vaults"], (tx) => tx.objectStore("vaults").count()), 0)
})

test("when the record cannot be kept, neither is the operation: both or none", async () => {
  const { notebook, store } = await newDevice(new ModelServer(), "anna")
  const { put: original } = IDBObjectStore.prototype
  IDBObjectStore.prototype.put = function (value, ...rest) {
    if (this.name === "meta" && value.next_number === 2) throw new DOMException("x", "QuotaExceededError")
    return original.call(this, value, ...rest)
  }
  try {
    await assert.rejects(notebook.save({ kind: "debrief", set: { happened: "a" } }), { code: "full" })
  } finally {
    IDBObjectStore.prototype.put = original
  }
  assert.deepEqual(notebook.entries(), [])
  for (const table of ["outbox", "pending"])
    assert.equal(await store.read([table], (tx) => tx.objectStore(table).count()), 0)
  await notebook.save({ kind: "debrief", set: { happened: "a" } })
  assert.equal(notebook.waiting().count, 1)
})

test("two stores of one name are one database, as two tabs have it", async () => {
  const store = newStore()
  await put(store, "anna")
  assert.equal(await new Store(store.name).read(["vaults"], (tx) => tx.objectStore("vaults").count()), 1)
})
