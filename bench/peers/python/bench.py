"""requests, httpx and the signer in Python. Usage: bench.py requests|httpx|once|sign …, as bench/src/peer.rs calls it."""
import asyncio, json, os, resource, secrets, sys, threading, time
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "examples/signers/python"))
sys.dont_write_bytecode = True
from signer import header, sign

APP_ID, APP_KEY = "00000000000000000000000000000001", "ums-simulator-demo-key-not-secret"
PATH = "/v6/poslink/transaction/voidpayment"
UTC_8 = timezone(timedelta(hours=8))

def signed(body):
    timestamp, nonce = datetime.now(UTC_8).strftime("%Y%m%d%H%M%S"), secrets.token_hex(16)
    return header(APP_ID, timestamp, nonce, sign(APP_ID, APP_KEY, timestamp, nonce, body)[2])

def request():
    body = json.dumps({"merchantCode": "103290070111417", "terminalCode": "12340511", "systemTraceNum": "123456",
                       "originalOrderId": "20230718110248029165883554", "merchantRemark": "测试"},
                      ensure_ascii=False, separators=(",", ":")).encode()
    return body, {"Content-Type": "application/json", "Accept": "application/json", "Authorization": signed(body)}

def approved(status, body):
    return status == 200 and json.loads(body)["errCode"] == "00"

class Load:
    """Counts what ends while measuring; the same output as bench/src/load.rs."""
    def __init__(self, warm_up, measure):
        self.warm_up, self.measure = warm_up / 1000, measure / 1000
        self.measuring = self.over = False
        self.latencies = []

    def record(self, started, good):
        if not good: raise SystemExit("a call was not approved")
        if self.measuring: self.latencies.append(time.perf_counter() - started)

    def begin(self):
        self.cpu, self.started, self.measuring = time.process_time(), time.perf_counter(), True

    def end(self):
        self.measuring, self.over = False, True
        seconds, cpu, sorted_latencies = time.perf_counter() - self.started, time.process_time() - self.cpu, sorted(self.latencies)
        at = lambda quantile: sorted_latencies[min(len(sorted_latencies) - 1, int(len(sorted_latencies) * quantile))] * 1e6
        self.sample = {"calls": len(sorted_latencies), "seconds": seconds, "cpu_seconds": cpu, "p50": at(0.5), "p99": at(0.99),
                       "p999": at(0.999), "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}

def with_requests(base, ca, concurrency, load):
    import requests
    def caller():
        with requests.Session() as session:
            session.trust_env, session.verify = False, ca
            while not load.over:
                started = time.perf_counter()
                body, headers = request()
                reply = session.post(base + PATH, data=body, headers=headers)
                load.record(started, approved(reply.status_code, reply.content))
    threads = [threading.Thread(target=caller, daemon=True) for _ in range(concurrency)]
    for thread in threads: thread.start()
    time.sleep(load.warm_up); load.begin(); time.sleep(load.measure); load.end()

def with_httpx(base, ca, concurrency, load):
    import httpx, ssl
    async def main():
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=concurrency)
        verify = ssl.create_default_context(cafile=ca)
        async with httpx.AsyncClient(verify=verify, limits=limits, trust_env=False, timeout=30) as client:
            async def caller():
                while not load.over:
                    started = time.perf_counter()
                    body, headers = request()
                    reply = await client.post(base + PATH, content=body, headers=headers)
                    load.record(started, approved(reply.status_code, reply.content))
            callers = [asyncio.create_task(caller()) for _ in range(concurrency)]
            await asyncio.sleep(load.warm_up); load.begin(); await asyncio.sleep(load.measure); load.end()
            await asyncio.gather(*callers)
    asyncio.run(main())

def once(base, ca):
    import requests
    body, headers = request()
    reply = requests.post(base + PATH, data=body, headers=headers, verify=ca)
    if not approved(reply.status_code, reply.content): raise SystemExit("not approved: " + reply.text)

def signing(length, count):
    body = bytes(32 + at % 95 for at in range(length))
    for _ in range(max(1, count // 10)): signed(body)
    started = time.perf_counter()
    for _ in range(count): signed(body)
    print((time.perf_counter() - started) / count * 1e9)

mode, arguments = sys.argv[1], sys.argv[2:]
if mode == "sign":
    signing(int(arguments[0]), int(arguments[1]))
elif mode == "once":
    once(*arguments[:2])
elif mode == "version":
    module = __import__(arguments[0]); print("Python", sys.version.split()[0] + ",", arguments[0], module.__version__)
else:
    base, ca, concurrency, warm_up, measure = arguments
    load = Load(int(warm_up), int(measure))
    {"requests": with_requests, "httpx": with_httpx}[mode](base, ca, int(concurrency), load)
    print(json.dumps(load.sample)); sys.stdout.flush(); os._exit(0)
