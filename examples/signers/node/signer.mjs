// Signs for the UMS (银联商务) open platform, all four schemes. Standard library only. Throws on what must be refused.
import { createHash, createHmac } from 'node:crypto'

const WORD = '[!#-&(-+\\--\\[\\]-~]' // printable ASCII except quotes, comma and backslash
const RULES = {
  appId: /^[A-Za-z0-9._-]{1,32}$/, key: /^[!-~]+$/, timestamp: /^(?!0000)[0-9]{14}$/, nonce: RegExp(`^${WORD}{1,128}$`),
  token: RegExp(`^${WORD}{1,1024}$`), signature: /^[A-Za-z0-9+/]{43}=$/,
}
export const QUERY = ['authorization', 'appId', 'timestamp', 'nonce', 'content', 'signature']
export const hash = (name, text) => createHash(name).update(text).digest('hex')

export function refuseUnless(condition, what) { if (!condition) throw new RangeError(what) }

export function check(values) {
  for (const [name, value] of Object.entries(values)) {
    refuseUnless(RULES[name].test(value), name)
    if (name !== 'timestamp') continue
    const iso = value.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6.000Z')
    const time = new Date(iso) // only whether it exists counts; the zone is UTC+8
    refuseUnless(!isNaN(time) && time.toISOString() === iso, name)
  }
}

/** Of OPEN-BODY-SIG; of OPEN-FORM-PARAM with the content as body. */
export function sign(appId, appKey, timestamp, nonce, body) {
  check({ appId, key: appKey, timestamp, nonce })
  const digest = hash('sha256', body)
  const text = appId + timestamp + nonce + digest
  return { digest, text, signature: createHmac('sha256', appKey).update(text).digest('base64') }
}

export const header = (appId, timestamp, nonce, signature) =>
  `OPEN-BODY-SIG AppId="${appId}", Timestamp="${timestamp}", Nonce="${nonce}", Signature="${signature}"`

// As java.net.URLEncoder.
const encode = (text) => encodeURIComponent(text).replace(/%20/g, '+')
  .replace(/[!'()~]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase())

export const query = (appId, timestamp, nonce, content, signature) =>
  ['OPEN-FORM-PARAM', appId, timestamp, nonce, content, signature].map((value, i) => `${QUERY[i]}=${encode(value)}`).join('&')

/** A request for a token; signMethod null is the old form with SHA-1. */
export function tokenRequest(appId, appKey, timestamp, nonce, signMethod = 'SHA256') {
  check({ appId, key: appKey, timestamp, nonce })
  const text = appId + timestamp + nonce + appKey
  return { text, signature: hash(signMethod ? 'sha256' : 'sha1', text) }
}

export function tokenHeader(token, spelling, appId) {
  check(spelling === 'quoted_with_app_id' ? { token, appId } : { token })
  return {
    unquoted: `OPEN-ACCESS-TOKEN AccessToken=${token}`, mixed_case: `Open-Access-Token accessToken="${token}"`,
    quoted_with_app_id: `OPEN-ACCESS-TOKEN AccessToken="${token}", AppId="${appId}"`,
  }[spelling]
}
