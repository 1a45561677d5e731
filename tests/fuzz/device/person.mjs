// What a person does in a tab: the fingers on the glass. Each answers something that JSON can hold.

const TEXT = /t\d+/g

/** A tab with the app in it. */
export class Tab {
  /** @type {Map<string, any>} forms that stand open, by entry: what was there when they were opened */
  #forms = new Map()

  /**
   * @param {import("./browser.mjs").Page} page
   * @param {{rounds: number}} options
   */
  constructor(page, { rounds }) {
    this.page = page
    const { Session, Store } = page.modules
    const transport = { fetch: page.world.fetchFor(page), now: () => page.now, build: "fuzz" }
    this.session = new Session(new Store(), transport, { rounds })
    this.session.addEventListener("state", () => this.#listen())
  }

  get #notebook() {
    const { sitting } = this.session
    if (!sitting) throw Object.assign(new Error("Nobody is unlocked here"), { name: "Locked" })
    return sitting.notebook
  }

  #listen() {
    const engine = this.session.sitting?.engine
    if (!engine || engine.isHeard) return
    engine.isHeard = true
    engine.addEventListener("error", ({ detail }) => this.page.world.report("engine", detail, this.page))
    engine.addEventListener("astray", ({ detail: { epoch } }) =>
      this.page.world.note("astray", { page: this.page.id, epoch }),
    )
  }

  async start() {
    await this.session.start()
    return this.state()
  }

  state() {
    const { state, emptied, sitting, problem } = this.session
    const { person } = sitting?.notebook ?? {}
    return { state, emptied, problem: problem ?? null, person: person?.id ?? null }
  }

  async enrol({ passphrase, startAnew = false }) {
    await this.session.enrol({ passphrase, deviceName: "Fuzz", startAnew })
    return this.state()
  }

  unlock({ passphrase }) {
    return this.session.unlock(passphrase)
  }

  async lock() {
    await this.session.lock()
    return this.state()
  }

  changePassphrase({ old, passphrase }) {
    return this.session.changePassphrase(old, passphrase)
  }

  /** Everything that can be read here. */
  look() {
    const notebook = this.#notebook
    return {
      entries: notebook.entries().map(shown),
      supervisors: Object.fromEntries(notebook.all("series").map(({ id, supervisor }) => [id, supervisor])),
      attention: notebook.attention(),
      sync: notebook.syncState(),
      waiting: notebook.waiting(),
      drafts: notebook.drafts().map(({ key, fields }) => ({ key, fields })),
    }
  }

  /** What the server has shown, as it is kept. */
  held() {
    return this.#heldItems()
  }

  #heldItems() {
    const notebook = this.#notebook
    // Without what the device itself has noted.
    return notebook.shown().map(({ epoch: _epoch, ...item }) => item)
  }

  write({ kind, set, series, session }) {
    return this.#notebook.save({ kind, set, series, session })
  }

  openForm({ entry }) {
    const view = this.#notebook.entry(entry)
    if (view) this.#forms.set(entry, view)
    return view ? textsIn(view) : null
  }

  /** Write over what was there when the form was opened, or over what stands there now. */
  async edit({ call, kind, entry, set, series, session, to, fromForm }) {
    const notebook = this.#notebook
    const base = (fromForm && this.#forms.get(entry)) || notebook.entry(entry)
    this.#forms.delete(entry)
    if (!base) return null
    this.page.world.note("saw", { call, texts: textsIn(base) })
    return notebook.save({ kind, entry, set, series, session, to, base })
  }

  async remove({ call, entry }) {
    const view = this.#notebook.entry(entry)
    if (!view) return null
    this.page.world.note("saw", { call, texts: textsIn(view) })
    await this.#notebook.remove(entry)
    return true
  }

  async restore({ entry }) {
    await this.#notebook.restore(entry)
    return true
  }

  async markSeen({ entry }) {
    await this.#notebook.markSeen(entry)
    return true
  }

  async retry({ id }) {
    await this.#notebook.retry(id)
    return true
  }

  async discard({ id }) {
    await this.#notebook.discard(id)
    return true
  }

  async saveDraft({ key, fields }) {
    await this.#notebook.saveDraft(key, fields)
    return true
  }

  async dropDraft({ key }) {
    await this.#notebook.dropDraft(key)
    return true
  }

  draft({ key }) {
    return this.#notebook.draft(key)
  }

  async sync() {
    const { sitting } = this.session
    if (!sitting) return null
    await sitting.engine.syncNow()
    return sitting.notebook.syncState()
  }

  occasion({ name }) {
    this.page.window.dispatchEvent(new Event(name))
    return true
  }
}

/** The worker, woken by Background Sync. */
export class Worker {
  /** @param {import("./browser.mjs").Page} page */
  constructor(page) {
    this.page = page
  }

  async send() {
    await this.page.modules.send("fuzz")
    return true
  }
}

function shown(view) {
  const { id, kind, author, series, session, audience, to, fields, conflicts, revision, state, pending } =
    view
  return { id, kind, author, series, session, audience, to, fields, conflicts, revision, state, pending }
}

/** The texts that somebody sees who looks at an entry: those of the fuzz have numbers. */
function textsIn({ fields, conflicts }) {
  const values = [
    ...Object.values(fields),
    ...Object.values(conflicts).flatMap((rivals) => rivals.map(({ value }) => value)),
  ]
  return values.filter((value) => typeof value === "string").flatMap((value) => value.match(TEXT) ?? [])
}
