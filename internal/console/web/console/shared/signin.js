// Signing in: a SecretId and a SecretKey, tried with one call.
import { announce, h, icon, show } from './dom.js';
import { t } from './i18n.js';
import * as session from './session.js';
import { available } from './tc3.js';
import { call, endpoint } from './api.js';
import { isRefusedSignature, problemBox, problemText } from './problem.js';

// signInForm returns what a page shows to have someone sign in: a form, or
// where the browser cannot sign, why and what to do. done is called after.
export function signInForm(done = () => {}) {
  return available() ? form(done) : cannotSign();
}

function form(done) {
  const said = h('div', { class: 'form-problem' });
  const plain = { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' };
  const secretId = h('input', { id: 'secret-id', type: 'text', required: true, maxlength: '128', ...plain });
  const secretKey = h('input', { id: 'secret-key', type: 'password', required: true, maxlength: '128', ...plain, 'aria-describedby': 'secret-key-note' });
  const token = h('textarea', { id: 'token', rows: '2', ...plain });
  const keep = h('input', { id: 'keep', type: 'checkbox', 'aria-describedby': 'keep-note' });
  const button = h('button', { type: 'submit', class: 'button primary', id: 'sign-in' }, t('signin.button'));

  async function submit(event) {
    event.preventDefault();
    const credential = { secretId: secretId.value.trim(), secretKey: secretKey.value.trim(), token: token.value.trim() };
    show(said);
    button.disabled = true;
    try {
      // Nothing is asked for but whether the signature is good.
      await call('DescribeCSRSet', { Limit: 0 }, { credential });
    } catch (problem) {
      if (isRefusedSignature(problem) || problem.kind !== 'api') {
        show(said, problemBox(problem));
        announce(problemText(problem));
        button.disabled = false;
        (isRefusedSignature(problem) ? secretKey : button).focus();
        return;
      }
      // Who may not list may do something else; the page says so where it matters.
    }
    session.signIn(credential, keep.checked);
    secretKey.value = '';
    token.value = '';
    done();
  }

  return h('form', { class: 'signin', onsubmit: submit },
    h('div', { class: 'field' }, h('label', { for: 'secret-id' }, 'SecretId'), secretId),
    h('div', { class: 'field' }, h('label', { for: 'secret-key' }, 'SecretKey'), secretKey, h('p', { class: 'note', id: 'secret-key-note' }, t('signin.keyNote'))),
    h('details', {}, h('summary', {}, t('signin.temporary')),
      h('div', { class: 'field' }, h('label', { for: 'token' }, 'Token'), token)),
    h('div', { class: 'check' }, keep, h('div', {}, h('label', { for: 'keep' }, t('signin.keep')), h('p', { class: 'note', id: 'keep-note' }, t('signin.keepNote')))),
    said,
    button);
}

function cannotSign() {
  const port = endpoint.port || (endpoint.protocol === 'https:' ? '443' : '80');
  const tunnel = `ssh -L ${port}:127.0.0.1:${port} ${endpoint.hostname}`;
  return h('div', { class: 'cannot-sign', id: 'cannot-sign' },
    h('p', { class: 'lead' }, icon('warn'), t('insecure.why', { origin: endpoint.origin })),
    h('p', {}, t('insecure.do')),
    h('ul', {},
      h('li', {}, t('insecure.tls'), h('pre', {}, 'csrd serve --tls-cert cert.pem --tls-key key.pem')),
      h('li', {}, t('insecure.tunnel', { url: `http://localhost:${port}/console/` }), h('pre', {}, tunnel))));
}
