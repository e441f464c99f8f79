// "Explain mine": what somebody else computed, against what should have come
// out, up to the first line that differs.
import { sign } from '../console/shared/tc3.js';

const AUTHORIZATION = /^TC3-HMAC-SHA256\s+Credential=/;

// kind is what a pasted text is: "authorization", "stringToSign",
// "canonicalRequest", "v1" or "".
export function kind(text) {
  const pasted = text.trim().replace(/^Authorization:\s*/i, '');
  if (AUTHORIZATION.test(pasted)) return 'authorization';
  const lines = pasted.split('\n');
  if (lines[0].trim() === 'TC3-HMAC-SHA256') return 'stringToSign';
  if (/^(GET|POST)$/.test(lines[0].trim()) && lines.length > 1) return 'canonicalRequest';
  if (/^(GET|POST)[^\s/]+\/.*\?/.test(pasted)) return 'v1';
  return '';
}

// label names the line of a canonical request or a string to sign.
function labels(what, lines) {
  if (what === 'stringToSign') return ['algorithm', 'timestamp', 'scope', 'hashedCanonical'];
  const headers = Math.max(0, lines.length - 6);
  return ['method', 'path', 'query', ...Array(headers).fill('header'), 'blank', 'signedHeaders', 'payloadHash'];
}

// differing is the index of the first character that differs.
function differing(a, b) {
  let i = 0;
  while (i < Math.min(a.length, b.length) && a[i] === b[i]) i += 1;
  return i;
}

// lineByLine compares two texts: each line with whether it is the same, and the
// first that is not. A line end at the end of what was pasted does not count.
export function lineByLine(what, mine, right) {
  const a = mine.replace(/\r\n/g, '\n').replace(/\n+$/, '').replace(/^Authorization:\s*/i, '').split('\n');
  const b = right.split('\n');
  const names = labels(what, b);
  const rows = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => ({
    number: i + 1, label: names[i] ?? 'more', mine: a[i], right: b[i], same: a[i] === b[i],
    at: a[i] === undefined || b[i] === undefined ? 0 : differing(a[i], b[i]),
  }));
  return { rows, first: rows.find((row) => !row.same) ?? null };
}

// pairs compares two v1 strings by their parts: method, host and path, then
// each parameter.
export function pairs(mine, right) {
  const parts = (text) => {
    const [target, ...rest] = text.trim().split('?');
    return [target, ...rest.join('?').split('&')].join('\n');
  };
  const compared = lineByLine('v1', parts(mine), parts(right));
  compared.rows.forEach((row, i) => { row.label = i === 0 ? 'target' : 'parameter'; });
  return compared;
}

const field = (text, name) => text.match(new RegExp(`${name}=([^,\\s]*)`))?.[1] ?? '';

// authorization takes an Authorization header apart and signs the request again
// as that header says it was signed, in each way in which official clients do;
// csrd takes all of them. right is what is signed here; expected is told where
// one fits.
export async function authorization(text, { right, request, secretId, secretKey }) {
  const mine = text.trim().replace(/^Authorization:\s*/i, '');
  const [id = '', date = '', service = '', end = ''] = field(mine, 'Credential').split('/');
  const signedHeaders = field(mine, 'SignedHeaders');
  const rows = [
    ['secretId', id, secretId], ['date', date, right.date], ['service', service, right.scope.split('/')[1]], ['terminator', end, 'tc3_request'],
    ['signedHeaders', signedHeaders, right.signedHeaders], ['signature', field(mine, 'Signature'), right.signature],
  ].map(([label, given, wanted], i) => ({ number: i + 1, label, mine: given, right: wanted, same: given === wanted, at: differing(given, wanted) }));
  const readings = [];
  const host = request.headers.host;
  for (const h of new Set([host, host.replace(/:\d+$/, '')])) {
    for (const lower of [false, true]) readings.push({ host: h, lower });
  }
  let reading = null;
  if (id === secretId && service && signedHeaders) {
    for (const r of readings) {
      const headers = Object.fromEntries(Object.entries({ ...request.headers, host: r.host }).map(([n, v]) => [n, r.lower ? v.toLowerCase() : v]));
      const again = await sign({ ...request, headers, service, secretId, secretKey, signed: signedHeaders.split(';') });
      if (again.signature === field(mine, 'Signature') && again.date === date) { reading = { ...r, service, signedHeaders }; break; }
    }
  }
  return { rows, first: rows.find((row) => !row.same) ?? null, reading };
}
