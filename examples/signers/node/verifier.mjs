// Verifies what signer.mjs signs, and netpay notifications. Standard library only. Throws on what must be refused.
import { timingSafeEqual } from 'node:crypto'
import { QUERY, check, hash, refuseUnless, sign } from './signer.mjs'

const same = (a, b) => a.length === b.length && timingSafeEqual(a, b)

export function verify(appId, appKey, received, body) {
  const parts = /^OPEN-BODY-SIG AppId="([^"]*)", ?Timestamp="([^"]*)", ?Nonce="([^"]*)", ?Signature="([^"]*)"$/.exec(received)
  refuseUnless(parts, 'header')
  verifyParts(appId, appKey, ...parts.slice(1), body)
}

function verifyParts(appId, appKey, receivedId, timestamp, nonce, signature, body) {
  check({ signature })
  const right = sign(receivedId, appKey, timestamp, nonce, body).signature
  refuseUnless(receivedId === appId && same(Buffer.from(signature, 'base64'), Buffer.from(right, 'base64')), 'AppId or signature')
}

function pairs(form) {
  const found = new Map()
  for (const pair of form.split('&')) {
    refuseUnless(pair.includes('='), 'pair')
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      .map((text) => decodeURIComponent(text.replaceAll('+', ' '))) // throws on bad escapes and on what is not UTF-8
    refuseUnless(!found.has(name), name)
    found.set(name, value)
  }
  return found
}

export function verifyQuery(appId, appKey, received) {
  const q = pairs(received)
  refuseUnless(q.size === QUERY.length && QUERY.every((name) => q.has(name)) && q.get('authorization') === 'OPEN-FORM-PARAM', 'query')
  verifyParts(appId, appKey, q.get('appId'), q.get('timestamp'), q.get('nonce'), q.get('signature'), q.get('content'))
}

export function readTokenHeader(received) {
  const forms = [/^OPEN-ACCESS-TOKEN AccessToken="([^"]*)", ?AppId="([^"]*)"$/, /^Open-Access-Token accessToken="([^"]*)"$/,
    /^OPEN-ACCESS-TOKEN AccessToken=([^"]*)$/]
  const parts = forms.map((form) => form.exec(received)).find((found) => found)
  refuseUnless(parts, 'header')
  const [, token, appId = null] = parts
  check(appId === null ? { token } : { token, appId })
  return { token, appId }
}

/** Whether the pair is signed like two: values are not escaped. */
const readsLikeAnother = ([name, value]) => /[&=]/.test(name) || /&[^&=]+=/.test(value)

/** The string to sign and the signature of a netpay notification whose signature is right. The receiver's hash counts, not the sender's. */
export function verifyNotify(key, form, signType) {
  check({ key })
  const p = pairs(form)
  const name = { MD5: 'md5', SHA256: 'sha256' }[signType]
  refuseUnless(name && (p.get('signType') || signType) === signType, 'signType')
  const signed = [...p].filter(([k, v]) => v && k !== 'sign').sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const text = signed.map(([k, v]) => `${k}=${v}`).join('&') + key
  const right = hash(name, text)
  refuseUnless(same(Buffer.from((p.get('sign') ?? '').toLowerCase()), Buffer.from(right)), 'sign')
  refuseUnless(!signed.some(readsLikeAnother), 'ambiguous: query the order')
  return { text, signature: right }
}
