// A new CSR, or the draft of one: what is sent is what CreateCSR and ModifyCSR
// take.
import { announce, h, icon, show } from './shared/dom.js';
import { t } from './shared/i18n.js';
import { problemBox, problemText } from './shared/problem.js';
import { DRAFT, busy, call, toLink, toast } from './parts.js';
import { byField, check } from './check.js';
import * as route from './route.js';

// The groups of fields, by the names of parameters, and of each how it is typed.
const GROUPS = [
  ['names', ['Domain', 'SubjectAltName']],
  ['organization', ['Organization', 'Department', 'Email', 'Province', 'City', 'Country']],
  ['key', ['EncryptAlgo', 'KeyParameter', 'KeyPassword']],
  ['record', ['Remark', 'Tags']],
];
const LINES = { SubjectAltName: 4, Remark: 3, Tags: 3 };
const EXAMPLES = { Domain: 'www.example.com', SubjectAltName: 'example.com\n192.0.2.1', Organization: 'Example', Department: 'IT', Email: 'pki@example.com', Province: 'Hunan', City: 'Changsha', Country: 'CN', Tags: 'team: web' };

const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);

// formView shows the form in main: of a new CSR, or of the draft that where names.
export function formView(main, where, known) {
  const leaving = new AbortController();
  const action = where.view === 'edit' ? 'ModifyCSR' : 'CreateCSR';
  const params = (name) => known.Products.flatMap((p) => p.Actions).find((a) => a.Name === name).Params;
  const taken = new Set(params(action).map((p) => p.Name));
  // What a draft may lack, a new one may not: CreateCSR says what is required.
  const checked = params('CreateCSR').filter((p) => taken.has(p.Name));
  const held = { EncryptAlgo: known.Algorithms[0].EncryptAlgo, KeyParameter: known.Algorithms[0].KeyParameter }; // texts of fields
  let record = null;
  let removePassword = false;
  let wrong = {}; // what is said of fields, by their names
  let refusedByServer = false; // whether the server said it
  let problem = null;
  let controls = {};

  async function load() {
    problem = null;
    try {
      record = await call('DescribeCSRRecord', { CSRId: where.id }, leaving.signal);
    } catch (failed) {
      if (leaving.signal.aborted) return;
      problem = failed;
      announce(problemText(problem));
    }
    if (record) {
      for (const [, names] of GROUPS) for (const name of names) if (typeof record[name] === 'string') held[name] = record[name];
      held.SubjectAltName = record.SubjectAltName.join('\n');
      held.Remark = record.Remarks;
    }
    draw();
    main.querySelector('h1')?.focus({ preventScroll: true });
  }

  const keep = () => { for (const [name, control] of Object.entries(controls)) held[name] = control.value; };

  function draw() {
    keep();
    controls = {};
    const title = where.view === 'new' ? t('form.new') : t('form.edit', { id: String(where.id) });
    document.title = `${title} – ${t('console.title')}`;
    const back = toLink({ view: where.view === 'new' ? 'list' : 'csr' }, { class: 'back', id: 'back' }, icon('back'), t(where.view === 'new' ? 'detail.back' : 'form.back'));
    const heading = h('h1', { tabindex: '-1' }, title);
    if (where.view === 'edit' && !record) {
      show(main, h('p', {}, back), heading, problem ? problemBox(problem, load) : h('div', { class: 'card skeleton', 'aria-hidden': 'true' }, Array.from({ length: 8 }, () => h('div', {}))));
      return;
    }
    if (record && record.Status !== DRAFT) {
      show(main, h('p', {}, back), heading, h('p', {}, t('form.generated')));
      return;
    }
    const said = h('div', { id: 'said' });
    const save = h('button', { type: 'submit', class: 'button', id: 'save' }, t('form.save'));
    const generate = h('button', { type: 'button', class: 'button primary', id: 'generate', onclick: () => submit(true, generate, said) }, icon('key'), t('form.generate'));
    show(main, h('p', {}, back), heading,
      h('form', { class: 'stack editor', novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(false, save, said); } },
        GROUPS.map(([group, names]) => h('fieldset', { class: 'card panel' }, h('legend', {}, t(`form.${group}`)),
          h('div', { class: `fields fields-${group}` }, names.filter((name) => taken.has(name)).map(field)))),
        said,
        h('div', { class: 'row actions' }, generate, save, toLink({ view: where.view === 'new' ? 'list' : 'csr' }, { class: 'button quiet', id: 'cancel' }, t('remove.cancel')),
          h('span', { class: 'note' }, t('form.note')))));
    if (!refusedByServer) wrong = onlyKnown(check(values(), checked, known.Limits));
    showWrong();
  }

  function field(name) {
    const id = `field-${name}`;
    const required = checked.find((p) => p.Name === name)?.Required;
    const describedBy = `${id}-note ${id}-problem`;
    const plain = { id, name, autocomplete: 'off', 'aria-describedby': describedBy, 'aria-required': required ? 'true' : null, onblur: () => recheck(name) };
    let control;
    if (name === 'EncryptAlgo' || name === 'KeyParameter') control = keySelect(name, plain);
    else if (LINES[name]) control = h('textarea', { ...plain, rows: String(LINES[name]), spellcheck: name === 'Remark' ? null : 'false', placeholder: EXAMPLES[name] ?? null });
    else if (name === 'KeyPassword') control = h('input', { ...plain, type: 'password', autocomplete: 'new-password', placeholder: record?.HasKeyPassword ? t('form.unchanged') : null, disabled: removePassword });
    else control = h('input', { ...plain, type: 'text', spellcheck: 'false', placeholder: EXAMPLES[name] ?? null });
    control.value = held[name] ?? '';
    controls[name] = control;
    return h('div', { class: `field f-${name}` },
      h('label', { for: id }, t(`field.${name}`), required ? h('span', { class: 'required', 'aria-hidden': 'true' }, ' *') : h('span', { class: 'note' }, ` ${t('form.optional')}`)),
      control,
      name === 'KeyPassword' && record?.HasKeyPassword && h('div', { class: 'check' },
        h('input', { type: 'checkbox', id: 'remove-password', checked: removePassword, onchange: (event) => {
          removePassword = event.target.checked;
          control.disabled = removePassword;
          if (removePassword) control.value = '';
        } }), h('label', { for: 'remove-password' }, t('form.removePassword'))),
      h('p', { class: 'note', id: `${id}-note` }, note(name)),
      h('p', { class: 'field-problem', id: `${id}-problem` }));
  }

  // note says what a field is for, with its bounds as the server has them.
  function note(name) {
    const limit = known.Limits[name] ?? {};
    const bound = limit.Elements ? t('form.elements', { n: limit.Elements }) : limit.Bytes ? t('form.bytes', { n: limit.Bytes }) : limit.Characters ? t('form.characters', { n: limit.Characters }) : '';
    return [t(`note.${name}`), bound && ' ', bound];
  }

  function keySelect(name, plain) {
    const kinds = known.Algorithms;
    if (name === 'EncryptAlgo') {
      return h('select', { ...plain, onchange: () => {
        const parameter = controls.KeyParameter;
        fillParameters(parameter);
        parameter.value = parameter.options[0]?.value ?? '';
      } }, [...new Set(kinds.map((k) => k.EncryptAlgo))].map((algo) => h('option', { value: algo }, algo)));
    }
    const select = h('select', plain);
    fillParameters(select);
    return select;
  }

  function fillParameters(select) {
    const algo = controls.EncryptAlgo.value;
    show(select, known.Algorithms.filter((k) => k.EncryptAlgo === algo).map((k) => h('option', { value: k.KeyParameter }, k.KeyParameter)));
  }

  // onlyKnown leaves of what is found what was said before: in another language
  // it is said anew.
  const onlyKnown = (found) => Object.fromEntries(Object.entries(found).filter(([name]) => name in wrong));

  // values are the parameters as they are typed.
  function values() {
    const typed = {};
    for (const [name, control] of Object.entries(controls)) typed[name] = control.value;
    typed.SubjectAltName = lines(typed.SubjectAltName);
    if (typed.Tags !== undefined) {
      typed.Tags = lines(typed.Tags).map((line) => {
        const at = line.indexOf(':');
        return at < 0 ? { TagKey: line, TagValue: '' } : { TagKey: line.slice(0, at).trim(), TagValue: line.slice(at + 1).trim() };
      });
    }
    if (typed.KeyPassword === '' && !removePassword) delete typed.KeyPassword;
    return typed;
  }

  function showWrong() {
    for (const [name, control] of Object.entries(controls)) {
      const text = wrong[name] ?? '';
      control.setAttribute('aria-invalid', String(Boolean(text)));
      document.getElementById(`${control.id}-problem`).textContent = text;
    }
  }

  // recheck says what is wrong with a field that was left, and takes back what
  // was said of it before.
  function recheck(name) {
    if (!controls[name]) return; // the form is being drawn anew
    const found = check(values(), checked, known.Limits)[name];
    const before = wrong[name];
    // An empty field is told of when the form is sent, not while one passes by.
    if (found && controls[name].value !== '') wrong[name] = found;
    else if (controls[name].value !== held[name]) delete wrong[name];
    held[name] = controls[name].value;
    if (wrong[name] !== before) showWrong();
  }

  async function submit(generate, button, said) {
    keep();
    show(said);
    const typed = values();
    wrong = check(typed, checked, known.Limits);
    refusedByServer = false;
    if (Object.keys(wrong).length > 0) {
      refuse();
      return;
    }
    showWrong();
    await busy(button, async () => {
      try {
        const id = record ? { CSRId: record.Id } : {};
        const answer = await call(action, { ...id, ...typed, Generate: generate }, leaving.signal);
        for (const control of Object.values(controls)) control.value = '';
        toast(t(generate ? 'detail.generated' : 'form.saved', { id: String(answer.Id) }));
        route.go({ view: 'csr', id: answer.Id }, { replace: true });
      } catch (failed) {
        if (leaving.signal.aborted) return;
        wrong = failed.kind === 'api' ? byField(failed.message, Object.keys(controls)) : {};
        refusedByServer = true;
        show(said, problemBox(failed));
        if (Object.keys(wrong).length > 0) {
          refuse();
        } else {
          said.scrollIntoView({ block: 'center' });
          announce(problemText(failed));
        }
      }
    });
  }

  // refuse shows what is wrong and leads to the first of it.
  function refuse() {
    showWrong();
    const first = Object.values(controls).find((control) => control.getAttribute('aria-invalid') === 'true');
    announce(t('form.wrong', { n: Object.keys(wrong).length }));
    first?.focus();
  }

  draw();
  if (where.view === 'edit') load();
  else main.querySelector('#field-Domain').focus({ preventScroll: true });
  return { draw, stop: () => leaving.abort() };
}
