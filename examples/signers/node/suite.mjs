// Runs the whole signing suite: node suite.mjs [path to fixtures/signing].
import { readFileSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import * as signer from './signer.mjs'
import * as verifier from './verifier.mjs'

const root = process.argv[2] ?? new URL('../../../fixtures/signing', import.meta.url).pathname

// Each action gives what was made and what it has to be, and throws when it refuses.
const ACTIONS = {
  'open-body-sig/sign'(c, read, text) {
    const { digest, text: string, signature } = signer.sign(c.app_id, c.app_key, c.timestamp, c.nonce, read('body.bin'))
    const header = signer.header(c.app_id, c.timestamp, c.nonce, signature)
    verifier.verify(c.app_id, c.app_key, header, read('body.bin'))
    return [[digest, string, signature, header], ['body-digest.txt', 'string-to-sign.txt', 'signature.txt', 'authorization.txt'].map(text)]
  },
  'open-body-sig/verify'(c, read, text) {
    verifier.verify(c.app_id, c.app_key, text('authorization.txt'), read('body.bin'))
    return [signer.sign(c.app_id, c.app_key, c.timestamp, c.nonce, read('body.bin')).signature, text('signature.txt')]
  },
  'open-form-param/sign'(c, read, text) {
    const { digest, text: string, signature } = signer.sign(c.app_id, c.app_key, c.timestamp, c.nonce, read('content.txt'))
    const query = signer.query(c.app_id, c.timestamp, c.nonce, text('content.txt'), signature)
    verifier.verifyQuery(c.app_id, c.app_key, query)
    return [[digest, string, signature, query], ['content-digest.txt', 'string-to-sign.txt', 'signature.txt', 'query.txt'].map(text)]
  },
  'open-form-param/verify'(c, read, text) {
    verifier.verifyQuery(c.app_id, c.app_key, text('query.txt'))
    return [null, null]
  },
  'open-access-token/sign'(c, read, text) {
    const { text: string, signature } = signer.tokenRequest(c.app_id, c.app_key, c.timestamp, c.nonce, c.sign_method)
    const request = { appId: c.app_id, timestamp: c.timestamp, nonce: c.nonce, signature }
    if (c.sign_method) request.signMethod = c.sign_method
    return [[string, signature, request], [text('string-to-sign.txt'), text('signature.txt'), JSON.parse(text('request.json'))]]
  },
  'open-access-token/verify'(c, read, text) {
    const right = signer.tokenRequest(c.app_id, c.app_key, c.timestamp, c.nonce, c.sign_method).signature
    if (right !== JSON.parse(text('request.json')).signature) throw new RangeError('signature')
    return [null, null]
  },
  'open-access-token/header': (c, read, text) =>
    [signer.tokenHeader(c.access_token, c.spelling, c.app_id), text('authorization.txt')],
  'open-access-token/read': (c, read, text) =>
    [verifier.readTokenHeader(text('authorization.txt')), { token: c.access_token, appId: c.app_id }],
  'notify/verify': (c, read, text) =>
    [Object.values(verifier.verifyNotify(c.communication_key, text('form.txt'), c.sign_type)), ['string-to-sign.txt', 'signature.txt'].map(text)],
}

const index = JSON.parse(readFileSync(`${root}/index.json`, 'utf8'))
const failed = []
for (const entry of index.cases) {
  const read = (name) => readFileSync(`${root}/${entry.path}/${name}`)
  const text = (name) => read(name).toString('utf8')
  const c = JSON.parse(text('case.json'))
  let outcome
  try {
    const [made, wanted] = ACTIONS[`${c.scheme}/${c.action}`](c, read, text)
    outcome = isDeepStrictEqual(made, wanted) ? 'accept' : `made ${JSON.stringify(made)}, wanted ${JSON.stringify(wanted)}`
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof URIError)) throw error
    outcome = 'refuse'
  }
  if (outcome !== entry.expect) failed.push(`${entry.path}: ${entry.expect} expected, got ${outcome}`)
}
const schemes = readdirSync(root).filter((name) => !name.endsWith('.json'))
const found = schemes.flatMap((name) => readdirSync(`${root}/${name}`)).length
if (index.total !== index.cases.length || index.total !== found) failed.push(`${found} directories, ${index.total} in the index`)
console.log([...failed, `node: ${index.cases.length} cases, ${failed.length} failed`].join('\n'))
process.exitCode = failed.length ? 1 : 0
