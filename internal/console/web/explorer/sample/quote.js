// How a text becomes a literal of a language, whatever is in it. Samples are
// run as they are copied: nothing in a value may end its literal.

// shell is a word of a POSIX shell.
export const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

const named = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// escaped quotes with double quotes and the escapes that Go, Java, C#, Python
// and JavaScript have in common; what else is no plain character becomes \uXXXX.
const escaped = (text) => `"${text.replace(/[\\"\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/gu,
  (c) => named[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

export const java = escaped;
export const csharp = escaped;
export const python = escaped;
export const javascript = escaped;

// go differs in one thing: half of a surrogate pair is no character of a Go
// literal, nor of UTF-8; what would be sent has U+FFFD in its place.
export const go = (text) => escaped(text.toWellFormed?.() ?? text);

// php has escapes in double quotes that others have not; in single quotes only
// the quote and the backslash are escaped.
export const php = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

// environment is the name of the variable that a secret parameter is read from.
export const environment = (name) => name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();

// literal is a value as a literal of a language, by what that has for texts,
// lists, objects and the three words.
export function literal(value, as, depth = 0) {
  if (value === null) return as.null;
  if (typeof value === 'boolean') return value ? as.true : as.false;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return as.text(value);
  const pad = as.indent.repeat(depth + 1);
  const isList = Array.isArray(value);
  const [open, close] = isList ? as.list : as.object;
  const items = isList ? value.map((item) => literal(item, as, depth + 1))
    : Object.entries(value).map(([name, item]) => as.member(name, item instanceof Secret ? as.secret(item.variable) : literal(item, as, depth + 1)));
  if (items.length === 0) return !isList && as.empty ? as.empty : open + close;
  if (isList && value.every((item) => typeof item !== 'object') && items.join().length < 60) return open + items.join(', ') + close;
  return `${open}\n${items.map((item) => `${pad}${item},\n`).join('')}${as.indent.repeat(depth)}${close}`;
}

// Secret stands for the value of a secret parameter: the variable of the
// environment that has it.
export class Secret {
  constructor(name) { this.variable = environment(name); }
}

// withoutSecrets puts Secrets in the place of the values of secret parameters.
export function withoutSecrets(action, parameters) {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) =>
    [name, action.Params.find((p) => p.Name === name)?.Secret ? new Secret(name) : value]));
}
