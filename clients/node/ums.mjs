// UMS (银联商务) through the local process `ums serve`: an operation once per key.
//
//     const ums = new Ums("http://127.0.0.1:8480", token, { profile: "shop" });
//     const key = newKey();           // written down with the order, before the first submission
//     const answer = await ums.submit("pay", { … }, key, { first: true });
//     if (answer.outcome === Outcome.APPROVED) …
//
// Node 16 or later, nothing but its standard library. Copy this file.
import { randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";

export const Outcome = Object.freeze({
  APPROVED: "approved", // carried out
  DECLINED: "declined", // refused: not carried out
  NOT_SENT: "not_sent", // nothing was sent to UMS: the same key may be submitted again
  UNKNOWN: "unknown", // perhaps carried out, perhaps not: no other key, no other payment method
});

/** What is known of a call. `why` is for people, everything else for programs. */
export class Answer {
  constructor(outcome, key, { record = {}, problem = {}, tries = 1, replayed = false, why } = {}) {
    Object.assign(this, { outcome, key, record, problem, tries, replayed });
    this.id = record.id ?? null;
    // Which key a further submission may have: "same_key", "new_key" or "no". One with the same key
    // never sends twice: of what the server has not answered it only finds out.
    const told = record.may_repeat ?? (outcome === Outcome.NOT_SENT ? problem.may_repeat : null);
    this.mayRepeat = told ?? "same_key";
    // False: it was carried out, and was taken back since. Deliver nothing.
    this.stands = record.stands ?? null;
    // Of an unknown outcome: when UMS had said, twice, that nothing was carried out until then.
    this.notExecutedAsOf = record.as_of ?? null;
    // The call that is in the way of this one.
    this.inTheWay = problem.call ?? null;
    this.why = why || record.next || problem.detail || "";
  }
}

/** What only reads could not be read. Nothing was sent that moves money. */
export class UmsError extends Error {
  constructor(why, problem = {}) {
    Object.assign(super(why), { problem });
  }
}

/** A key for one operation: keep it with the order before it is submitted. */
export function newKey() {
  return randomBytes(16).toString("hex");
}

export class Ums {
  #url; #token; #profile; #tryS; #tls;

  /** `tryS`: how long one try may take, 1 to 120 seconds. `tls`: what node:tls takes, as `ca`. */
  constructor(baseUrl, token, { profile, tryS = 30, tls = {} } = {}) {
    const url = new URL(baseUrl);
    const isHttp = url.protocol === "http:";
    if ((!isHttp && url.protocol !== "https:") || url.pathname !== "/" || url.search)
      throw new RangeError("the address must be http://host:port or https://host:port");
    if (isHttp && !["127.0.0.1", "[::1]", "localhost"].includes(url.hostname))
      throw new RangeError("plain http is for this machine only");
    if (!/^[!-~]+$/.test(token)) throw new RangeError("the token must be visible ASCII");
    if (!(tryS >= 1 && tryS <= 120)) throw new RangeError("tryS must be from 1 to 120");
    [this.#url, this.#token, this.#profile] = [url, token, profile];
    [this.#tryS, this.#tls] = [tryS, tls];
  }

  /**
   * Carries out an operation that moves money, at most once for this key, and finds out how it
   * ended; tries again with the same key until the time is over.
   *
   * `first`: nobody has submitted this key before. Only then is it certain that nothing was sent
   * when the server cannot be reached; otherwise the outcome is unknown. `more` are other members
   * of the submission: `labels`, `not_after`, `ask_first`, `despite`.
   */
  async submit(operation, request, key, { within = 60, first = false, more = {} } = {}) {
    if (typeof key !== "string" || !/^[!#-\[\]-~]{1,255}$/.test(key))
      throw new RangeError('a key has 1 to 255 visible ASCII characters without " and \\');
    const [path, until] = [operationPath(operation), now() + within];
    let tries = 0, lost = false, pause = 0.1, reply, problem;
    do {
      tries += 1;
      const limit = this.#limit(until);
      const body = { ...more, profile: this.#profile, request, timeout_s: inner(limit) };
      reply = await this.#exchange("POST", path, limit, body, key);
      let record = recordOf(reply);
      if (record?.key === key) {
        const replayed = reply.headers["idempotent-replayed"] === "true";
        if (record.outcome === "unknown" && record.id) record = await this.#follow(record, until);
        return new Answer(outcomeOf(record), key, { record, tries, replayed });
      }
      problem = problemOf(reply);
      if (problem && !mayPass(reply)) {
        // Only a conflict is the journal's own word on this key; the others look at less.
        const isSure = !lost && (first || reply.status === 409);
        return new Answer(isSure ? "not_sent" : "unknown", key, { problem, tries });
      }
      lost ||= reply.written && !problem;
      pause = await sleep(reply, pause, until);
    } while (now() < until);
    const outcome = first && !lost ? Outcome.NOT_SENT : Outcome.UNKNOWN;
    return new Answer(outcome, key, { problem, tries, why: problem ? "" : reply.why });
  }

  /** The record of an operation that moves no money, such as "query". */
  async read(operation, request, { within = 15 } = {}) {
    const body = { profile: this.#profile, request };
    const record = await this.#ask("POST", operationPath(operation), now() + within, body);
    if (record.outcome) return record;
    throw new UmsError("the server's answer is no record");
  }

  /** What is known of the call with this key, or null: the journal has none. Sends nothing. */
  async find(key) {
    const query = new URLSearchParams({ key });
    if (this.#profile) query.set("profile", this.#profile);
    const { calls } = await this.#ask("GET", `/v1/calls?${query}`, now() + this.#tryS);
    if (!Array.isArray(calls) || calls.some((record) => record.key !== key))
      throw new UmsError("the server's answer is not about this key");
    return calls.length ? new Answer(outcomeOf(calls[0]), key, { record: calls[0] }) : null;
  }

  /** Waits for what becomes of an unknown call. */
  async #follow(record, until) {
    const path = `/v1/calls/${encodeURIComponent(record.id)}?wait=`;
    let pause = 0.1;
    while (record.outcome === "unknown" && now() < until) {
      const limit = this.#limit(until);
      const reply = await this.#exchange("GET", path + inner(limit), limit);
      const found = recordOf(reply);
      if (found?.id === record.id) record = found;
      else if (problemOf(reply) && !mayPass(reply)) break;
      pause = await sleep(reply, pause, until);
    }
    return record;
  }

  /** Reads, and tries again until the time is over. */
  async #ask(method, path, until, body) {
    for (let pause = 0.1; ; ) {
      const limit = this.#limit(until);
      if (body) body.timeout_s = inner(limit);
      const reply = await this.#exchange(method, path, limit, body);
      if ((reply.status === 200 || reply.status === 202) && reply.json) return reply.json;
      const problem = problemOf(reply);
      if ((problem && !mayPass(reply)) || now() >= until)
        throw new UmsError(problem?.detail || reply.why, problem);
      pause = await sleep(reply, pause, until);
    }
  }

  #limit = (until) => Math.max(0.5, Math.min(this.#tryS, until - now()));

  /** One request on a connection of its own: nothing sends it again unseen. */
  #exchange(method, path, limit, body, key) {
    const payload = body && Buffer.from(JSON.stringify(body));
    const headers = {
      Authorization: `Bearer ${this.#token}`, Connection: "close",
      ...(payload && { "Content-Type": "application/json", "Content-Length": payload.length }),
      ...(key && { "Idempotency-Key": key }),
    };
    const { protocol, hostname: host, port } = this.#url;
    const isHttps = protocol === "https:";
    const hostname = host.replace(/^\[|\]$/g, "");
    const at = { ...(isHttps && this.#tls), hostname, port, path, method, headers, agent: false };
    return new Promise((resolve) => {
      let written = false;
      const end = (status, headers, json, why) => {
        clearTimeout(timer);
        asked.destroy();
        resolve({ written, status, headers, json: isObject(json) ? json : null, why });
      };
      const broken = (error) => end(0, {}, null, `no answer of the server: ${error.message}`);
      const asked = (isHttps ? https : http).request(at);
      const timer = setTimeout(() => broken(new Error("no whole answer in time")), limit * 1000);
      asked.on("error", broken);
      asked.on("socket", (socket) => {
        socket.once(isHttps ? "secureConnect" : "connect", () => { written = true; });
      });
      asked.on("response", (reply) => {
        let text = "";
        reply.setEncoding("utf8");
        reply.on("error", broken);
        reply.on("aborted", () => broken(new Error("the answer was cut off")));
        reply.on("data", (part) => {
          text += part;
          if (text.length > 16 << 20) broken(new Error("the answer is too long"));
        });
        reply.on("end", () => {
          if (!reply.complete) return broken(new Error("the answer was cut off"));
          try {
            end(reply.statusCode, reply.headers, JSON.parse(text), "the answer cannot be used");
          } catch (error) {
            broken(error);
          }
        });
      });
      asked.end(payload);
    });
  }
}

const OUTCOMES = ["approved", "declined", "not_sent", "unknown", "not_executed", "answered"];
const now = () => performance.now() / 1000;
const isObject = (json) => json?.constructor === Object;

function recordOf({ status, json }) {
  return (status === 200 || status === 202) && OUTCOMES.includes(json?.outcome) ? json : undefined;
}

/** What is refused by the server itself; an error page of anything between is none. */
function problemOf({ status, json }) {
  const fits = status >= 400 && ["same_key", "new_key", "no"].includes(json?.may_repeat);
  return fits && json.type ? json : undefined;
}

/** Whether a refusal may pass with time. */
const mayPass = ({ status }) => [408, 429, 503].includes(status);

/** Sleeps as long as the server asks for, or this pause; what comes after the next try. */
async function sleep(reply, pause, until) {
  const told = mayPass(reply) && /^\d{1,6}$/.exec(reply.headers["retry-after"] ?? "");
  const seconds = Math.max(0, Math.min(told ? Number(told[0]) : pause, until - now()));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return Math.min(pause * 2, 2);
}

/** What was not carried out as of some time is unknown, until it is certain. */
function outcomeOf({ outcome }) {
  return ["approved", "declined", "not_sent"].includes(outcome) ? outcome : Outcome.UNKNOWN;
}

function operationPath(operation) {
  if (!/^[a-z_]+$/.test(operation)) throw new RangeError(`no name of an operation: ${operation}`);
  return `/v1/operations/${operation}`;
}

/** How long the server may take, so that its answer comes before the try ends. */
function inner(limit) {
  return Math.round(Math.max(0.1, limit - Math.min(1, limit / 4)) * 1000) / 1000;
}
