// Between the engine and the model server: a network that can do everything networks do.

const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } })
const error = (status, headers) => json({ error: `code_${status}`, text: "" }, status, headers)

/** Each takes `answer()` (asks the server; can be called or not) and gives a Response or throws as fetch does. */
export const FAULTS = {
  drop_before: async () => Promise.reject(new TypeError("Failed to fetch")),
  drop_after: async (answer) => {
    await answer()
    throw new TypeError("Failed to fetch")
  },
  double: async (answer) => {
    await answer()
    return json(await answer())
  },
  truncate: async (answer) => {
    const text = JSON.stringify(await answer())
    return new Response(text.slice(0, text.length / 2), { headers: { "Content-Type": "application/json" } })
  },
  unread: async () => json({ error: "malformed", text: "" }, 400),
  sign_in: async () => error(401),
  forbidden: async () => error(403),
  too_slow: async () => error(408),
  too_early: async () => error(425),
  too_large: async () => json({ error: "too_large", text: "" }, 413),
  proxy_too_large: async () => new Response("<h1>413 Request Entity Too Large</h1>", { status: 413 }),
  slow_down: async () => error(429, { "Retry-After": "1" }),
  broken: async () => error(500),
  bad_gateway: async () => new Response("<h1>502 Bad Gateway</h1>", { status: 502 }),
  away: async () => error(503, { "Retry-After": "1" }),
  gateway_too_slow: async (answer) => {
    await answer()
    return error(504)
  },
  broken_after: async (answer) => {
    await answer()
    return error(502)
  },
  captive_portal: async () => new Response("<!DOCTYPE html><title>Welcome to our hotel</title>"),
  odd_json: async () => json({ ok: true }),
  no_name: async () => Promise.reject(new TypeError("net::ERR_NAME_NOT_RESOLVED")),
  bad_certificate: async () => Promise.reject(new TypeError("net::ERR_CERT_DATE_INVALID")),
  redirected: async () => Promise.reject(new TypeError("redirect mode is set to error")),
  half_a_body: async (answer) => {
    await answer()
    return new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError("terminated")) }))
  },
}

export class Network {
  requests = []
  /** Names of faults for the coming requests; null is a good one. */
  script = []

  constructor(server) {
    this.server = server
  }

  transport = {
    fetch: (address, init) => this.fetch(address, init),
    now: () => Date.now(),
    build: "one",
  }

  async fetch(address, { body }) {
    const question = JSON.parse(body)
    this.requests.push({ address, question, bytes: body.length })
    const fault = this.script.shift()
    const answer = () => this.server.answer(structuredClone(question))
    return fault ? FAULTS[fault](answer) : json(await answer())
  }
}
