// One CSR: what it is for, its text, its key when that is asked for, and what
// it really contains.
import { announce, h, icon, show } from './shared/dom.js';
import { t } from './shared/i18n.js';
import { problemBox, problemText } from './shared/problem.js';
import { copyButton } from './shared/copy.js';
import { DRAFT, busy, call, download, fileName, keyName, statusBadge, toLink, toast } from './parts.js';
import { askToDelete } from './remove.js';
import { inspection } from './inspection.js';
import { secrets } from './secrets.js';
import * as route from './route.js';

// What of a record stands under the subject, by the names of parameters, and
// where a response has it under another.
const SUBJECT = ['Domain', 'SubjectAltName', 'Organization', 'Department', 'Email', 'Province', 'City', 'Country', 'Remark'];
const RESPONSE = { Remark: 'Remarks' };

// detailView shows the CSR that where names in main.
export function detailView(main, where) {
  const leaving = new AbortController();
  const key = secrets(where.id, leaving.signal);
  const looked = inspection(leaving.signal);
  let record = null;
  let problem = null;

  async function load() {
    problem = null;
    try {
      record = await call('DescribeCSRRecord', { CSRId: where.id }, leaving.signal);
    } catch (failed) {
      if (leaving.signal.aborted) return;
      problem = failed;
      announce(problemText(problem));
    }
    draw();
    main.querySelector('h1')?.focus({ preventScroll: true });
    if (record?.CSR) looked.load(record.CSR);
  }

  // Who may DescribeCSR and not DescribeCSRRecord is shown the CSR when that is
  // asked for: it may be a key read, so it goes on record as one.
  async function describe() {
    try {
      const { PrivateKey, KeyPassword, ...answer } = await call('DescribeCSR', { CSRId: where.id }, leaving.signal);
      record = { ...answer, Tags: [], SPKISHA256: '', HasPrivateKey: PrivateKey !== null, HasKeyPassword: KeyPassword !== null };
    } catch (failed) {
      if (leaving.signal.aborted) return;
      problem = failed;
    }
    draw();
    if (record?.CSR) looked.load(record.CSR);
  }

  const back = () => toLink({ view: 'list' }, { class: 'back', id: 'back' }, icon('back'), t('detail.back'));

  function draw() {
    document.title = record ? `${record.Domain} – ${t('console.title')}` : t('console.title');
    if (!record) {
      show(main, h('p', {}, back()), problem
        ? [h('h1', { tabindex: '-1' }, t('detail.title', { id: String(where.id) })), problemBox(problem, load),
          problem.code === 'AuthFailure.UnauthorizedOperation' && problem.action === 'DescribeCSRRecord' && h('p', { class: 'row instead' },
            h('button', { type: 'button', class: 'button', id: 'describe', onclick: describe }, t('detail.describe')), h('span', { class: 'note' }, t('detail.describeNote')))]
        : h('div', { class: 'card skeleton', 'aria-hidden': 'true' }, Array.from({ length: 8 }, () => h('div', {}))));
      return;
    }
    const draft = record.Status === DRAFT;
    const said = h('div', { id: 'said' });
    show(main,
      h('p', {}, back()),
      h('div', { class: 'view-head' },
        h('div', {},
          h('h1', { tabindex: '-1' }, record.Domain || t('detail.noDomain')),
          h('p', { class: 'row quiet' }, statusBadge(record.Status), h('span', { class: 'mono' }, `#${record.Id}`), h('span', { class: 'mono' }, keyName(record)), h('span', {}, t('detail.created', { time: record.CreateTime })))),
        h('div', { class: 'row' },
          draft && toLink({ view: 'edit' }, { class: 'button', id: 'edit' }, icon('edit'), t('detail.edit')),
          draft && generateButton(said),
          h('button', { type: 'button', class: 'button danger', id: 'delete', onclick: remove }, icon('trash'), t('list.delete')))),
      said,
      h('div', { class: 'columns' },
        h('div', { class: 'stack' }, subject(), draft ? null : looked.card),
        h('div', { class: 'stack' }, text(draft), key.card(record))));
    looked.draw();
  }

  function subject() {
    const value = (name) => {
      const held = record[RESPONSE[name] ?? name];
      if (Array.isArray(held)) return held.length ? h('ul', { class: 'plain' }, held.map((one) => h('li', {}, one))) : '–';
      return held || '–';
    };
    return h('section', { class: 'card panel', 'aria-labelledby': 'subject-title' },
      h('h2', { id: 'subject-title' }, t('detail.subject')),
      h('dl', { class: 'pairs' },
        SUBJECT.map((name) => [h('dt', {}, t(`field.${name}`)), h('dd', { 'data-field': name }, value(name))]),
        record.Tags.length > 0 && [h('dt', {}, t('field.Tags')), h('dd', { class: 'row' }, record.Tags.map((tag) => h('span', { class: 'badge' }, tag.TagValue ? `${tag.TagKey}: ${tag.TagValue}` : tag.TagKey)))],
        h('dt', {}, t('detail.owner')), h('dd', { class: 'mono' }, record.OwnerUin),
        record.SPKISHA256 && [h('dt', {}, t('detail.spki')), h('dd', { class: 'mono' }, record.SPKISHA256)]));
  }

  function text(draft) {
    return h('section', { class: 'card panel', 'aria-labelledby': 'csr-title' },
      h('div', { class: 'panel-head' }, h('h2', { id: 'csr-title' }, 'CSR'),
        !draft && h('div', { class: 'row' },
          copyButton(() => record.CSR, t('detail.copy'), { id: 'copy-csr' }),
          h('button', { type: 'button', class: 'button small', id: 'download-csr', onclick: () => download(fileName(record, 'csr'), record.CSR) }, icon('down'), t('detail.download')))),
      draft ? h('p', { class: 'quiet' }, t('detail.noCSR')) : h('pre', { class: 'pem', id: 'csr', tabindex: '0', 'aria-label': t('detail.csrText') }, record.CSR.trim()));
  }

  function generateButton(said) {
    const button = h('button', { type: 'button', class: 'button primary', id: 'generate', onclick: () => busy(button, generate) }, icon('key'), t('detail.generate'));
    async function generate() {
      show(said);
      try {
        await call('ModifyCSR', { CSRId: record.Id, Generate: true }, leaving.signal);
      } catch (failed) {
        if (leaving.signal.aborted) return;
        show(said, problemBox(failed));
        announce(problemText(failed));
        return;
      }
      toast(t('detail.generated', { id: String(record.Id) }));
      await load();
    }
    return button;
  }

  function remove() {
    askToDelete([record], () => route.go({ view: 'list' }));
  }

  draw();
  load();
  return { draw, stop: () => { leaving.abort(); key.hide(); } };
}
