// The private key of a CSR and its password. Neither is asked of the server
// before someone asks to see it; each asking is one DescribeCSR, which the
// server puts on record as a key read. What was shown is forgotten when it is
// hidden.
import { announce, h, icon, show } from './shared/dom.js';
import { t } from './shared/i18n.js';
import { problemBox, problemText } from './shared/problem.js';
import { copyButton } from './shared/copy.js';
import { busy, call, download, fileName } from './parts.js';

// secrets returns the card of the secrets of a CSR, and hide.
export function secrets(id, signal) {
  const shown = { PrivateKey: null, KeyPassword: null };
  let requestId = '';

  function hide() {
    shown.PrivateKey = shown.KeyPassword = null;
    requestId = '';
  }

  function card(record) {
    const body = h('div', { class: 'stack' });
    const draw = (focused) => {
      show(body,
        record.HasPrivateKey || record.HasKeyPassword ? h('p', { class: 'note', id: 'on-record' }, t('secret.onRecord')) : h('p', { class: 'quiet' }, t(record.Status ? 'secret.noKey' : 'secret.draft')),
        record.HasPrivateKey && part('PrivateKey'),
        record.HasKeyPassword && part('KeyPassword'),
        requestId && h('p', { class: 'note' }, t('secret.asked'), ' ', h('code', { id: 'asked' }, requestId)));
      if (focused) body.querySelector(focused)?.focus();
    };

    function part(name) {
      const kind = name === 'PrivateKey' ? 'key' : 'password';
      const said = h('div', {});
      const value = shown[name];
      const button = h('button', { type: 'button', class: 'button small', id: `show-${kind}`, 'aria-describedby': value ? null : 'on-record', onclick: () => busy(button, value ? put : ask) },
        icon(value ? 'hide' : 'eye'), t(value ? `secret.hide.${kind}` : `secret.show.${kind}`));

      function put() {
        shown[name] = null;
        if (!shown.PrivateKey && !shown.KeyPassword) requestId = '';
        draw(`#show-${kind}`);
      }

      async function ask() {
        show(said);
        let answer;
        try {
          answer = await call('DescribeCSR', { CSRId: id }, signal);
        } catch (problem) {
          if (signal.aborted) return;
          show(said, problemBox(problem));
          announce(problemText(problem));
          return;
        }
        if (!answer[name]) {
          show(said, h('div', { class: 'problem', role: 'alert' }, icon('warn'), h('p', {}, t('secret.notAllowed'))));
          return;
        }
        shown[name] = answer[name];
        requestId = answer.RequestId;
        draw(`#show-${kind}`);
        announce(t(`secret.shown.${kind}`));
      }

      return h('div', { class: 'stack secret' },
        h('div', { class: 'panel-head' },
          h('h3', {}, t(`field.${name}`)),
          h('div', { class: 'row' },
            value && copyButton(() => value, t('detail.copy'), { id: `copy-${kind}` }),
            value && kind === 'key' && h('button', { type: 'button', class: 'button small', id: 'download-key', onclick: () => download(fileName(record, 'key'), value) }, icon('down'), t('detail.download')),
            button)),
        value ? h('pre', { class: 'pem', id: kind, tabindex: '0', 'aria-label': t(`field.${name}`) }, value.trim()) : h('p', { class: 'dots', 'aria-hidden': 'true' }, '••••••••••••••••'),
        said);
    }

    draw();
    return h('section', { class: 'card panel', 'aria-labelledby': 'secret-title' },
      h('h2', { id: 'secret-title' }, icon('key'), ' ', t('secret.title')), body);
  }

  return { card, hide };
}
