// The form of an action's parameters.
import { h, show } from '../console/shared/dom.js';
import { t } from '../console/shared/i18n.js';
import { field } from './field.js';

const ONLY = 'csrd.explorer.onlyRequired';

// form is filled from parameters, an object that it keeps up to date in the
// order of the schema; changed is called after.
export function form(action, parameters, changed) {
  const box = h('div', { class: 'fields' });
  const ordered = [...action.Params.filter((p) => p.Required), ...action.Params.filter((p) => !p.Required)];
  const hasOptional = action.Params.some((p) => !p.Required) && action.Params.some((p) => p.Required);
  let only = hasOptional && kept();

  function set(name, value) {
    const all = { ...parameters, [name]: value };
    for (const key of Object.keys(parameters)) delete parameters[key];
    for (const p of action.Params) if (all[p.Name] !== undefined) parameters[p.Name] = all[p.Name];
    changed();
  }

  function draw() {
    show(box, ordered.filter((p) => p.Required || !only || parameters[p.Name] !== undefined)
      .map((p) => field(p, parameters[p.Name], (value) => set(p.Name, value))),
    action.Params.length === 0 && h('p', { class: 'note' }, t('explorer.noParameters')));
  }

  const toggle = hasOptional && h('div', { class: 'check small' },
    h('input', { type: 'checkbox', id: 'only-required', checked: only, onchange: (event) => {
      only = event.target.checked;
      try { localStorage.setItem(ONLY, only ? '1' : ''); } catch { /* then it holds for this page */ }
      draw();
    } }),
    h('label', { for: 'only-required' }, t('explorer.onlyRequired')));
  draw();
  return { element: box, toggle };
}

function kept() {
  try { return localStorage.getItem(ONLY) === '1'; } catch { return false; }
}
