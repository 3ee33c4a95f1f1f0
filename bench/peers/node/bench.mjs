// fetch and the signer in Node. Usage: bench.mjs fetch|once|sign …, as bench/src/peer.rs calls it.
// NODE_EXTRA_CA_CERTS names the CA.
import { randomBytes } from 'node:crypto'
import { header, sign } from '../../../examples/signers/node/signer.mjs'

const APP_ID = '00000000000000000000000000000001', APP_KEY = 'ums-simulator-demo-key-not-secret'
const PATH = '/v6/poslink/transaction/voidpayment'

function signed(body) {
  const timestamp = new Date(Date.now() + 8 * 3600e3).toISOString().replace(/[-T:]/g, '').slice(0, 14)
  const nonce = randomBytes(16).toString('hex')
  return header(APP_ID, timestamp, nonce, sign(APP_ID, APP_KEY, timestamp, nonce, body).signature)
}

async function approved(base) {
  const body = Buffer.from(JSON.stringify({ merchantCode: '103290070111417', terminalCode: '12340511', systemTraceNum: '123456',
    originalOrderId: '20230718110248029165883554', merchantRemark: '测试' }))
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', Authorization: signed(body) }
  const reply = await fetch(base + PATH, { method: 'POST', headers, body })
  return (await reply.json()).errCode === '00' && reply.status === 200
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function load(base, concurrency, warmUp, measure) {
  let measuring = false, over = false
  const latencies = []
  const caller = async () => {
    while (!over) {
      const started = performance.now()
      if (!await approved(base)) throw Error('a call was not approved')
      if (measuring) latencies.push(performance.now() - started)
    }
  }
  const callers = Array.from({ length: concurrency }, caller)
  await sleep(warmUp)
  const started = performance.now(), cpuBefore = process.cpuUsage()
  measuring = true
  await sleep(measure)
  measuring = false; over = true
  const seconds = (performance.now() - started) / 1e3, cpu = process.cpuUsage(cpuBefore)
  await Promise.all(callers)
  const sorted = Float64Array.from(latencies).sort()
  const at = (quantile) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] * 1e3
  console.log(JSON.stringify({ calls: sorted.length, seconds, cpu_seconds: (cpu.user + cpu.system) / 1e6, p50: at(0.5), p99: at(0.99),
    p999: at(0.999), peak_kib: process.resourceUsage().maxRSS }))
  process.exit(0)
}

const [mode, ...rest] = process.argv.slice(2)
if (mode === 'sign') {
  const [length, count] = rest.map(Number)
  const body = Buffer.from(Array.from({ length }, (_, at) => 32 + at % 95))
  for (let i = 0; i < Math.max(1, count / 10); i++) signed(body)
  const started = performance.now()
  for (let i = 0; i < count; i++) signed(body)
  console.log((performance.now() - started) / count * 1e6)
} else if (mode === 'once') {
  if (!await approved(rest[0])) throw Error('not approved')
} else if (mode === 'version') {
  console.log('Node', process.versions.node + ', undici', process.versions.undici)
} else {
  await load(rest[0], Number(rest[2]), Number(rest[3]), Number(rest[4]))
}
