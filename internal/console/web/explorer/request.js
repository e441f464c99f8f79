// What goes over the wire, as a person reads it.
import { h } from '../console/shared/dom.js';
import { t } from '../console/shared/i18n.js';
import { copyButton } from '../console/shared/copy.js';
import { endpoint } from '../console/shared/api.js';
import { MASK } from './secret.js';

const names = { 'content-type': 'Content-Type', 'x-tc-action': 'X-TC-Action', 'x-tc-version': 'X-TC-Version', 'x-tc-timestamp': 'X-TC-Timestamp', 'x-tc-language': 'X-TC-Language', 'x-tc-token': 'X-TC-Token', authorization: 'Authorization' };

// headersOf are the headers of a request in the order of its names.
export function headersOf(request, shown) {
  const headers = [['Host', endpoint.host], ...Object.entries(request.headers).map(([name, value]) => [names[name] ?? name, value])];
  return headers.map(([name, value]) => [name, name === 'X-TC-Token' && !shown ? MASK : value]);
}

// pretty is JSON with two spaces, as the API page shows it; other text stays.
export function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

// json is JSON in colours: elements of text, nothing else.
export function json(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(token)) {
    parts.push(text.slice(at, found.index));
    const [all, string, colon, word] = found;
    if (string) parts.push(h('span', { class: colon ? 'j-name' : 'j-text' }, string), colon ?? '');
    else parts.push(h('span', { class: word ? 'j-word' : 'j-number' }, all));
    at = found.index + all.length;
  }
  parts.push(text.slice(at));
  return parts;
}

// block is a text in its own font with a button that copies it.
export function block(text, { label, id, content = text, className = '', small = t('explorer.copy') } = {}) {
  return h('div', { class: `block ${className}` },
    h('div', { class: 'block-head' }, h('span', { class: 'label' }, label), copyButton(() => text, small, { 'aria-label': `${small}: ${label}` })),
    h('pre', { id, tabindex: '0', role: 'region', 'aria-label': label }, content));
}

// headerBlock shows header lines.
export function headerBlock(lines, { label, id, first }) {
  const text = [...(first ? [first] : []), ...lines.map(([name, value]) => `${name}: ${value}`)].join('\n');
  const content = [first && h('span', { class: 'line first' }, `${first}\n`), lines.map(([name, value], i) => h('span', { class: 'line' }, h('span', { class: 'j-name' }, name), `: ${value}${i < lines.length - 1 ? '\n' : ''}`))];
  return block(text, { label, id, content });
}
