// TC3-HMAC-SHA256 with the browser's own cryptography (API page "Signature
// v3"). The SecretKey goes into an HMAC here and nowhere else.

export const ALGORITHM = 'TC3-HMAC-SHA256';

const utf8 = new TextEncoder();

const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('');

const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', typeof text === 'string' ? utf8.encode(text) : text));

async function hmac(key, text) {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return crypto.subtle.sign('HMAC', imported, utf8.encode(text));
}

// available reports whether the browser lets this page sign: over plain HTTP it
// does so on localhost alone.
export const available = () => Boolean(globalThis.crypto && crypto.subtle);

// sign signs a request and returns every value on the way: the Authorization
// header is the last. headers are by lower-case names and hold what is signed;
// timestamp is in seconds; secretKey is overwritten nowhere, as texts cannot be.
export async function sign({ method = 'POST', path = '/', query = '', headers, body = '', service, secretId, secretKey, timestamp,
  signed = ['content-type', 'host', 'x-tc-action'] }) {
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${service}/tc3_request`;
  const signedHeaders = signed.join(';');
  const canonicalHeaders = signed.map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`).join('');
  const hashedPayload = await sha256(method === 'GET' ? '' : body);
  const canonicalRequest = [method, path, method === 'GET' ? query : '', canonicalHeaders, signedHeaders, hashedPayload].join('\n');
  const hashedCanonicalRequest = await sha256(canonicalRequest);
  const stringToSign = [ALGORITHM, timestamp, scope, hashedCanonicalRequest].join('\n');
  const secretDate = await hmac(utf8.encode(`TC3${secretKey}`), date);
  const secretService = await hmac(secretDate, service);
  const secretSigning = await hmac(secretService, 'tc3_request');
  const signature = hex(await hmac(secretSigning, stringToSign));
  const authorization = `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return {
    date, scope, signedHeaders, canonicalHeaders, hashedPayload, canonicalRequest, hashedCanonicalRequest, stringToSign,
    secretDate: hex(secretDate), secretService: hex(secretService), secretSigning: hex(secretSigning), signature, authorization,
  };
}
