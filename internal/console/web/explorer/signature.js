// The signature of the call, step by step, with TC3 and v1, and what is wrong
// with another.
import { h, icon, show } from '../console/shared/dom.js';
import * as i18n from '../console/shared/i18n.js';
import * as session from '../console/shared/session.js';
import { endpoint, request } from '../console/shared/api.js';
import { signInForm } from '../console/shared/signin.js';
import { problemBox } from '../console/shared/problem.js';
import { block } from './request.js';
import * as v1 from './sigv1.js';
import * as explain from './explain.js';
import { hasSecrets, masked, MASK } from './secret.js';

const { t } = i18n;
const methods = ['TC3-HMAC-SHA256', 'HmacSHA256', 'HmacSHA1'];

const randomNonce = () => crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000 + 1;

// signature returns the panel and a function that draws it anew from the
// parameters, at the same time and with the same nonce.
export function signature(action, parameters) {
  let method = methods[0];
  let timestamp = Math.floor(Date.now() / 1000);
  let nonce = randomNonce();
  let shown = false;
  let pasted = '';
  let turn = 0;
  const steps = h('div', { class: 'steps' });
  const verdict = h('div', { class: 'verdict', id: 'verdict', 'aria-live': 'polite' });
  let right = null;

  // A time or a nonce that is no number leaves what was computed last.
  const number = (input, set) => {
    const good = /^\d{1,12}$/.test(input.value.trim()) && Number(input.value) > 0;
    if (good) { input.removeAttribute('aria-invalid'); set(Number(input.value)); draw(); } else input.setAttribute('aria-invalid', 'true');
  };
  const time = h('input', { id: 'timestamp', type: 'text', inputmode: 'numeric', autocomplete: 'off', value: String(timestamp), 'aria-describedby': 'timestamp-note', oninput: () => number(time, (n) => { timestamp = n; }) });
  const timeNote = h('p', { class: 'note', id: 'timestamp-note' });
  const nonceInput = h('input', { id: 'nonce', type: 'text', inputmode: 'numeric', autocomplete: 'off', value: String(nonce), oninput: () => number(nonceInput, (n) => { nonce = n; }) });
  const nonceField = h('div', { class: 'field', hidden: true }, h('label', { for: 'nonce' }, 'Nonce'), nonceInput);

  async function compute(values) {
    const { secretId, secretKey, token } = session.current();
    const body = JSON.stringify(values);
    if (method === methods[0]) {
      const made = await request({ action: action.Name, product: action.product, version: action.version, body, credential: session.current(), timestamp });
      return { made, body, ...made.signature };
    }
    return v1.sign({
      host: endpoint.host, path: endpoint.pathname, method, parameters: values, action: action.Name, version: action.version, secretId, secretKey, token, timestamp, nonce,
      language: i18n.languages[i18n.current()].api,
    });
  }

  const step = (id, title, text, how, secretStep = false) => h('li', { 'data-step': id },
    h('div', { class: 'step-text' }, h('h3', {}, title), how && h('p', { class: 'note formula' }, how)),
    secretStep && !shown ? h('p', { class: 'masked' }, MASK) : block(text, { label: title, id: `step-${id}`, className: 'compact' }));

  function tc3Steps(s) {
    return [
      step('payload', t('sig.payload'), shown ? s.body : JSON.stringify(masked(action.Params, parameters)), t('sig.payloadHow')),
      step('hashed-payload', 'HashedRequestPayload', s.hashedPayload, 'hex(SHA256(payload))'),
      step('canonical-request', 'CanonicalRequest', s.canonicalRequest, t('sig.canonicalHow')),
      step('hashed-canonical-request', 'HashedCanonicalRequest', s.hashedCanonicalRequest, 'hex(SHA256(CanonicalRequest))'),
      step('string-to-sign', 'StringToSign', s.stringToSign, t('sig.stringHow')),
      step('secret-date', 'SecretDate', s.secretDate, `HMAC-SHA256("TC3" + SecretKey, "${s.date}")`, true),
      step('secret-service', 'SecretService', s.secretService, `HMAC-SHA256(SecretDate, "${action.product}")`, true),
      step('secret-signing', 'SecretSigning', s.secretSigning, 'HMAC-SHA256(SecretService, "tc3_request")', true),
      step('signature', 'Signature', s.signature, 'hex(HMAC-SHA256(SecretSigning, StringToSign))'),
      step('authorization', 'Authorization', s.authorization, t('sig.authorizationHow')),
    ];
  }

  function v1Steps(s, visible) {
    return [
      step('sorted', t('sig.sorted'), visible.sorted.map((pair) => pair.join('=')).join('\n'), t('sig.sortedHow')),
      step('string-to-sign', 'StringToSign', visible.stringToSign, t('sig.oldStringHow')),
      step('signature', 'Signature', s.signature, `base64(${method}(SecretKey, StringToSign))`),
      step('body', t('sig.form'), shown ? s.body : visible.body.replace(/Signature=[^&]*$/, `Signature=${encodeURIComponent(s.signature)}`), t('sig.formHow')),
    ];
  }

  async function draw() {
    nonceField.hidden = method === methods[0];
    const at = new Date(timestamp * 1000);
    timeNote.textContent = Number.isNaN(at.getTime()) ? '' : `${at.toISOString().slice(0, 19)}Z`;
    turn += 1;
    const mine = turn;
    try {
      const computed = await compute(parameters);
      const visible = method === methods[0] || shown ? computed : await compute(masked(action.Params, parameters));
      if (mine !== turn) return;
      right = computed;
      show(steps, h('ol', {}, method === methods[0] ? tc3Steps(computed) : v1Steps(computed, visible)));
    } catch (error) {
      show(steps, problemBox(error));
    }
    await check();
  }

  async function check() {
    if (pasted.trim() === '') { show(verdict); return; }
    const what = explain.kind(pasted);
    const isTC3 = method === methods[0];
    if (!what) { show(verdict, h('p', {}, icon('warn'), ' ', t('explain.unknown'))); return; }
    if ((what === 'v1') === isTC3) { show(verdict, h('p', {}, icon('warn'), ' ', t('explain.otherMethod'))); return; }
    const { secretId, secretKey } = session.current();
    let result;
    if (what === 'authorization') {
      result = await explain.authorization(pasted, { right, request: { headers: { ...right.made.headers, host: endpoint.host }, body: right.body, timestamp }, secretId, secretKey });
    } else if (what === 'v1') result = explain.pairs(pasted, right.stringToSign);
    else result = explain.lineByLine(what, pasted, right[what]);
    show(verdict, said(what, result), table(result));
  }

  function said(what, { first, reading }) {
    if (!first) return h('p', { class: 'good-line' }, icon('done'), ' ', t('explain.same'));
    if (reading) return h('p', { class: 'good-line' }, icon('done'), ' ', t('explain.reading', { service: reading.service, host: reading.host, headers: reading.signedHeaders }));
    const where = t('explain.first', { line: String(first.number), label: t(`line.${first.label}`) });
    const advice = { signature: 'explain.signature', date: 'explain.date', secretId: 'explain.secretId', payloadHash: 'explain.payload', hashedCanonical: 'explain.hashed', timestamp: 'explain.timestamp', header: 'explain.header', blank: 'explain.blank', path: 'explain.path' }[first.label];
    return h('div', { class: 'bad-line' }, h('p', {}, icon('warn'), ' ', where), advice && h('p', { class: 'note' }, t(advice)));
  }

  const cell = (row, text, wrongSide) => h('td', {}, text === undefined ? h('em', {}, t('explain.none'))
    : row.same ? text || h('em', {}, t('explain.emptyLine')) : text === '' ? h('em', {}, t('explain.emptyLine'))
      : [text.slice(0, row.at), h('mark', { class: wrongSide ? 'wrong' : 'right' }, text.slice(row.at) || ' ')]);

  const table = ({ rows, first }) => h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': t('explain.title') }, h('table', { class: 'diff' },
    h('thead', {}, h('tr', {}, [t('explain.line'), t('explain.yours'), t('explain.right')].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, rows.map((row) => h('tr', { class: row === first ? 'first-differing' : row.same ? 'same' : 'differing', 'data-line': String(row.number) },
      h('th', { scope: 'row' }, `${row.number} ${t(`line.${row.label}`)}`), cell(row, hide(row.mine), true), cell(row, hide(row.right), false))))));

  // A v1 string has the values of secret parameters in it.
  function hide(text) {
    if (shown || text === undefined || method === methods[0]) return text;
    const name = text.split('=')[0];
    return action.Params.find((p) => p.Secret && p.Name === name) ? `${name}=${MASK}` : text;
  }

  function controls() {
    const choices = h('div', { class: 'segmented', role: 'radiogroup', 'aria-label': t('sig.method') }, methods.map((name) => h('label', {},
      h('input', { type: 'radio', name: 'method', value: name, checked: name === method, onchange: () => { method = name; draw(); } }), h('span', {}, name))));
    const now = h('button', { type: 'button', class: 'button small', onclick: () => { timestamp = Math.floor(Date.now() / 1000); time.value = String(timestamp); draw(); } }, icon('refresh'), t('sig.now'));
    const reveal = h('button', { type: 'button', class: 'button small', id: 'show-derived', 'aria-pressed': 'false', onclick: () => {
      shown = !shown;
      reveal.setAttribute('aria-pressed', String(shown));
      show(reveal, icon(shown ? 'hide' : 'eye'), t(shown ? 'sig.hide' : 'sig.show'));
      draw();
    } }, icon('eye'), t('sig.show'));
    return [choices,
      h('div', { class: 'sig-controls' },
        h('div', { class: 'field' }, h('label', { for: 'timestamp' }, 'Timestamp'), h('div', { class: 'with-button' }, time, now), timeNote), nonceField),
      h('div', { class: 'row' }, reveal, h('p', { class: 'note grow' }, t(hasSecrets(action.Params, parameters) ? 'sig.showNoteSecrets' : 'sig.showNote')))];
  }

  function panel() {
    if (!session.current()) return h('div', { class: 'signin-here' }, h('p', { class: 'note' }, t('sig.signInFirst')), signInForm());
    const area = h('textarea', { id: 'mine', rows: '5', wrap: 'off', spellcheck: 'false', autocomplete: 'off', value: pasted, 'aria-describedby': 'mine-note', placeholder: 'TC3-HMAC-SHA256 Credential=…', oninput: () => { pasted = area.value; check(); } });
    draw();
    return h('div', { class: 'stack' }, controls(), steps,
      h('section', { class: 'explain', 'aria-labelledby': 'explain-title' },
        h('h2', { id: 'explain-title' }, t('explain.title')),
        h('div', { class: 'field' }, h('label', { for: 'mine' }, t('explain.label')), area, h('p', { class: 'note', id: 'mine-note' }, t('explain.note'))),
        verdict));
  }
  return { panel, draw: () => { if (session.current()) draw(); } };
}
