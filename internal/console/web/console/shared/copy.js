// Copying to the clipboard.
import { announce, h, icon, show } from './dom.js';
import { t } from './i18n.js';

const SHOWN = 2000; // milliseconds that a button says it is done

// copy puts a text on the clipboard. Where the browser has none for the page,
// it goes by way of a selection.
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h('textarea', { value: text, class: 'visually-hidden', readonly: true });
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('not copied');
}

// copyButton copies what get returns when it is pressed.
export function copyButton(get, label, properties = {}) {
  const button = h('button', { type: 'button', class: 'button small', ...properties, onclick: press }, icon('copy'), h('span', {}, label));
  let timer;
  async function press() {
    let said = t('copy.done');
    let drawn = 'done';
    try { await copy(get()); } catch { said = t('copy.failed'); drawn = 'warn'; }
    button.firstChild.replaceWith(icon(drawn));
    announce(said);
    clearTimeout(timer);
    timer = setTimeout(() => show(button, icon('copy'), h('span', {}, label)), SHOWN);
  }
  return button;
}
