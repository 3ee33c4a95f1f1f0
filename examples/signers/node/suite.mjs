// Runs the whole signing suite: node suite.mjs [path to fixtures/signing].
import { readFileSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import * as signer from './signer.mjs'
import * as verifier from './verifier.mjs'

const root = process.argv[2] ?? new URL('../../../fixtures/signing', import.meta.url).pathname

// The body, which is text or, where it is not UTF-8, Base64.
const body = (c) => 'body_base64' in c ? Buffer.from(c.body_base64, 'base64') : Buffer.from(c.body, 'utf8')

// A broken suite must not look like a refusal.
const whole = (c) => new Proxy(c, {
  get(c, key) {
    if (!(key in c)) throw Error(`${c.name} has no ${String(key)}`)
    return c[key]
  },
})

// Each action gives what was made and what it has to be, and throws when it refuses.
const ACTIONS = {
  'open-body-sig/sign'(c) {
    const { digest, text: string, signature } = signer.sign(c.app_id, c.app_key, c.timestamp, c.nonce, body(c))
    const header = signer.header(c.app_id, c.timestamp, c.nonce, signature)
    verifier.verify(c.app_id, c.app_key, header, body(c))
    return [[digest, string, signature, header], [c.body_digest, c.string_to_sign, c.signature, c.authorization]]
  },
  'open-body-sig/verify'(c) {
    verifier.verify(c.app_id, c.app_key, c.authorization, body(c))
    return [signer.sign(c.app_id, c.app_key, c.timestamp, c.nonce, body(c)).signature, c.signature]
  },
  'open-form-param/sign'(c) {
    const { digest, text: string, signature } = signer.sign(c.app_id, c.app_key, c.timestamp, c.nonce, Buffer.from(c.content))
    const query = signer.query(c.app_id, c.timestamp, c.nonce, c.content, signature)
    verifier.verifyQuery(c.app_id, c.app_key, query)
    return [[digest, string, signature, query], [c.content_digest, c.string_to_sign, c.signature, c.query]]
  },
  'open-form-param/verify'(c) {
    verifier.verifyQuery(c.app_id, c.app_key, c.query)
    return [null, null]
  },
  'open-access-token/sign'(c) {
    const { text: string, signature } = signer.tokenRequest(c.app_id, c.app_key, c.timestamp, c.nonce, c.sign_method)
    const request = { appId: c.app_id, timestamp: c.timestamp, nonce: c.nonce, signature }
    if (c.sign_method) request.signMethod = c.sign_method
    return [[string, signature, request], [c.string_to_sign, c.signature, c.request]]
  },
  'open-access-token/verify'(c) {
    const right = signer.tokenRequest(c.app_id, c.app_key, c.timestamp, c.nonce, c.sign_method).signature
    if (right !== c.request.signature) throw new RangeError('signature')
    return [null, null]
  },
  'open-access-token/header': (c) =>
    [signer.tokenHeader(c.access_token, c.spelling, c.app_id), c.authorization],
  'open-access-token/read': (c) =>
    [verifier.readTokenHeader(c.authorization), { token: c.access_token, appId: c.app_id }],
  'notify/verify': (c) =>
    [Object.values(verifier.verifyNotify(c.communication_key, c.form, c.sign_type)), [c.string_to_sign, c.signature]],
}

const failed = []
let count = 0
for (const file of readdirSync(root).filter((name) => name.endsWith('.json') && name !== 'schema.json')) {
  const { scheme, cases } = JSON.parse(readFileSync(`${root}/${file}`, 'utf8'))
  for (const c of cases.map(whole)) {
    count += 1
    let outcome
    try {
      const [made, wanted] = ACTIONS[`${scheme}/${c.action}`](c)
      outcome = isDeepStrictEqual(made, wanted) ? 'accept' : `made ${JSON.stringify(made)}, wanted ${JSON.stringify(wanted)}`
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof URIError)) throw error
      outcome = 'refuse'
    }
    if (outcome !== c.expect) failed.push(`${scheme}/${c.name}: ${c.expect} expected, got ${outcome}`)
  }
}
if (count === 0) failed.push('there is no case')
console.log([...failed, `node: ${count} cases, ${failed.length} failed`].join('\n'))
process.exitCode = failed.length ? 1 : 0
