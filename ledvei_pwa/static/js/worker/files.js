// What the worker keeps: the files of one build, and of those that speak a language only what is in use here. Nothing in them
// is about anybody.

const OURS = "ledvei-"
const MANIFEST = "/manifest.webmanifest"
const SHELL = /^\/(nb|nn)(\/|$)/
const VIEWS = /\/views\/(nb|nn)$/
const SPOKEN = /(?:^\/|\/views\/|\?lang=)(nb|nn)\/?$/

/**
 * Fetch everything, or keep nothing: half a version is none. Most people never use the other language: what speaks it is kept
 * when it is first asked for.
 * @param {string} build
 * @param {string[]} files paths
 * @param {string[]} [languages] that are in use here
 */
export async function install(build, files, languages = ["nb", "nn"]) {
  const wanted = files.filter((path) => languages.includes(SPOKEN.exec(path)?.[1] ?? languages[0]))
  const cache = await caches.open(OURS + build)
  await Promise.all(wanted.map((path) => keep(cache, path, build)))
}

/**
 * The languages of the pages that are open, and of what an earlier version kept.
 * @param {{url: string}[]} pages
 * @returns {Promise<string[]>} both when nothing says
 */
export async function languagesInUse(pages) {
  const found = pages.map(({ url }) => SHELL.exec(new URL(url).pathname)?.[1])
  for (const name of (await caches.keys()).filter((each) => each.startsWith(OURS))) {
    const kept = await (await caches.open(name)).keys()
    found.push(...kept.map(({ url }) => VIEWS.exec(new URL(url).pathname)?.[1]))
  }
  const languages = new Set(found.filter((language) => language !== undefined))
  return languages.size > 0 ? [...languages] : ["nb", "nn"]
}

/**
 * What is kept here is asked for here alone. Without this Chromium asks the server for each page as well, while it starts
 * the worker, in case that is faster (github.com/WICG/service-worker-auto-preload).
 * @param {any} event install
 */
export function askOnlyHere(event) {
  const condition = { or: [{ urlPattern: "/nb/*" }, { urlPattern: "/nn/*" }] }
  // A browser without these rules asks nobody else.
  const added = event.addRoutes?.({ condition, source: "fetch-event" })
  added?.catch((/** @type {Error} */ error) => console.warn("Routes:", error.name))
}

/**
 * Only our own, and only other builds'
 * @param {string} build
 */
export async function removeOldCaches(build) {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(OURS) && name !== OURS + build)
  await Promise.all(old.map((name) => caches.delete(name)))
}

/**
 * @param {Request} request
 * @param {string} build
 * @param {() => Promise<string>} [language] of whoever was here last
 * @returns {Promise<Response> | null} null: the browser does as if there were no worker
 */
export function fileFor(request, build, language = async () => "nb") {
  const { origin, pathname, search } = new URL(request.url)
  if (request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return null
  const shell = SHELL.exec(pathname)?.[1]
  if (request.mode === "navigate")
    return shell ? kept(`/${shell}/`, request, build) : page(request, build, language)
  if (pathname === MANIFEST) return kept(pathname + search, request, build)
  return pathname.startsWith(`/static/${build}/`) ? kept(pathname, request, build) : null
}

/**
 * @param {Cache} cache
 * @param {string} path
 * @param {string} build
 */
async function keep(cache, path, build) {
  // Files carry the build in their address and never change; a shell has one address for all builds.
  const isShell = SHELL.test(path)
  const response = await fetch(path, {
    cache: isShell ? "no-cache" : "default",
    credentials: "omit",
    redirect: "error",
  })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  // The server may have been changed for a newer one since this worker was made: then the next worker is on its way.
  if (isShell && response.headers.get("X-Ledvei-Build") !== build)
    throw new Error(`${path}: of another build`)
  await cache.put(path, response)
}

/**
 * @param {string} path
 * @param {Request} request
 * @param {string} build
 */
async function kept(path, request, build) {
  const cache = await caches.open(OURS + build)
  return (await cache.match(path)) ?? (await fetched(cache, path, request, build))
}

/**
 * What speaks the other language, and is asked for the first time here; or the same address in the one that is kept.
 * @param {Cache} cache
 * @param {string} path
 * @param {Request} request
 * @param {string} build
 */
async function fetched(cache, path, request, build) {
  try {
    const response = await fetch(request)
    const isOurs = !SHELL.test(path) || response.headers.get("X-Ledvei-Build") === build
    if (SPOKEN.test(path) && response.ok && isOurs) await cache.put(path, response.clone())
    return response
  } catch (error) {
    const other = path === "/nn/" ? "/nb" : "/nn"
    if (!SHELL.test(path) || !(await cache.match(`${other}/`))) throw error
    const { origin, pathname, search } = new URL(request.url)
    return Response.redirect(origin + pathname.replace(/^\/n[bn]/, other) + search)
  }
}

/**
 * A page of the server's: never kept. Without the server, the shell says that this one needs the network.
 * @param {Request} request
 * @param {string} build
 * @param {() => Promise<string>} language
 */
async function page(request, build, language) {
  try {
    return await fetch(request)
  } catch (error) {
    const cache = await caches.open(OURS + build)
    const [first, second] = (await language()) === "nn" ? ["/nn/", "/nb/"] : ["/nb/", "/nn/"]
    const shell = (await cache.match(first)) ?? (await cache.match(second))
    if (!shell) throw error
    return shell
  }
}
