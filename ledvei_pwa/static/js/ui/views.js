import { addTexts } from "./i18n.js"

/** @type {Promise<void> | null} */
let loading = null

/**
 * Puts the templates of the views, and what their scripts say, into the shell. They lie in a document of their own, so
 * that a first visit need not wait for them. Once is enough.
 */
export function loadViews() {
  loading ??= putIn(document.body.dataset.views ?? "").catch((error) => {
    loading = null
    throw error
  })
  return loading
}

/** @param {string} address */
async function putIn(address) {
  const source = await documentAt(address)
  document.body.append(...source.querySelectorAll("template"))
  addTexts(source)
}

/**
 * The browser's own parser, without turning a string into markup: Trusted Types have nothing to object to.
 * @param {string} address
 * @returns {Promise<Document>}
 */
function documentAt(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const fail = () => reject(new Error(`The views could not be read: ${request.status}`))
    request.responseType = "document"
    request.onload = () =>
      request.status === 200 && request.responseXML ? resolve(request.responseXML) : fail()
    request.onerror = fail
    request.open("GET", address)
    request.send()
  })
}
