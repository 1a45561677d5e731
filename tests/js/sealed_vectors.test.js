import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core"
import { fromBase64Url } from "../../ledvei_pwa/static/js/core/bytes.js"
import { sealOperation } from "../../ledvei_pwa/static/js/vault/seal.js"

// The same file as tests/sync/test_seal.py: what one language has sealed, the other one opens.
const { info, key, vectors } = JSON.parse(
  await readFile(new URL("../shared/sealed_vectors.json", import.meta.url), "utf8"),
)
const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const recipientKey = await suite.kem.importKey("raw", fromBase64Url(key.private), false)

async function opened(sealed) {
  const bytes = fromBase64Url(sealed)
  const opening = { recipientKey, enc: bytes.slice(0, 65), info: new TextEncoder().encode(info) }
  return JSON.parse(new TextDecoder().decode(await suite.open(opening, bytes.slice(65))))
}

test("there are vectors from both languages", () => {
  for (const language of ["Python", "JavaScript"])
    assert.ok(
      vectors.some(({ name }) => name.includes(language)),
      language,
    )
})

for (const { name, plain, sealed } of vectors) {
  test(`${name} opens to what was said`, async () => {
    assert.deepEqual(await opened(sealed), plain)
  })
}

test("what the device seals for this key opens with it, and names it", async () => {
  const plain = vectors[0].plain
  const { key: id, sealed } = await sealOperation(plain, { id: key.id, public: key.public })
  assert.equal(id, key.id)
  assert.deepEqual(await opened(sealed), plain)
})

test("a sealed operation that was touched on its way does not open", async () => {
  const bytes = Buffer.from(fromBase64Url(vectors[0].sealed))
  bytes[bytes.length - 1] ^= 1
  await assert.rejects(opened(bytes.toString("base64url")))
})
