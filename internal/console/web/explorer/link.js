// The address of an action with its parameters: #Action?Name=value. It stands
// behind the #, so no server sees it, and secret parameters are not in it.
import { withoutSecrets } from './secret.js';

// write is the address of a call.
export function write(action, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(withoutSecrets(action, parameters))) {
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const text = query.toString();
  return `#${action.Name}${text ? `?${text}` : ''}`;
}

// read is the action that an address names and its parameters, those that the
// action has, or null. find looks an action up by its name.
export function read(hash, find) {
  const [name, ...rest] = hash.replace(/^#/, '').split('?');
  const action = find(name);
  if (!action) return null;
  const query = new URLSearchParams(rest.join('?'));
  const given = action.Params.filter((p) => !p.Secret && query.has(p.Name));
  return { action, parameters: Object.fromEntries(given.map((p) => [p.Name, valueOf(p, query.get(p.Name))])) };
}

function valueOf(schema, text) {
  if (schema.Type === 'string') return text;
  try {
    const value = JSON.parse(text);
    const type = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
    return type === schema.Type ? value : text;
  } catch {
    return text; // as it would be typed: the server says what is wrong with it
  }
}
