// The question before CSRs are deleted, and what came of it.
import { announce, h, icon, show } from './shared/dom.js';
import { t } from './shared/i18n.js';
import { problemBox, problemText } from './shared/problem.js';
import { busy, call, statusBadge, toast } from './parts.js';

// askToDelete asks whether records are to be deleted, naming each, and deletes
// them. done is called after something may have been deleted.
export function askToDelete(records, done) {
  const said = h('div', {});
  const heading = h('h2', { id: 'ask-title', tabindex: '-1' }, t('remove.title', { n: records.length }));
  const list = h('ul', { class: 'named', id: 'to-delete', tabindex: '0', 'aria-label': t('remove.these') }, records.map((r) => line(r, statusBadge(r.Status))));
  const cancel = h('button', { type: 'button', class: 'button', id: 'cancel', autofocus: true, onclick: () => dialog.close() }, t('remove.cancel'));
  const confirm = h('button', { type: 'button', class: 'button primary danger', id: 'confirm', onclick: () => busy(confirm, remove) }, icon('trash'), t('remove.confirm', { n: records.length }));
  const note = h('p', { class: 'note' }, t('remove.note'));
  const dialog = h('dialog', { 'aria-labelledby': 'ask-title', onclose: () => dialog.remove() },
    h('div', { class: 'dialog-body' }, heading, note, list, said, h('div', { class: 'dialog-actions' }, cancel, confirm)));

  function line(record, state) {
    return h('li', {}, h('span', { class: 'num quiet' }, `#${record.Id}`), h('span', { class: 'grow' }, record.Domain), state);
  }

  async function remove() {
    let deleted;
    try {
      deleted = new Set((await call('BatchDeleteCSR', { CSRIds: records.map((r) => r.Id) })).Success);
    } catch (problem) {
      show(said, problemBox(problem));
      announce(problemText(problem));
      if (problem.kind !== 'api') done(); // it may have been done
      return;
    }
    done();
    if (deleted.size === records.length) {
      dialog.close();
      toast(t('remove.done', { n: deleted.size }));
      return;
    }
    // Some were not there any more: say which.
    heading.textContent = t('remove.partial', { n: deleted.size, all: records.length });
    note.textContent = t('remove.partialNote');
    show(list, records.map((r) => line(r, deleted.has(r.Id)
      ? h('span', { class: 'badge good' }, icon('done'), t('remove.deleted'))
      : h('span', { class: 'badge bad' }, t('remove.notThere')))));
    show(said);
    confirm.remove();
    cancel.textContent = t('remove.close');
    cancel.focus();
    announce(heading.textContent);
  }

  document.body.append(dialog);
  dialog.showModal();
}
