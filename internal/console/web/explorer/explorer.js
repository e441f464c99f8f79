// The API Explorer: every action by the metadata that the server publishes.
import { h, icon, show } from '../console/shared/dom.js';
import * as i18n from '../console/shared/i18n.js';
import * as session from '../console/shared/session.js';
import { header } from '../console/shared/header.js';
import { metadata } from '../console/shared/api.js';
import { problemBox } from '../console/shared/problem.js';
import { copyButton } from '../console/shared/copy.js';
import { sidebar, summaryOf } from './search.js';
import { form } from './form.js';
import { caller } from './call.js';
import { tabs } from './tabs.js';
import * as link from './link.js';
import { secrets } from './secret.js';

const { t } = i18n;
const main = document.getElementById('main');
main.classList.add('explorer');

let actions = [];
let action = null;
let open = 'call';
const filled = {}; // parameters of each action while the page is open, by its name
const callers = {};
let side = null;
let redrawPanel = () => {};

const find = (name) => actions.find((a) => a.Name === name);
const parametersOf = (a) => (filled[a.Name] ??= {});

function setParameters(a, parameters) {
  const now = parametersOf(a);
  for (const name of Object.keys(now)) delete now[name];
  Object.assign(now, structuredClone(parameters));
}

const callerOf = (a) => (callers[a.Name] ??= caller(a, parametersOf(a), { called: () => redrawPanel('history') }));

let written;
function writeLink() {
  clearTimeout(written);
  written = setTimeout(() => history.replaceState(null, '', link.write(action, parametersOf(action))), 150);
}

// go shows an action, with parameters where they are given.
function go(a, { parameters, focus, panel, push = true } = {}) {
  clearTimeout(written);
  if (parameters) setParameters(a, parameters);
  if (panel) open = panel;
  const address = link.write(a, parametersOf(a));
  if (push && a !== action) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  action = a;
  draw();
  if (focus) document.getElementById(`field-${focus}`)?.focus();
  else if (focus === null) document.getElementById('action-title').focus();
}

function readLink() {
  const to = link.read(location.hash, find);
  if (!to) return false;
  // Secrets are in no address: those that were typed stay.
  const kept = Object.fromEntries(Object.entries(parametersOf(to.action)).filter(([name]) => secrets(to.action).includes(name)));
  setParameters(to.action, { ...to.parameters, ...kept });
  action = to.action;
  return true;
}

function example() {
  go(action, { parameters: JSON.parse(action.Example.Parameters) });
}

function fields() {
  const parameters = parametersOf(action);
  const made = form(action, parameters, () => {
    writeLink();
    redrawPanel('changed');
  });
  const send = h('button', { type: 'submit', class: 'button primary call', id: 'call', 'aria-keyshortcuts': 'Control+Enter' }, icon('next'), t('explorer.call'));
  return h('form', { class: 'card form-card', novalidate: true, 'aria-label': t('explorer.parameters'), onsubmit: (event) => {
    event.preventDefault();
    panels.choose('call');
    // Where the panel is below the form, what comes of the call is out of sight.
    if (matchMedia('(max-width: 1180px)').matches) panels.element.scrollIntoView();
    callerOf(action).call();
  } },
  h('div', { class: 'card-head' }, h('h2', {}, t('explorer.parameters')), made.toggle),
  made.element,
  h('div', { class: 'card-foot' }, send,
    h('button', { type: 'button', class: 'button small', id: 'fill-example', onclick: example }, t('explorer.fillExample')),
    h('button', { type: 'button', class: 'button small quiet', id: 'clear', onclick: () => go(action, { parameters: {} }) }, t('explorer.clear'))));
}

// Panels that are not open at first are loaded when they are.
function later(file, make) {
  const box = h('div', {});
  import(file).then((module) => make(module, box), (error) => show(box, problemBox({ kind: 'page', message: String(error) })));
  return box;
}

let panels;
function panelTabs() {
  let refresh = {};
  const a = action;
  const parameters = parametersOf(a);
  redrawPanel = (why) => refresh[why]?.();
  const items = [
    { id: 'call', draw: () => callerOf(a).panel() },
    { id: 'code', draw: () => later('./code.js', (m, box) => { const made = m.code(a, parameters); show(box, made.element); refresh = { changed: made.draw }; }) },
    { id: 'signature', draw: () => later('./signature.js', (m, box) => { const made = m.signature(a, parameters); show(box, made.panel()); refresh = { changed: made.draw }; }) },
    { id: 'docs', draw: () => later('./docs.js', (m, box) => show(box, m.docs(a, example))) },
    { id: 'history', draw: () => later('./past.js', (m, box) => {
      const drawPast = () => show(box, m.past({ refill: again, repeat: (call) => { again(call); panels.choose('call'); callerOf(find(call.action)).call(); } }));
      drawPast();
      refresh = { history: drawPast };
    }) },
  ].map((item) => ({ ...item, label: t(`tab.${item.id}`), draw: () => { refresh = {}; return item.draw(); } }));
  panels = tabs(items, { label: t('explorer.views'), open, chosen: (id) => { open = id; }, className: 'card panel-card' });
  return panels.element;
}

// again puts a call of the history into the form.
function again(call) {
  const a = find(call.action);
  if (a) go(a, { parameters: call.parameters, focus: call.withheld[0] });
}

function page() {
  const text = i18n.current() === 'zh' ? action.DocZh : action.Doc;
  return h('div', { class: 'page' },
    h('div', { class: 'page-head' },
      h('h1', { id: 'action-title', tabindex: '-1' }, action.Name),
      h('div', { class: 'badges' },
        h('span', { class: 'badge' }, `${action.product} ${action.version}`),
        h('span', { class: `badge ${action.Writes ? 'wait' : 'good'}` }, t(action.Writes ? 'explorer.writes' : 'explorer.reads')),
        h('span', { class: 'badge' }, t('explorer.rate', { n: action.Rate })),
        copyButton(() => new URL(link.write(action, parametersOf(action)), location.href).href, t('explorer.copyLink'), { id: 'copy-link', class: 'button small quiet' })),
      h('p', { class: 'summary' }, summaryOf(action)), text && h('p', { class: 'note' }, text)),
    h('div', { class: 'columns' }, fields(), panelTabs()));
}

function draw() {
  document.title = `${action.Name} · ${t('explorer.title')}`;
  const typed = side?.input.value ?? '';
  const focused = document.activeElement?.id;
  side = sidebar(actions, { current: () => action.Name, open: (a, parameter) => go(a, { focus: parameter ?? null }) });
  side.input.value = typed;
  side.draw();
  show(main, side.element, page());
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// Who signs out leaves no answer and no secret behind.
function signedInOrOut() {
  if (session.current()) {
    panels.choose(open);
    document.getElementById('call').focus({ preventScroll: true });
    return;
  }
  for (const a of actions) {
    delete callers[a.Name];
    for (const name of secrets(a)) delete parametersOf(a)[name];
  }
  draw();
}

function shortcuts(event) {
  const inField = event.target.closest?.('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !inField && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    side.input.focus();
    side.input.select();
  } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.closest?.('.form-card')) {
    event.preventDefault();
    event.target.closest('form').requestSubmit();
  }
}

async function start() {
  await i18n.load(new URL('../console/shared/', import.meta.url), new URL('./', import.meta.url));
  header('explorer');
  try {
    actions = (await metadata()).Products.flatMap((p) => p.Actions.map((a) => ({ ...a, product: p.Name, version: p.Version })));
  } catch (problem) {
    show(main, problemBox(problem, () => location.reload()));
    return;
  }
  if (!readLink()) action = actions[0];
  draw();
  i18n.onLanguage(draw);
  session.onChange(signedInOrOut);
  addEventListener('keydown', shortcuts);
  addEventListener('hashchange', () => { if (readLink()) draw(); });
  addEventListener('popstate', () => { if (readLink()) draw(); });
}

await start();
