// The list of actions, and the search over them and their parameters.
import { announce, h, icon, show } from '../console/shared/dom.js';
import * as i18n from '../console/shared/i18n.js';

const { t } = i18n;
const MOST = 12; // parameters shown of what was found

export const docOf = (thing) => (i18n.current() === 'zh' && thing.Zh) || thing.Doc || '';
export const summaryOf = (action) => (i18n.current() === 'zh' ? action.SummaryZh : action.Summary);

// found is what a search finds: actions by name and summary, parameters by name
// and text, names before texts. All words must be there.
export function found(actions, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (...texts) => words.every((word) => texts.some((x) => x && x.toLowerCase().includes(word)));
  const rank = (name) => (words.length && name.toLowerCase().includes(words[0]) ? 0 : 1);
  const hits = actions.filter((a) => has(a.Name, a.Summary, a.SummaryZh)).sort((a, b) => rank(a.Name) - rank(b.Name));
  const parameters = words.length === 0 ? [] : actions.flatMap((action) => inside(action.Params)
    .filter((p) => has(p.Name, p.Doc, p.Zh)).map((parameter) => ({ action, parameter })));
  parameters.sort((a, b) => rank(a.parameter.Name) - rank(b.parameter.Name));
  return { actions: hits, parameters };
}

// inside are parameters and those inside them, each with the name of the outermost.
function inside(params, top) {
  return params.flatMap((p) => [{ ...p, top: top ?? p.Name }, ...inside(p.Fields ?? p.Elem?.Fields ?? [], top ?? p.Name)]);
}

// sidebar shows both. open is called with an action, and with a parameter's
// name where one was chosen.
export function sidebar(actions, { current, open }) {
  const list = h('div', { class: 'found', id: 'found' });
  const input = h('input', {
    type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false', placeholder: t('explorer.searchHint'), 'aria-label': t('explorer.search'),
    'aria-controls': 'found', 'aria-keyshortcuts': '/', oninput: () => { draw(); said(); }, onkeydown: keys,
  });

  const links = () => [...list.querySelectorAll('a')];

  function keys(event) {
    if (event.key === 'Escape' && input.value) {
      event.preventDefault();
      input.value = '';
      draw();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      links()[0]?.focus();
    } else if (event.key === 'Enter') links()[0]?.click();
  }

  function step(event) {
    const to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = links().indexOf(event.target); // not what has the focus: the field has just given it away
    if (!to || at < 0) return;
    event.preventDefault();
    (links()[at + to] ?? (to < 0 ? input : links()[at])).focus();
  }

  function said() {
    const { actions: a, parameters: p } = found(actions, input.value);
    announce(t('explorer.found', { n: a.length + p.length }));
  }

  const link = (action, parameter, ...content) => h('a', {
    href: `#${action.Name}`, 'aria-current': !parameter && action.Name === current() ? 'page' : null,
    onclick: (event) => {
      event.preventDefault();
      open(action, parameter);
    },
  }, content);

  function draw() {
    const { actions: hits, parameters } = found(actions, input.value);
    const products = [...new Set(hits.map((a) => a.product))];
    show(list,
      products.map((product) => h('section', { 'aria-label': product },
        h('h2', { class: 'group' }, product, h('span', {}, hits.find((a) => a.product === product).version)),
        h('ul', {}, hits.filter((a) => a.product === product).map((a) => h('li', {}, link(a, null, h('span', { class: 'name' }, a.Name), h('span', { class: 'about' }, summaryOf(a)))))))),
      parameters.length > 0 && h('section', { 'aria-label': t('explorer.parameters') },
        h('h2', { class: 'group' }, t('explorer.parameters')),
        h('ul', {}, parameters.slice(0, MOST).map(({ action, parameter }) => h('li', {},
          link(action, parameter.top, h('span', { class: 'name' }, action.Name, h('span', { class: 'of' }, ` › ${parameter.Name}`)), h('span', { class: 'about' }, docOf(parameter))))))),
      hits.length + parameters.length === 0 && h('p', { class: 'note nothing' }, t('explorer.nothing', { text: input.value })));
  }
  draw();
  return {
    element: h('aside', { class: 'sidebar', 'aria-label': t('explorer.actions'), onkeydown: step },
      h('div', { class: 'search' }, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, '/')), list),
    draw, input,
  };
}
