// fetch and stripe-node, as they come. See ../README.md for what is read and written.
'use strict';

const readline = require('node:readline');
const path = require('node:path');

const [, , which, installed] = process.argv;

// What a program can match on: the error's name, and the code of its cause.
function value(error) {
  const cause = error.cause ?? error.detail ?? {};
  const code = error.code ?? cause.code ?? cause.name;
  const name = error.type ?? error.name;
  return code ? `${name} ${code}` : name;
}

function withFetch() {
  const send = async (call, authorization, body) => {
    const reply = await fetch(call.url, {
      method: 'POST',
      body,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(call.timeout),
    });
    await reply.arrayBuffer();
    return reply.status;
  };
  return [`fetch of Node ${process.versions.node} (undici ${process.versions.undici})`, () => send];
}

// Its sender with its retries; the authenticator, which is part of its API,
// puts our signed bytes in place of its own.
function withStripe() {
  const load = (name) => require(path.join(installed, 'node_modules', name));
  const loaded = load('stripe');
  const Stripe = loaded.Stripe ?? loaded.default ?? loaded;
  const version = load('stripe/package.json').version;
  const open = (call) => {
    const url = new URL(call.url);
    let next;
    const stripe = new Stripe(null, {
      host: url.hostname,
      port: url.port,
      protocol: 'http',
      timeout: call.timeout,
      telemetry: false,
      authenticator: async (request) => {
        request.headers['Authorization'] = next.authorization;
        request.headers['Content-Type'] = 'application/json';
        request.headers['Content-Length'] = Buffer.byteLength(next.body);
        request.body = next.body;
      },
    });
    return async (_call, authorization, body) => {
      next = { authorization, body };
      const reply = await stripe.rawRequest('POST', url.pathname, {});
      return reply.lastResponse?.statusCode ?? 200;
    };
  };
  return [`stripe-node ${version} (Node ${process.versions.node})`, open];
}

const [name, open] = { fetch: withFetch, stripe: withStripe }[which]();
console.log(name);

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [url, authorization, body, timeout, warm, warmBody] = line.split('\t');
    const call = { url, timeout: Number(timeout) };
    const send = open(call);
    if (warm) {
      await send(call, warm, warmBody);
      // The connection is free again only some turns after the reply.
      await new Promise((later) => setTimeout(later, 50));
    }
    let told;
    try {
      told = ['reply', await send(call, authorization, body), ''];
    } catch (error) {
      const status = error.statusCode;
      told = status
        ? ['reply', status, '']
        : ['error', value(error), String(error.message).replace(/[\t\r\n]/g, ' ')];
    }
    console.log(told.join('\t'));
  }
})();
