import { changeMeta, readMeta } from "../../store/meta.js"

/** @typedef {import("../../store/notebook.js").Notebook} Notebook */

/** Nobody waits longer than this for a page in the language they asked for, in milliseconds. */
const PATIENCE = 2_000

/**
 * The language of this person: here at once, and for reminders and the next sign-in as soon as the server has heard it.
 * @param {Notebook} notebook
 * @param {string} language `nb` or `nn`
 */
export async function chooseLanguage({ store, person }, language) {
  await store.write(["meta"], (tx) => changeMeta(tx, person.id, { language, untold_language: language }))
  await tellLanguage({ store, person })
}

/**
 * Tell the server what was chosen while it could not be told: now, and whenever it has answered.
 * @param {Notebook} notebook
 */
export function keepLanguageTold(notebook) {
  notebook.addEventListener("sync", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.phase === "idle") void tellLanguage(notebook)
  })
  return tellLanguage(notebook)
}

/** @param {Pick<Notebook, "store" | "person">} notebook */
async function tellLanguage({ store, person }) {
  const language = (await readMeta(store, person.id))?.untold_language
  if (!language || !(await isTold(person.id, language))) return
  await store.write(["meta"], async (tx) => {
    const now = await tx.objectStore("meta").get(person.id)
    // Somebody may have changed their mind while we told.
    if (now?.untold_language === language) await changeMeta(tx, person.id, { untold_language: null })
  })
}

/** @param {string} person @param {string} language */
async function isTold(person, language) {
  const response = await fetch("/api/v1/language", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Ledvei": "1" },
    body: JSON.stringify({ person, language }),
    credentials: "same-origin",
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null)
  return response?.ok === true
}
