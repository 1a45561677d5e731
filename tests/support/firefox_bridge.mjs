// Drives Firefox over WebDriver BiDi: one JSON line in, one JSON line out.
import readline from 'node:readline'
import puppeteer from 'puppeteer-core'

const [executablePath, userDataDir, width, height] = process.argv.slice(2)
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath,
  userDataDir,
  headless: true,
  extraPrefsFirefox: { 'browser.sessionstore.resume_from_crash': false, 'dom.serviceWorkers.testing.enabled': false },
})
const page = (await browser.pages())[0] ?? (await browser.newPage())
await page.setViewport({ width: Number(width), height: Number(height) })

const asFunction = (body) => `(args) => (function () { ${body} }).apply(null, args)`

const verbs = {
  ready: () => true,
  goto: ({ url }) => page.goto(url, { waitUntil: 'domcontentloaded' }).then(() => true),
  run: ({ body, arguments: args }) => page.evaluate(`(${asFunction(body)})(${JSON.stringify(args)})`),
  click: async ({ body, arguments: args }) => {
    const handle = await page.evaluateHandle(`(${asFunction(body)})(${JSON.stringify(args)})`)
    const element = handle.asElement()
    if (!element) return false
    await element.evaluate((node) => node.scrollIntoView({ block: 'center', behavior: 'instant' }))
    await element.click()
    return true
  },
  type: ({ text }) => page.keyboard.type(text).then(() => true),
  address: () => page.url(),
  stop: () => browser.close().then(() => true),
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { verb, ...more } = JSON.parse(line)
  let answer
  try {
    answer = { value: (await verbs[verb](more)) ?? null }
  } catch (error) {
    answer = { error: String(error?.message ?? error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
  if (verb === 'stop') process.exit(0)
}
