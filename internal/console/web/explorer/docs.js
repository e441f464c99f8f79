// The page of an action: what it takes, what it answers, its codes, an example.
import { h } from '../console/shared/dom.js';
import * as i18n from '../console/shared/i18n.js';
import { bounds, typeName } from './field.js';
import { docOf } from './search.js';
import { block, json, pretty } from './request.js';

const { t } = i18n;

// rows are parameters, those inside one another indented.
const rows = (params, depth = 0) => params.flatMap((p) => {
  const inner = p.Fields ?? p.Elem?.Fields ?? [];
  return [h('tr', { 'data-depth': String(Math.min(depth, 3)) },
    h('th', { scope: 'row' }, h('code', {}, p.Name), p.Required && h('span', { class: 'badge accent' }, t('explorer.required')), p.Secret && h('span', { class: 'badge wait' }, t('explorer.secret'))),
    h('td', {}, h('code', {}, typeName(p))),
    h('td', {}, docOf(p), [bounds(p), p.Default !== undefined && t('explorer.default', { value: String(p.Default) })].filter(Boolean).map((fact) => h('span', { class: 'fact' }, fact)))),
  ...rows(inner, depth + 1)];
});

const table = (label, params) => h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': label },
  h('table', { class: 'docs' },
    h('thead', {}, h('tr', {}, [t('docs.name'), t('docs.type'), t('docs.text')].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, rows(params))));

// docs is the page. fill puts the example into the form.
export function docs(action, fill) {
  const zh = i18n.current() === 'zh';
  const codes = action.Outcomes.filter((o) => !o.Never);
  const parameters = pretty(action.Example.Parameters);
  const response = pretty(JSON.stringify({ Response: JSON.parse(action.Example.Response) }));
  return h('div', { class: 'stack docs-page' },
    h('section', {}, h('h2', {}, t('docs.input')), action.Params.length ? table(t('docs.input'), action.Params) : h('p', { class: 'note' }, t('explorer.noParameters'))),
    h('section', {}, h('h2', {}, t('docs.output')), table(t('docs.output'), action.Result)),
    h('section', {}, h('h2', {}, t('docs.codes')), h('p', { class: 'note' }, t('docs.codesNote')),
      h('dl', { class: 'codes' }, codes.flatMap((o) => [h('dt', {}, h('code', {}, o.Code)), h('dd', {}, zh ? o.WhenZh : o.When)]))),
    h('section', {}, h('h2', {}, t('docs.example')),
      h('p', {}, h('button', { type: 'button', class: 'button small', onclick: fill }, t('explorer.fillExample'))),
      block(parameters, { label: t('docs.request'), id: 'example-request', content: json(parameters) }),
      block(response, { label: t('docs.response'), id: 'example-response', content: json(response), className: 'tall' })));
}
