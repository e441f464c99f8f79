// What a CSR really contains, as InspectCSR has decoded and checked it.
import { h, icon, show } from './shared/dom.js';
import { current, t } from './shared/i18n.js';
import { problemBox } from './shared/problem.js';
import { call } from './parts.js';

const KIND = { error: 'bad', warning: 'wait', hint: 'accent' };

// inspection returns a card, load, which fills it for a CSR, and draw, which
// shows it in the language that is set.
export function inspection(signal) {
  const card = h('section', { class: 'card panel', 'aria-labelledby': 'inspection-title', id: 'inspection' });
  let item = null;
  let problem = null;
  let csr = '';

  async function load(text) {
    csr = text;
    problem = null;
    try {
      item = (await call('InspectCSR', { Content: csr }, signal)).Items[0];
    } catch (failed) {
      if (signal.aborted) return;
      problem = failed;
    }
    draw();
  }

  function draw() {
    show(card,
      h('div', { class: 'panel-head' }, h('h2', { id: 'inspection-title' }, t('inspect.title')), item && signature()),
      problem ? problemBox(problem, () => load(csr)) : item ? [names(), findings()] : h('div', { class: 'skeleton', 'aria-hidden': 'true' }, Array.from({ length: 5 }, () => h('div', {}))));
  }

  const signature = () => (item.Signature === 'valid'
    ? h('span', { class: 'badge good' }, icon('done'), t('inspect.valid'))
    : h('span', { class: 'badge bad' }, t(item.Signature === 'invalid' ? 'inspect.invalid' : 'inspect.unchecked')));

  const pair = (name, ...value) => [h('dt', {}, name), h('dd', {}, value)];

  const names = () => h('dl', { class: 'pairs' },
    item.Subject.map((a) => pair(h('code', {}, a.Name), a.Value, ' ', h('span', { class: 'note' }, a.Type))),
    item.AltNames.length > 0 && pair(t('inspect.names'), h('ul', { class: 'plain' }, item.AltNames.map((n) => h('li', {}, n.Value, ' ', h('span', { class: 'note' }, n.Type))))),
    pair(t('list.algorithm'), `${item.EncryptAlgo} ${item.KeyParameter}`),
    pair(t('inspect.signature'), item.SignatureAlgo),
    item.Extensions.length > 0 && pair(t('inspect.extensions'), h('ul', { class: 'plain' }, item.Extensions.map((e) => h('li', {}, e.Name || e.OID, e.Critical && h('span', { class: 'note' }, ` ${t('inspect.critical')}`), e.Value && ` ${e.Value}`)))));

  const findings = () => (item.Findings.length === 0
    ? h('p', { class: 'quiet' }, icon('done'), ' ', t('inspect.nothing'))
    : h('ul', { class: 'findings', 'aria-label': t('inspect.findings') }, item.Findings.map((f) => h('li', {},
      h('span', { class: `badge ${KIND[f.Severity]}` }, t(`inspect.${f.Severity}`)),
      h('div', {}, f.Field && h('strong', {}, f.Field), f.Value && [' ', h('code', {}, f.Value)], h('p', {}, current() === 'zh' ? f.ReasonZh : f.Reason))))));

  return { card, load, draw };
}
