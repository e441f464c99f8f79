// Code that makes the call, in nine languages.
import { h, show } from '../console/shared/dom.js';
import { t } from '../console/shared/i18n.js';
import * as session from '../console/shared/session.js';
import { endpoint } from '../console/shared/api.js';
import { knows, languages, sample } from './sample/sample.js';
import { environment } from './sample/quote.js';
import { secrets } from './secret.js';
import { block } from './request.js';

const KEPT = 'csrd.explorer.language';

const kept = () => {
  try { return languages.find((l) => l.id === localStorage.getItem(KEPT))?.id ?? 'curl'; } catch { return 'curl'; }
};

// coloured are the lines of a sample, its comments and what changes for the
// cloud set apart.
const coloured = (text) => text.split(/(?<=\n)/).map((line) => {
  const at = line.search(/ (?:#|\/\/) (?:for the cloud|csrd's own)/);
  if (at >= 0) return [line.slice(0, at), h('span', { class: 'c-cloud' }, line.slice(at))];
  return /^\s*(?:#|\/\/)/.test(line) ? h('span', { class: 'c-note' }, line) : line;
});

// code returns the panel and a function that draws it anew from the parameters.
export function code(action, parameters) {
  const out = h('div', { class: 'code-out' });
  let chosen = kept();

  function draw() {
    const withheld = secrets(action).filter((name) => parameters[name] !== undefined);
    show(out,
      h('p', { class: 'note' }, t('explorer.codeNote'), ...withheld.flatMap((name) => [' ', t('explorer.codeSecret', { name, variable: environment(name) })])),
      knows(chosen, action)
        ? shown(sample(chosen, { action, parameters, endpoint: endpoint.href, token: Boolean(session.current()?.token) }))
        : h('p', { class: 'empty', id: 'sample-none' }, t('explorer.noTccli', { product: action.product })));
  }

  const shown = (text) => block(text, { label: languages.find((l) => l.id === chosen).name, id: 'sample', content: coloured(text), className: 'taller' });

  const radios = h('div', { class: 'segmented', role: 'radiogroup', 'aria-label': t('explorer.codeLanguage') },
    languages.map(({ id, name }) => h('label', {},
      h('input', { type: 'radio', name: 'code-language', value: id, checked: id === chosen, onchange: () => {
        chosen = id;
        try { localStorage.setItem(KEPT, id); } catch { /* then it holds for this page */ }
        draw();
      } }), h('span', {}, name))));
  draw();
  return { element: h('div', { class: 'stack' }, radios, out), draw };
}
