import assert from "node:assert/strict"
import { before, test } from "node:test"

let words
let newsOf
let withEnd
let Leaving
let showStatus
let mountNews

/** As much of an element as a notice needs. */
class Element extends EventTarget {
  hidden = false
  children = []

  get textContent() {
    return this.children.map((child) => child.textContent ?? String(child)).join("")
  }

  append(...children) {
    this.children.push(...children)
  }

  replaceChildren(...children) {
    this.children = children
  }

  setAttribute() {}
  contains() {
    return false
  }
}

const places = { "[data-status]": new Element(), "[data-demo]": new Element(), "[data-news]": new Element() }

before(async () => {
  const page = Object.assign(new EventTarget(), {
    body: { dataset: { language: "nb" } },
    getElementById: () => null,
    createElement: () => new Element(),
    createElementNS: () => new Element(),
    createTextNode: (text) => ({ textContent: text }),
    querySelector: (selector) => places[selector] ?? null,
  })
  Object.assign(globalThis, { document: page, HTMLElement: Element, Node: Element })
  words = await import("../../ledvei_pwa/static/js/ui/sync_words.js")
  ;({ newsOf } = await import("../../ledvei_pwa/static/js/features/news/news.js"))
  ;({ withEnd } = await import("../../ledvei_pwa/static/js/ui/state.js"))
  ;({ Leaving } = await import("../../ledvei_pwa/static/js/ui/leaving.js"))
  ;({ showStatus } = await import("../../ledvei_pwa/static/js/ui/status.js"))
  ;({ mountNews } = await import("../../ledvei_pwa/static/js/features/news/board.js"))
})

const STATE = {
  phase: "idle",
  waiting: 0,
  since: null,
  progress: null,
  lastSync: "2026-11-20T10:00:00Z",
  equal: false,
  emptied: false,
  restored: null,
  sentAgain: 0,
  problem: null,
}
const state = (changes) => ({ ...STATE, ...changes })
const says = (changes) => words.stateWords(state(changes))

test("everything is sent and equal only when the server's count and ours agree", () => {
  assert.match(says({ equal: true }), /^Everything is sent and equal\. Last checked/)
  assert.doesNotMatch(says({ equal: false }), /Everything/)
  assert.doesNotMatch(says({ equal: true, lastSync: null }), /Everything/)
})

test("otherwise it says how many wait and since when", () => {
  const since = "2026-11-19T09:30:00Z"
  assert.equal(
    says({ waiting: 1, since }),
    "One change waits to be sent. It was written torsdag 19. november at 10.30.",
  )
  assert.match(
    says({ waiting: 7, since }),
    /^7 changes wait to be sent\. The oldest was written torsdag 19\. november/,
  )
})

test("nothing is claimed of a device that has fetched nothing", () => {
  assert.equal(says({ lastSync: null }), "Nothing waits, and nothing has been fetched here yet.")
})

test("why it is not further is said in words that need nobody to do anything, unless they must", () => {
  const why = (changes) => words.whyWords(state(changes))
  assert.match(why({ phase: "offline" }), /tried again by itself/)
  assert.match(why({ phase: "failed", problem: "502" }), /tried again by itself/)
  assert.match(why({ phase: "failed", problem: "full" }), /Make some room/)
  assert.match(why({ phase: "failed", problem: "protocol_unknown" }), /updated first/)
  assert.equal(why({ phase: "idle" }), "")
})

test("when it is the device that cannot keep things, the server is not said to be at fault", () => {
  for (const problem of ["full", "unavailable", "lost", "newer"])
    assert.doesNotMatch(words.whyWords(state({ phase: "failed", problem })), /server/)
})

/** A notebook whose state and texts can be set. */
function fakeNotebook(changes) {
  return Object.assign(new EventTarget(), {
    state: state(changes),
    left: [],
    person: { id: "anna" },
    get: () => null,
    all: () => [],
    syncState() {
      return this.state
    },
    unsaved() {
      return this.left
    },
  })
}

test("what the quiet line says stands while it is tried again, and goes when that has helped", () => {
  const line = places["[data-status]"]
  const said = (notebook) => {
    showStatus(notebook)
    return line.hidden ? "" : line.textContent
  }
  const notebook = fakeNotebook({ phase: "offline" })
  assert.equal(said(notebook), "No network. All is kept here.")
  notebook.state = state({ phase: "syncing" })
  assert.equal(said(notebook), "No network. All is kept here.")
  notebook.left = ["/debrief/new"]
  assert.equal(said(notebook), "Not stored yet. Keep the page open.")
  notebook.left = []
  notebook.state = state({ phase: "idle", equal: true })
  assert.equal(said(notebook), "")
  notebook.state = state({ phase: "syncing" })
  assert.equal(said(notebook), "", "nothing is wrong before anything has been tried")
  assert.equal(said(null), "")
})

test("the button that sets a device up again stays in its place while it is tried again", () => {
  const notebook = fakeNotebook({ phase: "signed_out", problem: "device_unknown" })
  const place = places["[data-news]"]
  const stop = mountNews(globalThis.document, { notebook, session: { earlier: null } })
  const [before] = place.children
  assert.match(before.textContent, /The server does not know this device any more\..*Set it up again/)
  for (const phase of ["syncing", "signed_out"]) {
    notebook.state = state({ phase, problem: phase === "syncing" ? null : "device_unknown" })
    notebook.dispatchEvent(new Event("sync"))
    assert.equal(place.children[0], before)
  }
  notebook.state = state({ phase: "idle" })
  notebook.dispatchEvent(new Event("sync"))
  assert.deepEqual(place.children, [])
  stop()
})

test("who has come back by a link is told when their texts open, and that they can write", () => {
  const opens = "2026-11-21T09:00:00Z"
  const said = words.whyWords(state({ phase: "signed_out", opens }))
  assert.match(said, /^Your earlier texts open lørdag 21\. november at 10\.00\. What you write now is kept/)
  assert.equal(words.whyWords(state({ phase: "signed_out" })), "")
})

test("a long catch-up is said aloud at the quarters and not in between", () => {
  const total = 400
  let before = null
  let said = 0
  for (let done = 0; done <= total; done += 10) {
    const now = { phase: "fetching", done, total }
    if (words.isWorthSaying(before, now)) said += 1
    before = now
  }
  assert.equal(said, 5)
})

test("a few changes have no bar and are not said aloud", () => {
  const progress = { phase: "sending", done: 1, total: 3 }
  assert.equal(words.isLong(state({ progress })), false)
  assert.equal(words.isWorthSaying(null, progress), false)
})

test("going over from sending to fetching is said", () => {
  const sent = { phase: "sending", done: 40, total: 40 }
  assert.equal(words.isWorthSaying(sent, { phase: "fetching", done: 38, total: 40 }), true)
})

const news = (changes, more) => newsOf(state(changes), more).map(({ name }) => name)

test("on most days there is no news", () => {
  assert.deepEqual(news({}), [])
  assert.deepEqual(news({ phase: "offline" }), [])
  assert.deepEqual(news({ phase: "signed_out" }), [])
})

test("a restored service is told with how much is sent again, and can be dismissed", () => {
  const [told] = newsOf(state({ restored: "2026-11-20T10:00:00Z", sentAgain: 3 }))
  assert.match(told.texts[0], /^3 changes that you had sent before are sent again/)
  assert.equal(told.dismiss, "restored")
})

test("when nothing had to be sent again nothing else is claimed", () => {
  const [told] = newsOf(state({ restored: "2026-11-20T10:00:00Z" }))
  assert.deepEqual(told.texts, ["Nothing had to be sent again from this device."])
})

test("a person is told how many of their texts go soon, when the first does, and where to see which", () => {
  const [told] = newsOf(state({}), { notice: { texts: 3, first: "2027-05-18" } })
  assert.equal(told.title, "3 of your texts are soon deleted.")
  assert.match(told.texts[0], /18\. mai 2027/)
  assert.equal(told.link.href, "/my-keeping")
})

test("a person is told of their last day and where to read what happens, beside what goes", () => {
  const notice = { last_day: "2026-12-04", texts: 3, first: "2027-05-18" }
  const [told] = newsOf(state({}), { notice })
  assert.match(told.title, /4\. des/)
  assert.equal(told.link.href, "/my-last-day")
  assert.deepEqual(news({}, { notice }), ["leaving", "going"])
  assert.deepEqual(news({}, { notice: { last_day: "2026-12-04" } }), ["leaving"])
})

test("the day a text is deleted stands with what is said of it, and nothing when no day is near", () => {
  assert.equal(withEnd({ goes: "2027-05-18" }, "Sent"), "Sent · Deleted on 18. mai 2027")
  assert.equal(withEnd({}, "Sent"), "Sent")
})

test("an emptied browser is told with what the server last heard from it", () => {
  const [told] = newsOf(state({ emptied: true }), { earlier: { last_contact: "2026-11-18T08:00:00Z" } })
  assert.ok(told.texts.some((text) => text.includes("onsdag 18. november")))
  assert.equal(told.dismiss, "emptied")
})

test("a device that the server does not know can be set up again and cannot be waved away", () => {
  const [told] = newsOf(state({ phase: "signed_out", problem: "device_unknown" }))
  assert.equal(told.setUp, true)
  assert.equal(told.dismiss, undefined)
})

test("what needs the person comes before what is only to be known", () => {
  const all = {
    phase: "signed_out",
    problem: "device_unknown",
    restored: "2026-11-20T10:00:00Z",
    emptied: true,
  }
  assert.deepEqual(news(all, { unsaved: 1 }), ["unsaved", "device_unknown", "restored", "emptied"])
})

test("the browser asks before it closes the page only while a text is nowhere else", () => {
  const window = new EventTarget()
  globalThis.addEventListener = window.addEventListener.bind(window)
  globalThis.removeEventListener = window.removeEventListener.bind(window)
  const isAsked = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }))
  const leaving = new Leaving()
  assert.equal(isAsked(), false)
  leaving.guard(true)
  leaving.guard(true)
  assert.equal(isAsked(), true)
  leaving.guard(false)
  assert.equal(isAsked(), false)
})
