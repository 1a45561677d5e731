import { formatTime, formatWholeDate } from "../../ui/dates.js"
import { language, t } from "../../ui/i18n.js"
import { howMany, ownTexts } from "./collect.js"

/** @typedef {import("./collect.js").OwnText} OwnText */
/** @typedef {import("./collect.js").OwnTexts} OwnTexts */

/** @param {import("../../store/notebook.js").Notebook} notebook */
export function ownFile(notebook) {
  return asFile(ownTexts(notebook))
}

/**
 * The person's own texts as one page that any browser opens and any printer prints, and that asks nobody for anything: a
 * program that no longer runs must not be needed to read it.
 * @param {OwnTexts} own
 * @param {{now?: Date}} [options] for tests
 * @returns {{name: string, text: string}} the file's name and its content
 */
export function asFile(own, { now = new Date() } = {}) {
  const title = t("My texts in Ledvei")
  const day = now.toISOString().slice(0, 10)
  const text = [
    "<!DOCTYPE html>",
    `<html lang="${language()}">`,
    "<head>",
    '<meta charset="utf-8">',
    // It may be opened anywhere, for years: nothing in it is fetched and nothing runs.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    `<h1>${escaped(title)}</h1>`,
    ...head(own, now).map(paragraph),
    ...own.parts.flatMap(partOf),
    own.parts.length === 0 ? paragraph(t("There are no texts on this device.")) : "",
    "</body>",
    "</html>",
    "",
  ]
  return { name: `${t("my-texts-in-ledvei")}-${day}.html`, text: text.join("\n") }
}

/** Black on white, and no text broken in two by a page where it can be helped. */
const STYLE = `
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1.0625rem/1.55 system-ui, sans-serif; color: #22302f; }
h1 { line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 1px solid #999; } h3 { margin-bottom: 0.25rem; }
article { margin-block: 2rem; break-inside: avoid-page; } h2, h3, dt { break-after: avoid; }
.note { margin: 0; color: #5c6967; font-size: 0.9375rem; }
dt { margin-top: 0.75rem; font-weight: 600; } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } }
`

/** @param {OwnTexts} own @param {Date} now */
function head(own, now) {
  const { name, service, weeks, oldest } = own
  return [
    [name, service].filter(Boolean).join(", "),
    t("Made %(moment)s on this device. %(count)s.", { moment: wholeMoment(now), count: howMany(own) }),
    weeks
      ? t(
          "It holds what lies on this device: what was written or changed in the last %(weeks)s weeks, and older texts that are still open. What is older lies on the server.",
          { weeks },
        )
      : t("It holds what lies on this device. What is older lies on the server."),
    oldest ? t("The oldest text here is from %(day)s.", { day: formatWholeDate(oldest) }) : "",
    t("Anyone who gets this file can read it. Keep it as you keep what is confidential."),
  ].filter(Boolean)
}

/** @param {OwnTexts["parts"][number]} part */
function partOf({ name, texts }) {
  const titles = {
    attention: t("Not taken in by the server"),
    drafts: t("Not finished"),
    written: t("What I have written"),
  }
  return [`<h2>${escaped(titles[name])}</h2>`, ...texts.map(articleOf)]
}

/** @param {OwnText} text */
function articleOf({ title, at, notes, answers }) {
  return [
    "<article>",
    `<h3>${escaped(title)}</h3>`,
    ...[t("Written %(moment)s", { moment: wholeMoment(at) }), ...notes].map(
      (note) => `<p class="note">${escaped(note)}</p>`,
    ),
    answers.length > 0
      ? `<dl>${answers.map(({ label, text }) => `<dt>${escaped(label)}</dt><dd>${escaped(text)}</dd>`).join("\n")}</dl>`
      : paragraph(t("There are no words in it.")),
    "</article>",
  ].join("\n")
}

/** With the year: it may be read in ten. @param {Date | string} moment */
function wholeMoment(moment) {
  return t("%(day)s at %(time)s", { day: formatWholeDate(moment), time: formatTime(moment) })
}

/** @param {string} text */
function paragraph(text) {
  return `<p>${escaped(text)}</p>`
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** Text is text, whatever somebody has written. @param {string} text */
export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character])
}
