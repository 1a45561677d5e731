import { fromTemplate, h } from "./h.js"

/** @typedef {import("../store/notebook.js").Notebook} Notebook */

/**
 * @typedef {object} Context what a view gets
 * @property {Notebook} notebook of the unlocked person
 * @property {Record<string, string>} params from the path
 * @property {URLSearchParams} query
 * @property {(path: string, options?: {replace?: boolean}) => Promise<void>} navigate path without the language
 * @property {import("../sync/engine.js").Engine} engine
 * @property {(text: string) => void} setTitle
 */

/** @typedef {void | (() => void | Promise<void>)} Unmount */

/**
 * @typedef {object} View
 * @property {string | RegExp} path `/supervision/:session`, or an expression with named groups; without the language
 * @property {string} template its id; `:session` in it is what stands at that place of the path
 * @property {(root: HTMLElement, context: Context) => Unmount | Promise<Unmount>} mount
 * @property {boolean} [open] it can be shown without unlocking
 * @property {boolean} [wide]
 */

/** Shows one view at a time, and keeps the address, the title and the focus true. Dispatches `shown`. */
export class Router extends EventTarget {
  #views
  #more
  #lost
  #unreachable
  #outlet
  #base
  #shared
  #onLocked
  /** @type {Unmount} */
  #unmount = undefined
  #turn = 0
  #started = false

  /**
   * @param {object} parts
   * @param {View[]} parts.views
   * @param {Promise<unknown>} [parts.more] settled when the rest of the views are among them
   * @param {View} parts.lost shown when no view has the path
   * @param {View} parts.unreachable shown when the address is the server's
   * @param {HTMLElement} parts.outlet
   * @param {string} parts.base `/nb`
   * @param {() => object & {notebook?: unknown}} parts.shared what every view gets; no notebook while locked
   * @param {() => Promise<void>} parts.onLocked a view was asked for that needs a notebook
   */
  constructor({ views, more = Promise.resolve(), lost, unreachable, outlet, base, shared, onLocked }) {
    super()
    this.#views = views
    this.#more = more
    this.#lost = lost
    this.#unreachable = unreachable
    this.#outlet = outlet
    this.#base = base
    this.#shared = shared
    this.#onLocked = onLocked
  }

  /** The path without the language. */
  get path() {
    if (!isBelow(this.#base)) return location.pathname
    return location.pathname.slice(this.#base.length).replace(/\/$/, "") || "/today"
  }

  start() {
    if (this.#started) return
    this.#started = true
    history.scrollRestoration = "manual"
    document.addEventListener("click", (event) => this.#follow(event))
    addEventListener("popstate", (event) => this.show({ scroll: event.state?.scroll ?? 0 }))
  }

  /** The worker answered for a page of the server's, which could not be reached. */
  get isElsewhere() {
    return !isBelow(this.#base)
  }

  /** Whether the view of this address needs no unlocked notebook. */
  get isOpen() {
    return this.#find()?.view.open === true
  }

  /**
   * @param {string} path
   * @param {{replace?: boolean}} [options]
   */
  navigate = async (path, { replace = false } = {}) => {
    const address = path.startsWith(`${this.#base}/`) ? path : this.#base + path
    if (replace) history.replaceState(null, "", address)
    else {
      history.replaceState({ scroll: scrollY }, "")
      history.pushState(null, "", address)
    }
    await this.show()
  }

  /** Shows the view of the address. @param {{scroll?: number}} [options] */
  async show({ scroll = 0 } = {}) {
    const turn = ++this.#turn
    if (!this.isElsewhere && !isHere(this.#find()?.view)) await this.#more
    const found = this.#find()
    const known = found && isHere(found.view) ? found.view : this.#lost
    const view = this.isElsewhere ? this.#unreachable : known
    if (!view.open && !this.#shared().notebook) return this.#onLocked()
    await this.leave()
    if (turn !== this.#turn) return
    const root = this.#place(view)
    const context = {
      ...this.#shared(),
      params: found?.params ?? {},
      query: new URLSearchParams(location.search),
    }
    const own = {
      navigate: this.#navigateFrom(turn),
      setTitle: (/** @type {string} */ text) => this.#name(text),
    }
    const unmount = await view.mount(root, /** @type {Context} */ ({ ...context, ...own }))
    if (turn !== this.#turn) return void (await unmount?.())
    this.#unmount = unmount
    this.#arrive(root, scroll)
    this.dispatchEvent(new Event("shown"))
  }

  /**
   * What a view was about to lead to when one left it, e.g. while it saved, pulls nobody away from where they have gone.
   * @param {number} turn the view's
   * @returns {Router["navigate"]}
   */
  #navigateFrom(turn) {
    return async (path, options) => {
      if (turn === this.#turn) await this.navigate(path, options)
    }
  }

  /** Lets the view that is shown put its things away. */
  async leave() {
    const unmount = this.#unmount
    this.#unmount = undefined
    await unmount?.()
  }

  #find() {
    for (const view of this.#views) {
      const match = expressionOf(view.path).exec(this.path)
      if (!match) continue
      const params = decoded(match.groups ?? {})
      const template = view.template.replace(/:(\w+)/, (_place, name) => params[name])
      return { view: { ...view, template }, params }
    }
    return null
  }

  /** @param {View} view */
  #place(view) {
    const root = h("div", { class: "lv-view" })
    root.append(fromTemplate(view.template))
    this.#outlet.toggleAttribute("data-wide", view.wide === true)
    this.#outlet.replaceChildren(root)
    this.#name(
      document.getElementById(view.template)?.dataset.title ??
        root.querySelector("h1")?.textContent?.trim() ??
        "",
    )
    return root
  }

  /**
   * The new heading takes focus, so that it is read aloud and the next key goes on from there.
   * @param {HTMLElement} root
   * @param {number} scroll
   */
  #arrive(root, scroll) {
    const heading = root.querySelector("h1")
    if (heading && !root.contains(document.activeElement)) heading.focus({ preventScroll: true })
    scrollTo(0, scroll)
  }

  /** @param {string} text */
  #name(text) {
    document.title = text ? `${text} – Ledvei` : "Ledvei"
  }

  /** @param {MouseEvent} event */
  #follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null
    if (!(link instanceof HTMLAnchorElement) || !this.#isOurs(event, link)) return
    event.preventDefault()
    this.navigate(link.pathname + link.search)
  }

  /**
   * @param {MouseEvent} event
   * @param {HTMLAnchorElement} link
   */
  #isOurs(event, link) {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    const isHere = link.origin === location.origin && link.pathname.startsWith(`${this.#base}/`)
    const isPlace = link.hash !== "" && link.pathname === location.pathname
    return (
      isPlain &&
      isHere &&
      !isPlace &&
      !link.target &&
      !link.hasAttribute("download") &&
      !event.defaultPrevented
    )
  }
}

/** @param {View | undefined} view */
function isHere(view) {
  return view !== undefined && document.getElementById(view.template) !== null
}

/** @param {string} base */
function isBelow(base) {
  return location.pathname === base || location.pathname.startsWith(`${base}/`)
}

/**
 * @param {string | RegExp} path
 * @returns {RegExp}
 */
export function expressionOf(path) {
  if (path instanceof RegExp) return path
  return new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`)
}

/** @param {Record<string, string | undefined>} groups */
function decoded(groups) {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? "")]),
  )
}
