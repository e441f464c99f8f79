// Signature v1, HmacSHA1 and HmacSHA256 (API page "Signature v1"), as forms and
// queries have it, with every value on the way.

const utf8 = new TextEncoder();

// flat are parameters as a form has them: Tags.0.TagKey. What is null is absent.
export function flat(value, path = '') {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, member]) => flat(member, path ? `${path}.${name}` : name));
}

const byteOrder = (a, b) => {
  const x = utf8.encode(a);
  const y = utf8.encode(b);
  for (let i = 0; i < Math.min(x.length, y.length); i += 1) if (x[i] !== y[i]) return x[i] - y[i];
  return x.length - y.length;
};

// sign signs parameters for a method of signature. common are those that every
// request has; values are signed as they are, not encoded.
export async function sign({ httpMethod = 'POST', host, path = '/', method, parameters, action, version, secretId, secretKey, token, timestamp, nonce, language }) {
  const common = {
    Action: action, Version: version, Timestamp: String(timestamp), Nonce: String(nonce), SecretId: secretId, SignatureMethod: method,
    ...(language ? { Language: language } : {}), ...(token ? { Token: token } : {}),
  };
  const all = [...Object.entries(common), ...flat(parameters)].sort(([a], [b]) => byteOrder(a, b));
  const stringToSign = `${httpMethod}${host}${path}?${all.map(([name, value]) => `${name}=${value}`).join('&')}`;
  const key = await crypto.subtle.importKey('raw', utf8.encode(secretKey), { name: 'HMAC', hash: method === 'HmacSHA256' ? 'SHA-256' : 'SHA-1' }, false, ['sign']);
  const sum = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(stringToSign)));
  const signature = btoa(String.fromCharCode(...sum));
  const body = [...all, ['Signature', signature]].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return { sorted: all, stringToSign, signature, body };
}
