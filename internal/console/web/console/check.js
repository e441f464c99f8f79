// The checks of a form, by what the server publishes, and the server's own
// message taken apart by field. The server decides; this only says it sooner.
import { t } from './shared/i18n.js';

const utf8 = new TextEncoder();

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

// checkText says what is wrong with the text of a parameter; '' where nothing is.
function checkText(name, value, limit = {}) {
  const characters = [...value].length;
  if (limit.Characters && characters > limit.Characters) return t('check.characters', { most: limit.Characters, n: characters });
  if (limit.Bytes && utf8.encode(value).length > limit.Bytes) return t('check.bytes', { most: limit.Bytes });
  if ((name === 'Remark' ? CONTROL_BUT_LINES : CONTROL).test(value)) return t('check.control');
  return '';
}

// check checks values by the names of parameters: params and limits are as the
// server publishes them. It returns what is wrong by field.
export function check(values, params, limits) {
  const wrong = {};
  for (const param of params) {
    const value = values[param.Name];
    const limit = limits[param.Name];
    if (value === undefined || typeof value === 'boolean') continue;
    if (typeof value === 'string') {
      wrong[param.Name] = param.Required && value.trim() === '' ? t('check.required') : checkText(param.Name, value, limit);
    } else if (limit?.Elements && value.length > limit.Elements) {
      wrong[param.Name] = t('check.elements', { most: limit.Elements, n: value.length });
    } else {
      value.forEach((one, i) => {
        const text = typeof one === 'string'
          ? checkText(param.Name, one, limit)
          : Object.entries(one).map(([name, part]) => checkText(name, part, limits[name])).find(Boolean) ?? '';
        if (text) wrong[param.Name] ||= t('check.line', { n: i + 1, text });
      });
    }
  }
  return Object.fromEntries(Object.entries(wrong).filter(([, text]) => text));
}

// byField takes a message of the server apart: it names each field, and then
// what is wrong with it.
export function byField(message, names) {
  const wrong = {};
  const field = `(${names.join('|')})((?:\\.\\w+)*)`;
  const starts = [...message.matchAll(new RegExp(`(?:^|; |；)${field}(?= )`, 'g'))];
  starts.forEach((start, i) => {
    const [whole, name, path] = start;
    const text = message.slice(start.index + whole.length, starts[i + 1]?.index).trim().replace(/[.。]$/, '');
    const place = /^\.(\d+)/.exec(path);
    wrong[name] ??= place ? t('check.line', { n: Number(place[1]) + 1, text }) : text;
  });
  if (starts.length === 0) {
    const quoted = new RegExp(`\`${field}\``).exec(message);
    if (quoted) wrong[quoted[1]] = message;
  }
  return wrong;
}
