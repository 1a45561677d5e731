// For pages of the server's: buttons that make or use a passkey, and send the form they stand in with the answer.
// Without this script, or where there can be no passkeys, there is no button, and the other way in still works.

const AGAIN_AFTER = 4 * 60 * 1000 // milliseconds; what the server asks is good for five minutes
const JSON_HEADERS = { Accept: "application/json" }

/** What is waited for beside the address field: only one question to the browser at a time. */
let waiting = new AbortController()

if (window.PublicKeyCredential && window.isSecureContext) {
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    if (button instanceof HTMLButtonElement && button.form) offer(button, button.form)
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLFormElement} form
 */
function offer(button, form) {
  button.hidden = false
  for (const note of form.querySelectorAll("[data-passkey-missing]")) note.remove()
  button.addEventListener("click", (event) => {
    event.preventDefault()
    void press(button, form)
  })
  if (button.dataset.asked) void offerBesideAddresses(button, form)
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLFormElement} form
 */
async function press(button, form) {
  waiting.abort()
  button.disabled = true
  say(form, "")
  try {
    await ask(button, form, {})
  } catch (problem) {
    say(form, wordFor(problem))
    button.disabled = false
    if ("asked" in button.dataset) void offerBesideAddresses(button, form)
  }
}

/**
 * The browser lists passkeys where it lists addresses, and is silent when nobody chooses one.
 * @param {HTMLButtonElement} button
 * @param {HTMLFormElement} form
 */
async function offerBesideAddresses(button, form) {
  const can = await PublicKeyCredential.isConditionalMediationAvailable?.()
  if (!can) return
  waiting = new AbortController()
  const { signal } = waiting
  const renewal = setTimeout(() => waiting.abort("renew"), AGAIN_AFTER)
  try {
    await ask(button, form, { mediation: "conditional", signal })
  } catch {
    if (signal.reason === "renew") void offerBesideAddresses(button, form)
  } finally {
    clearTimeout(renewal)
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLFormElement} form
 * @param {CredentialRequestOptions} how
 */
async function ask(button, form, how) {
  const { passkey, options: address = "", prefix = "" } = button.dataset
  const { options, state } = askedAlready(button) ?? (await fetchOptions(address))
  const credential =
    passkey === "make"
      ? await navigator.credentials.create({ publicKey: toCreate(options) })
      : await navigator.credentials.get({ ...how, publicKey: toGet(options) })
  if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey came")
  input(form, `${prefix}passkey`).value = JSON.stringify(plain(credential))
  input(form, `${prefix}state`).value = state
  if (form.dataset.passkeyAction) form.action = form.dataset.passkeyAction
  form.submit()
}

/**
 * What came with the page is good once, and for as long as what is fetched.
 * @param {HTMLButtonElement} button
 * @returns {{options: any, state: string} | null}
 */
function askedAlready({ dataset }) {
  const { asked } = dataset
  if (!asked) return null
  dataset.asked = ""
  return performance.now() < AGAIN_AFTER ? JSON.parse(asked) : null
}

/**
 * @param {string} address
 * @returns {Promise<{options: any, state: string}>}
 */
async function fetchOptions(address) {
  const response = await fetch(address, { headers: JSON_HEADERS, cache: "no-store" })
  // Signed out meanwhile, or it must be proved again who it is: the page itself knows the way.
  if (response.redirected) location.reload()
  if (!response.ok || response.redirected) throw new Error(`options: ${response.status}`)
  return response.json()
}

/** @param {any} options as the server sends them: bytes are text @returns {PublicKeyCredentialCreationOptions} */
function toCreate(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials?.map(toDescriptor),
    // So that it can unlock a device as well (js/vault/passkey.js): some make this only with the passkey itself.
    extensions: { prf: {} },
  }
}

/** @param {any} options @returns {PublicKeyCredentialRequestOptions} */
function toGet(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials?.map(toDescriptor),
  }
}

/** @param {any} descriptor @returns {PublicKeyCredentialDescriptor} */
function toDescriptor(descriptor) {
  return { ...descriptor, id: bytes(descriptor.id) }
}

/**
 * The browser's answer with text for bytes. By hand: `toJSON` is younger than the browsers we serve.
 * @param {PublicKeyCredential} credential
 */
function plain(credential) {
  const rawId = text(credential.rawId)
  const response = plainResponse(credential.response)
  return { id: rawId, rawId, type: credential.type, clientExtensionResults: {}, response }
}

/** @param {AuthenticatorResponse} response */
function plainResponse(response) {
  const clientDataJSON = text(response.clientDataJSON)
  if (response instanceof AuthenticatorAttestationResponse) {
    const attestationObject = text(response.attestationObject)
    return { clientDataJSON, attestationObject, transports: response.getTransports?.() ?? [] }
  }
  const { authenticatorData, signature, userHandle } = /** @type {AuthenticatorAssertionResponse} */ (
    response
  )
  return {
    clientDataJSON,
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  }
}

/** @param {string} base64url */
function bytes(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/")
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

/** @param {ArrayBuffer} buffer */
function text(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)))
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

/** @param {HTMLFormElement} form @param {string} name */
function input(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name))
}

/** @param {unknown} problem @returns {"stopped" | "thereAlready" | "failed"} */
function wordFor(problem) {
  const name = problem instanceof DOMException ? problem.name : ""
  if (name === "InvalidStateError") return "thereAlready"
  return name === "NotAllowedError" || name === "AbortError" ? "stopped" : "failed"
}

/** @param {HTMLFormElement} form @param {"" | "stopped" | "thereAlready" | "failed"} word */
function say(form, word) {
  const place = form.querySelector("[data-passkey-says]")
  if (!(place instanceof HTMLElement)) return
  place.textContent = word ? (place.dataset[word] ?? "") : ""
  place.hidden = !word
}
