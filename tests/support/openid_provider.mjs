// A real OpenID provider (npm oidc-provider) for tests. Who signs in there, and how, is said to /control, so that
// nobody has to press anything. It prints the address it serves, and lives as long as its standard input.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const told = {
  person: { sub: 'kari', email: 'kari@fjordvik.example', email_verified: true },
  inIdToken: true,
  denies: false,
  clients: [],
}
const server = createServer()
const keys = [newKey()]
let provider

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }
}

function build() {
  const issuer = `http://localhost:${server.address().port}`
  provider = new Provider(issuer, {
    clients: told.clients,
    jwks: { keys },
    conformIdTokenClaims: !told.inIdToken,
    pkce: { required: () => true },
    acrValues: ['low', 'high'],
    claims: { openid: ['sub', 'pid', 'acr', 'amr', 'auth_time'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['for tests alone'] },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...told.person, sub: id }) }),
  })
}

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (told.denies) return finish(request, response, { error: 'access_denied' })
  if (prompt.name === 'login') {
    const { sub } = told.person
    const login = { accountId: sub, acr: told.acr ?? undefined, amr: told.amr ?? undefined, ts: told.ts ?? undefined }
    return finish(request, response, { login })
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return finish(request, response, { consent: { grantId: await grant.save() } })
}

function finish(request, response, result) {
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

async function control(request, response) {
  const sent = []
  for await (const chunk of request) sent.push(chunk)
  const { newKeys, ...changes } = JSON.parse(Buffer.concat(sent).toString())
  Object.assign(told, changes)
  if (newKeys) keys.splice(0, keys.length, newKey())
  if (newKeys || changes.clients || 'inIdToken' in changes) build()
  response.end('{}')
}

server.on('request', (request, response) => {
  const path = request.url.split('?')[0]
  const act = path === '/control' ? control : path.startsWith('/interaction/') ? interact : provider.callback()
  Promise.resolve(act(request, response)).catch((error) => {
    response.statusCode = 500
    response.end(String(error))
  })
})
server.listen(0, 'localhost', () => {
  build()
  console.log(`http://localhost:${server.address().port}`)
})
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
