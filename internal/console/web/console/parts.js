// Small things that the views of the console share.
import { announce, h, icon } from './shared/dom.js';
import { t } from './shared/i18n.js';
import * as session from './shared/session.js';
import { call as callWith } from './shared/api.js';
import * as route from './route.js';

// call calls an action as whoever is signed in.
export const call = (name, parameters, signal) => callWith(name, parameters, { credential: session.current(), signal });

// DRAFT is the Status of what may still be changed.
export const DRAFT = 0;

export function statusBadge(status) {
  return status === DRAFT
    ? h('span', { class: 'badge wait' }, t('status.draft'))
    : h('span', { class: 'badge good' }, icon('done'), t('status.generated'));
}

export const keyName = (record) => `${record.EncryptAlgo} ${record.KeyParameter}`.trim();

// toLink leads to another view.
export function toLink(changes, properties, ...children) {
  return h('a', { href: route.href(changes), onclick: route.follow(changes), ...properties }, children);
}

const SHOWN = 6000; // milliseconds
let hiding;

// toast says that something was done, at the edge of the window.
export function toast(text) {
  document.getElementById('toast')?.remove();
  document.body.append(h('div', { id: 'toast', class: 'toast' }, icon('done'), h('span', {}, text)));
  announce(text);
  clearTimeout(hiding);
  hiding = setTimeout(() => document.getElementById('toast')?.remove(), SHOWN);
}

// download hands a text over as a file.
export function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/x-pem-file' }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), SHOWN);
}

// fileName is named after a domain, which may hold any text.
export function fileName(record, kind) {
  const name = record.Domain.replaceAll('*', 'wildcard').replace(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '').slice(0, 100);
  return `${name || `csr-${record.Id}`}.${kind}.pem`;
}

// busy has a button wait for what it began; it is pressed once.
export async function busy(button, work) {
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
}
