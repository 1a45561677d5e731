/**
 * Builds what the eye needs into static/vendor/: look.css (the Designsystemet components in use, then our own
 * sheets, one file so that a first visit waits for one request) and icons.svg (the Aksel icons that a template or
 * a module names with `icon("…")`, one sprite). Prints one line per file.
 */
import { readdir, readFile, mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { transform } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const house = join(root, "ledvei_pwa")
const modules = join(root, "node_modules")
const ICONS = join(modules, "@navikt/aksel-icons/dist/svg")

const COMPONENTS = [
  "button",
  "input",
  "field",
  "fieldset",
  "validation-message",
  "error-summary",
  "dialog",
  "skip-link",
]
const MARK = "HandShakeHeart"
const TARGETS = ["chrome111", "firefox115", "safari16.4"]

/** @param {string} part */
async function designsystemet(part) {
  return readFile(join(modules, "@digdir/designsystemet-css/dist/src", `${part}.css`), "utf8")
}

/** Our own sheets in the order of their names: 00-tokens, 10-base … then those of the features. */
async function ownSheets() {
  const folder = join(house, "static/css")
  const names = (await readdir(folder)).filter((name) => name.endsWith(".css")).sort()
  return Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))
}

async function buildCss() {
  const parts = await Promise.all(COMPONENTS.map(designsystemet))
  const css = [
    "@layer reset, ds.base, ds.components, tokens, base, layout, components, utilities;",
    `@layer ds.base{${await designsystemet("base")}}`,
    `@layer ds.components{${parts.join("\n")}}`,
    ...(await ownSheets()),
  ].join("\n")
  const { code } = await transform(css, { loader: "css", minify: true, target: TARGETS })
  return withoutUnused(code)
}

/** What Designsystemet can do and we do not ask of it: a fifth of the bytes. */
const UNUSED =
  /ds-(field-affix|floating|readonly-icon|checkbox--|print-preserve|focus)|role=switch|:dir\(rtl\)|data-(placement|variant=outline|position=end|icon\]|color=(success|warning|info))|dialog__block|ds-field:where\(:has\(/

/**
 * Leaves out the rules whose every selector names something unused. The sheet is minified, so braces are all there is.
 * @param {string} css
 * @returns {string}
 */
function withoutUnused(css) {
  return topLevel(css)
    .map((rule) => {
      const [, head, body] = /^([^{]*)\{([\s\S]*)\}$/.exec(rule) ?? []
      if (body === undefined) return rule
      if (head.startsWith("@") && body.includes("{") && !head.startsWith("@keyframes")) {
        const kept = withoutUnused(body)
        return kept ? `${head}{${kept}}` : ""
      }
      const selectors = separate(head).filter((selector) => !UNUSED.test(selector))
      return selectors.length ? `${selectors.join(",")}{${body}}` : ""
    })
    .join("")
}

/** @param {string} css @returns {string[]} rules and statements */
function topLevel(css) {
  return pieces(css, "{}", (letter) => letter === "}" || letter === ";")
}

/** @param {string} head @returns {string[]} the selectors between the commas that are not inside parentheses */
function separate(head) {
  return pieces(`${head},`, "()", (letter) => letter === ",").map((selector) => selector.slice(0, -1))
}

/**
 * @param {string} text
 * @param {string} pair what opens and what closes
 * @param {(letter: string) => boolean} ends whether a piece ends here, outside all pairs
 */
function pieces(text, pair, ends) {
  const found = []
  let depth = 0
  let start = 0
  for (let place = 0; place < text.length; place += 1) {
    if (text[place] === pair[0]) depth += 1
    if (text[place] === pair[1]) depth -= 1
    if (depth === 0 && ends(text[place])) found.push(text.slice(start, (start = place + 1)))
  }
  return found
}

/** @param {string} folder @returns {Promise<string[]>} */
async function sourceFiles(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && /\.(html|js|py)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** Every quoted word in a template or a module that is the name of an Aksel icon, but not a text to be translated. */
async function iconsInUse() {
  const known = new Set((await readdir(ICONS)).map((name) => name.replace(".svg", "")))
  const files = [
    ...(await sourceFiles(join(house, "templates"))),
    ...(await sourceFiles(join(house, "static/js"))),
  ]
  const found = new Set()
  for (const file of files) {
    const text = await readFile(file, "utf8")
    for (const [, name] of text.matchAll(/(?<!\b(?:_|t|tn)\()["']([A-Z]\w+)["']/g))
      if (known.has(name)) found.add(name)
  }
  return [...found].sort()
}

/**
 * The places in Aksel's paths are absolute, so that rounding one moves no other: a tenth of a 24-unit picture is a twentieth
 * of a point at most. Our mark is shown twice as large.
 * @param {string} svg
 * @param {string} name
 */
function asSymbol(svg, name) {
  const decimals = name === MARK ? 2 : 1
  const paths = [...svg.matchAll(/<path[^>]*?\bd="([^"]+)"[^>]*>/g)].map(([, d]) =>
    d.replace(/\d*\.\d+/g, (number) => shorter(number, decimals)),
  )
  return `<symbol id="${name}" viewBox="0 0 24 24"><path fill="currentColor" fill-rule="evenodd" d="${paths.join("")}"/></symbol>`
}

/** @param {string} number @param {number} decimals */
function shorter(number, decimals) {
  return String(Number(Number(number).toFixed(decimals)))
}

async function buildIcons() {
  const symbols = await Promise.all(
    (await iconsInUse()).map(async (name) =>
      asSymbol(await readFile(join(ICONS, `${name}.svg`), "utf8"), name),
    ),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`
}

async function buildLook() {
  const vendor = join(house, "static/vendor")
  await mkdir(vendor, { recursive: true })
  for (const [name, content] of /** @type {const} */ ([
    ["look.css", await buildCss()],
    ["icons.svg", await buildIcons()],
  ])) {
    await writeFile(join(vendor, name), content)
    console.log(`static/vendor/${name}: ${content.length} bytes`)
  }
}

await buildLook()
