// Calls of the API, signed in the browser. The pages have no other way to it.
import * as i18n from './i18n.js';
import { sign } from './tc3.js';

// The endpoint is where these files come from, below whatever path a proxy adds.
export const endpoint = new URL('../../', import.meta.url);

// Longer than the server takes for anything, its waiting included.
const TIMEOUT = 60_000;

let known;

// metadata is what the server publishes of its actions: products with their
// actions, the limits of texts, the kinds of keys.
export function metadata() {
  known ??= fetch(new URL('console/actions.json', endpoint)).then((answer) => {
    if (!answer.ok) throw new Problem({ kind: 'http', status: answer.status });
    return answer.json();
  }).catch((error) => {
    known = undefined; // the next one asks again
    throw error instanceof Problem ? error : new Problem({ kind: 'network' });
  });
  return known;
}

// find returns an action's metadata with its product and version.
export async function find(name) {
  for (const product of (await metadata()).Products) {
    const action = product.Actions.find((a) => a.Name === name);
    if (action) return { ...action, product: product.Name, version: product.Version };
  }
  throw new Error(`there is no action ${name}`);
}

// Problem is why a call has no answer. Its kind is "api" (the server refused:
// code, message, requestId), "network" (no server answered), "timeout", or
// "http" (something answered that is not the API: status).
export class Problem extends Error {
  constructor(what) {
    super(what.message ?? what.kind);
    Object.assign(this, what);
  }
}

// request puts a call together and signs it: what is sent, and every value of
// the signature.
export async function request({ action, product, version, body, credential, timestamp = Math.floor(Date.now() / 1000) }) {
  const headers = {
    'content-type': 'application/json',
    'x-tc-action': action,
    'x-tc-version': version,
    'x-tc-timestamp': String(timestamp),
    'x-tc-language': i18n.languages[i18n.current()].api,
  };
  if (credential.token) headers['x-tc-token'] = credential.token;
  const signature = await sign({
    headers: { ...headers, host: endpoint.host }, body, service: product, timestamp,
    secretId: credential.secretId, secretKey: credential.secretKey,
  });
  headers.authorization = signature.authorization;
  return { method: 'POST', url: endpoint.href, headers, body, signature };
}

// send sends a request and returns what came back, whatever it says.
export async function send(request, signal) {
  const started = performance.now();
  let answer, text;
  try {
    answer = await fetch(request.url, {
      method: request.method, headers: request.headers, body: request.body, cache: 'no-store', credentials: 'omit', redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(signal ? [signal] : [])]),
    });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem({ kind: error.name === 'TimeoutError' ? 'timeout' : 'network' });
  }
  let json = null;
  try { json = JSON.parse(text); } catch { /* whoever reads it sees the text */ }
  return { status: answer.status, headers: [...answer.headers], date: answer.headers.get('date'), text, json, duration: performance.now() - started };
}

// call calls an action by its name and returns its response, or throws a Problem.
export async function call(name, parameters, { credential, signal } = {}) {
  const { product, version } = await find(name);
  const answer = await send(await request({ action: name, product, version, body: JSON.stringify(parameters), credential }), signal);
  const response = answer.json?.Response;
  if (!response) throw new Problem({ kind: 'http', status: answer.status });
  if (response.Error) {
    throw new Problem({
      kind: 'api', action: name, code: response.Error.Code, message: response.Error.Message, requestId: response.RequestId,
      serverTime: Date.parse(answer.date), localTime: Date.now(),
    });
  }
  return response;
}
