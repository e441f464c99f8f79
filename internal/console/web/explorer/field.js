// The field of one parameter. It is told the value it begins with, undefined
// for none, and calls set with what is there now: what cannot be of the
// parameter's type is handed on as text, for the server to refuse.
import { h, icon, show, uniqueId } from '../console/shared/dom.js';
import { t } from '../console/shared/i18n.js';
import { docOf } from './search.js';

const plain = { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' };

// typeName is a parameter's type as readers know it.
export function typeName(p) {
  return p.Type === 'array' ? `${typeName(p.Elem)}[]` : p.Type;
}

// bounds are those of an integer, and the most elements of a list.
export function bounds(p) {
  const low = p.Min ?? undefined;
  const high = p.Max ?? undefined;
  if (p.Type === 'array') return high === undefined ? '' : t('explorer.atMost', { n: high });
  if (low === undefined && high === undefined) return '';
  if (high === undefined) return `≥ ${low}`;
  return low === undefined ? `≤ ${high}` : `${low} – ${high}`;
}

// wrong says what is wrong with a value as far as the metadata tells; "" for nothing.
export function wrong(p, value) {
  if (value === undefined || value === '') return p.Required ? t('explorer.missing') : '';
  if (p.Type === 'array' && Array.isArray(value)) {
    if (p.Required && value.length === 0) return t('explorer.missing');
    return p.Max !== undefined && value.length > p.Max ? t('explorer.tooMany', { n: p.Max }) : value.map((v) => wrong({ ...p.Elem, Required: false }, v)).find(Boolean) ?? '';
  }
  if (p.Type === 'object') return p.Fields.map((f) => { const why = wrong(f, value[f.Name]); return why && `${f.Name}: ${why}`; }).find(Boolean) ?? '';
  if (p.Type === 'integer') {
    if (typeof value !== 'number') return t('explorer.notInteger');
    if ((p.Min !== undefined && value < p.Min) || (p.Max !== undefined && value > p.Max)) return t('explorer.outOfBounds', { bounds: bounds(p) });
  }
  return '';
}

const integer = (text) => (/^-?\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text)) ? Number(text) : text);

// control is what a single value is put in.
function control(p, value, set, properties) {
  const common = { ...plain, ...properties };
  switch (p.Type) {
    case 'boolean': {
      const select = h('select', { ...properties, onchange: () => set(select.value === '' ? undefined : select.value === 'true') },
        ['', 'true', 'false'].map((v) => h('option', { value: v, selected: String(value ?? '') === v }, v || t('explorer.notSent'))));
      return select;
    }
    case 'integer': {
      const input = h('input', {
        ...common, type: 'text', inputmode: 'numeric', value: value ?? '', placeholder: p.Default === undefined ? '' : String(p.Default),
        oninput: () => set(input.value.trim() === '' ? undefined : integer(input.value)),
      });
      return input;
    }
  }
  const given = { ...common, value: value ?? '' };
  if (p.Lines) {
    const area = h('textarea', { ...given, rows: '7', wrap: 'off', class: p.Secret ? 'pem secret' : 'pem', placeholder: '-----BEGIN …-----', oninput: () => set(area.value || undefined) });
    return area;
  }
  if (p.Secret) {
    const input = h('input', { ...given, type: 'password', autocomplete: 'new-password', oninput: () => set(input.value || undefined) });
    const button = h('button', { type: 'button', class: 'button small quiet square', 'aria-pressed': 'false', 'aria-label': t('explorer.showSecret'), title: t('explorer.showSecret'), onclick: () => {
      const hidden = input.type === 'password';
      input.type = hidden ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(hidden));
      show(button, icon(hidden ? 'hide' : 'eye'));
    } }, icon('eye'));
    return h('div', { class: 'with-button' }, input, button);
  }
  const list = p.Eg && uniqueId('eg');
  const input = h('input', { ...given, type: 'text', list, oninput: () => set(input.value || undefined) });
  return list ? [input, h('datalist', { id: list }, p.Eg.map((v) => h('option', { value: v })))] : input;
}

// many is a list: its elements one below the other.
function many(p, value, set, { id, describedBy }) {
  const rows = Array.isArray(value) ? [...value] : [];
  const box = h('div', { class: 'rows' });
  const isObject = p.Elem.Type === 'object';
  const tell = () => set(rows.length ? rows.filter((v) => v !== undefined && v !== '') : undefined);

  function draw(focus) {
    show(box, rows.map((v, i) => {
      const label = `${p.Name}.${i}`;
      const remove = h('button', { type: 'button', class: 'button small quiet square', 'aria-label': t('explorer.remove', { name: label }), title: t('explorer.remove', { name: label }), onclick: () => {
        rows.splice(i, 1);
        tell();
        draw(Math.max(0, i - 1));
      } }, icon('close'));
      if (isObject) {
        rows[i] ??= {};
        return h('fieldset', { class: 'row-object' }, h('legend', {}, label),
          p.Elem.Fields.map((f) => field(f, rows[i][f.Name], (x) => { if (x === undefined) delete rows[i][f.Name]; else rows[i][f.Name] = x; tell(); }, { prefix: `${label}.` })), remove);
      }
      return h('div', { class: 'with-button' }, control({ ...p.Elem, Required: false }, v, (x) => { rows[i] = x; tell(); }, { 'aria-label': label, 'aria-describedby': describedBy }), remove);
    }), h('button', { type: 'button', class: 'button small add', id, onclick: () => {
      rows.push(undefined);
      if (isObject) tell();
      draw(rows.length - 1);
    } }, icon('plus'), t('explorer.add', { name: p.Name })));
    if (focus !== undefined) ([...box.children][focus]?.querySelector('input, select, textarea') ?? box.lastChild).focus();
  }
  draw();
  return box;
}

// field is the labelled field of a parameter.
export function field(p, value, set, { prefix = '' } = {}) {
  const id = prefix ? uniqueId('field') : `field-${p.Name}`;
  const note = uniqueId('note');
  const problem = h('p', { class: 'field-problem', id: uniqueId('problem') });
  const isList = p.Type === 'array';
  const describedBy = `${note} ${problem.id}`;
  const empty = !p.Required && !prefix && (p.Nullable || isList) && emptyToggle();
  let current = value;
  let checked = value !== undefined;

  function emptyToggle() {
    const box = h('input', { type: 'checkbox', id: uniqueId('empty'), checked: value === '' || (isList && Array.isArray(value) && value.length === 0), onchange: () => change(box.checked ? (isList ? [] : '') : undefined) });
    return { box, element: h('div', { class: 'check small send-empty' }, box, h('label', { for: box.id }, t('explorer.sendEmpty'))) };
  }

  function change(next) {
    current = next;
    checked = true;
    if (empty && next !== undefined && next !== '' && !(isList && next.length === 0)) empty.box.checked = false;
    mark();
    set(next);
  }

  function mark() {
    const why = checked ? wrong(p, current) : '';
    problem.textContent = why;
    const input = isList ? null : element.querySelector('input, select, textarea');
    if (why) input?.setAttribute('aria-invalid', 'true');
    else input?.removeAttribute('aria-invalid');
    if (empty) empty.element.hidden = !(current === undefined || current === '' || (isList && current.length === 0));
  }

  const facts = [typeName(p), bounds(p), p.Default !== undefined && t('explorer.default', { value: String(p.Default) })].filter(Boolean);
  const element = h('div', { class: 'field parameter', 'data-parameter': `${prefix}${p.Name}` },
    h('div', { class: 'parameter-head' },
      isList ? h('span', { class: 'label', id: `${id}-label` }, p.Name) : h('label', { for: id }, p.Name),
      p.Required && h('span', { class: 'badge accent' }, t('explorer.required')),
      p.Secret && h('span', { class: 'badge wait' }, t('explorer.secret')),
      h('span', { class: 'facts-inline' }, facts.join(' · '))),
    isList ? h('div', { role: 'group', 'aria-labelledby': `${id}-label`, 'aria-describedby': describedBy }, many(p, value, change, { id, describedBy }))
      : control(p, value, change, { id, 'aria-describedby': describedBy, required: p.Required }),
    h('p', { class: 'note', id: note }, docOf(p)),
    empty && empty.element,
    problem);
  mark();
  return element;
}
