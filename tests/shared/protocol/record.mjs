// Everything a device sends, said by the device's own scripts to a real server. Run by record.py.
import "fake-indexeddb/auto"
import { readFileSync } from "node:fs"
import { Store } from "../../../ledvei_pwa/static/js/store/db.js"
import { Notebook } from "../../../ledvei_pwa/static/js/store/notebook.js"
import { enrol } from "../../../ledvei_pwa/static/js/sync/enrol.js"
import { flush } from "../../../ledvei_pwa/static/js/sync/flush.js"
import { Catchup } from "../../../ledvei_pwa/static/js/sync/pull.js"

const { address, cookies, world, public: key } = JSON.parse(readFileSync(0, "utf8"))
const { series, sessions, members, supervisor: to } = world
const scope = { series, session: sessions[0].id }

class Recorded {
  static async open(device, store = new Store(device.id)) {
    const { id, person, write, read } = device
    const registration = {
      device: id,
      write,
      read,
      person: { id: person, name: person, language: "nb" },
      keys: { id: world.key.id, public: key },
      epoch: world.epoch,
    }
    const vault = await enrol(store, registration, "seks kloke katter sover", { rounds: 1_000 })
    const recorded = new Recorded()
    const headers = { Cookie: cookies[id] }
    recorded.transport = {
      fetch: (path, init) =>
        fetch(address + path, {
          method: init.method,
          body: init.body,
          headers: { ...init.headers, ...headers },
        }),
      now: () => Date.now(),
      build: "1",
    }
    recorded.notebook = await Notebook.open(store, vault)
    return recorded
  }

  sync = () => new Catchup(this.notebook, this.transport).run()
  /** As the worker does it: without the vault. */
  flush = () => flush(this.notebook.store, { ...this.transport })
  write = (kind, set, more = {}) => this.notebook.save({ kind, set, ...more })
  edit = (entry, set) => this.notebook.save({ kind: this.notebook.entry(entry).kind, entry, set })
}

const [phone, laptop, tablet, mobile] = await Promise.all(
  world.devices.map((device) => Recorded.open(device)),
)
const everyItem = Object.fromEntries(
  Array.from({ length: 16 }, (_, index) => [`i${String(index + 1).padStart(2, "0")}`, (index % 5) + 1]),
)

// The first fill, with nothing to send.
await phone.sync()

// A day without a network: every kind a participant writes, each kind of value, several edits on the same base.
const topic = await phone.write(
  "topic",
  {
    focus: "case",
    question: "Hvordan sier jeg nei på en god måte? 🌿",
    want: "rehearse",
    urgency: "soon",
    strain: 4,
    minutes_wanted: 15,
    audience: "private",
  },
  scope,
)
await phone.edit(topic, { strain: 6, urgency: "now" })
await phone.edit(topic, { strain: null, minutes_wanted: null })
const wentWell = await phone.write(
  "preparation",
  { went_well: "Jeg ringte først.", audience: "supervisor" },
  { ...scope, to },
)
const debrief = await phone.write("debrief", {
  happened_on: "2026-11-17",
  happened: "Det ble ropt.",
  reactions: "Skjelven.",
  helped: "Å gå en tur.",
  need: "talk_tomorrow",
  hear_from: "",
  strain: 8,
  audience: "private",
})
const assessment = await phone.write("assessment", {
  taken_on: "2026-11-18",
  ...everyItem,
  audience: "private",
})
await phone.edit(assessment, { i03: null })
await phone.sync()

// Sent by the worker, while the app is locked.
await phone.edit(debrief, { helped: "Å snakke med Jonas." })
await phone.flush()

// Shared afterwards, into a series that it did not belong to.
await phone.notebook.save({ kind: "debrief", entry: debrief, series, to, set: { audience: "supervisor" } })
await phone.notebook.save({ kind: "topic", entry: topic, to, set: { audience: "supervisor", debrief } })
await phone.sync()

// The same entry on two devices: other fields, the same field, and one text chosen.
await laptop.sync()
await laptop.edit(topic, { question: "Hvordan sier jeg nei?" })
await phone.edit(topic, { want: "advice" })
await laptop.sync()
await phone.sync()
await laptop.sync()
await laptop.edit(wentWell, { went_well: "Jeg ringte først, og ventet." })
await phone.edit(wentWell, { went_well: "Jeg ringte." })
await laptop.sync()
await phone.sync()
await phone.edit(wentWell, { went_well: "Jeg ringte først." })
await phone.sync()

// Edited here, removed there, and kept; removed and brought back.
await laptop.sync()
await laptop.edit(debrief, { reactions: "Rolig igjen." })
await phone.notebook.remove(debrief)
await phone.sync()
await laptop.sync()
await laptop.notebook.restore(debrief)
await laptop.sync()
await phone.notebook.remove(assessment)
await phone.sync()
await phone.notebook.restore(assessment)
await phone.sync()

// The supervisor reads, marks, prepares and holds.
await tablet.sync()
await tablet.notebook.markSeen(topic)
await tablet.notebook.markSeen(debrief)
await tablet.edit(topic, { agenda_minutes: 20, agenda_order: 1 })
await tablet.edit(topic, { outcome: "carried", outcome_session: sessions[1].id })
await tablet.write(
  "supervisor_preparation",
  { follow_up: "Søvn.", ask_about: "Helgen.", opening_question: "Hva tok du med deg?", audience: "private" },
  scope,
)
const agreement = await tablet.write(
  "agreement",
  { text: "Ringe skolen", owner: members[1], due: "2026-12-01", done: false, done_on: "" },
  scope,
)
await tablet.write("summary", { text: "Vi snakket om grenser." }, scope)
const holding = await tablet.write(
  "holding",
  { minutes: 55, mix_case: 30, mix_practical: 5, mix_strain: 20, mix_role: 0, mix_other: 0 },
  scope,
)
await tablet.sync()
await tablet.edit(holding, { minutes: 60, mix_role: 5 })
await tablet.sync()

// Its owner says that it is done.
await mobile.sync()
await mobile.edit(agreement, { done: true, done_on: "2026-11-30" })
await mobile.sync()

// Refused, changed, and sent as a new operation.
const refused = await phone.write(
  "topic",
  { question: "", audience: "supervisor" },
  {
    series,
    session: world.service,
  },
)
await phone.sync()
await phone.notebook.retry(phone.notebook.attention()[0].id)
await phone.sync()
await phone.notebook.save({ kind: "topic", entry: refused, ...scope, set: { question: "Nå riktig" } })
await phone.sync()

// Taken back from the supervisor.
await phone.edit(topic, { audience: "private" })
await phone.sync()
await tablet.sync()
for (const { notebook } of [phone, laptop, tablet, mobile]) await notebook.close()
process.exit(0)
