// The list of CSRs: filters, table, pages, and what is done to several at once.
import { announce, h, icon, show } from './shared/dom.js';
import { number, t } from './shared/i18n.js';
import { problemBox, problemText } from './shared/problem.js';
import { call, keyName, statusBadge, toLink } from './parts.js';
import { askToDelete } from './remove.js';
import { pager } from './pager.js';
import * as route from './route.js';

const SIZES = [10, 20, 50, 100];

// COLUMNS are those of the table, with the texts of their heads.
const COLUMNS = {
  id: 'list.id', Domain: 'field.Domain', Organization: 'field.Organization', algorithm: 'list.algorithm', status: 'list.status', Remark: 'field.Remark', created: 'list.created',
};

// listView shows the list in main, as where says. known is what the server
// publishes.
export function listView(main, where, known) {
  const leaving = new AbortController();
  const selected = new Map(); // records by id
  const limit = known.Products.flatMap((p) => p.Actions).find((a) => a.Name === 'DescribeCSRSet').Params.find((p) => p.Name === 'Limit');
  const algorithms = [...new Set(known.Known.map((kind) => kind.EncryptAlgo))];
  let page = null; // the response of DescribeCSRSet, of shown
  let shown = where;
  let problem = null;
  let asked = 0;
  let parts;

  const filtered = () => Boolean(shown.domain || shown.algorithm);

  async function load() {
    const wanted = { ...where, size: Math.min(where.size, limit.Max) };
    const mine = ++asked;
    parts.body.setAttribute('aria-busy', 'true');
    const parameters = { Limit: wanted.size, Offset: (wanted.page - 1) * wanted.size };
    if (wanted.domain) parameters.Domain = wanted.domain;
    if (wanted.algorithm) parameters.EncryptAlgo = wanted.algorithm;
    let failed = null;
    let answer;
    try {
      answer = await call('DescribeCSRSet', parameters, leaving.signal);
    } catch (error) {
      failed = error;
    }
    if (leaving.signal.aborted || mine !== asked) return; // someone is elsewhere already
    problem = failed;
    if (answer) {
      page = answer;
      shown = wanted;
      selected.clear();
    }
    drawBody();
    announce(problem ? problemText(problem) : rangeText());
  }

  const pages = () => Math.max(1, Math.ceil(page.Total / shown.size));

  function rangeText() {
    if (page.Total === 0) return t(filtered() ? 'list.noneFiltered' : 'list.none');
    if (page.Set.length === 0) return t('list.past', { n: page.Total });
    const from = (shown.page - 1) * shown.size + 1;
    return t('list.range', { from, to: from + page.Set.length - 1, n: page.Total });
  }

  function draw() {
    document.title = t('console.title');
    parts = {
      total: h('span', { class: 'badge accent', id: 'total', hidden: true }),
      body: h('div', { class: 'list-body', id: 'list' }),
      remove: h('button', { type: 'button', class: 'button danger', id: 'delete-selected', disabled: true, onclick: remove }),
    };
    show(main,
      h('div', { class: 'view-head' },
        h('h1', { tabindex: '-1' }, t('list.title'), ' ', parts.total),
        h('div', { class: 'row' },
          parts.remove,
          h('button', { type: 'button', class: 'button', id: 'refresh', onclick: () => load() }, icon('refresh'), t('list.refresh')),
          toLink({ view: 'new' }, { class: 'button primary', id: 'new' }, icon('plus'), t('list.new')))),
      filters(),
      parts.body);
    parts.set();
    drawBody();
  }

  function filters() {
    const domain = h('input', { id: 'filter-domain', type: 'search', placeholder: 'www.example.com', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none' });
    const algorithm = h('select', { id: 'filter-algorithm', onchange: apply });
    const size = h('select', { id: 'page-size', onchange: apply });
    const reset = h('button', { type: 'button', class: 'button quiet', id: 'clear', onclick: () => { clear(); domain.focus(); } }, t('list.clear'));

    // set has the controls say what the URL does.
    parts.set = () => {
      domain.value = where.domain;
      const names = algorithms.includes(where.algorithm) || !where.algorithm ? algorithms : [...algorithms, where.algorithm];
      show(algorithm, h('option', { value: '' }, t('list.any')), names.map((name) => h('option', { value: name }, name)));
      algorithm.value = where.algorithm;
      const sizes = [...new Set([...SIZES.filter((n) => n <= limit.Max), Math.min(where.size, limit.Max)])].sort((x, y) => x - y);
      show(size, sizes.map((n) => h('option', { value: String(n) }, String(n))));
      size.value = String(Math.min(where.size, limit.Max));
      reset.disabled = !where.domain && !where.algorithm;
    };

    function apply(event) {
      event.preventDefault();
      route.go({ domain: domain.value.trim(), algorithm: algorithm.value, size: Number(size.value), page: 1 });
    }
    // The cross in a search field clears it, and says so by this event.
    domain.addEventListener('search', (event) => { if (domain.value.trim() !== where.domain) apply(event); });
    return h('form', { class: 'card filters', role: 'search', 'aria-label': t('list.filters'), onsubmit: apply },
      h('div', { class: 'field grow' }, h('label', { for: 'filter-domain' }, t('field.Domain')), domain),
      h('div', { class: 'field' }, h('label', { for: 'filter-algorithm' }, t('list.algorithm')), algorithm),
      h('div', { class: 'field' }, h('label', { for: 'page-size' }, t('list.size')), size),
      h('div', { class: 'row end' }, h('button', { type: 'submit', class: 'button', id: 'apply' }, icon('search'), t('list.apply')), reset));
  }

  const clear = () => route.go({ domain: '', algorithm: '', page: 1 });

  function drawBody() {
    const { body, total } = parts;
    body.setAttribute('aria-busy', String(!page && !problem));
    total.hidden = !page;
    if (page) total.textContent = number(page.Total);
    drawSelection();
    if (problem) {
      show(body, problemBox(problem, load), page && page.Set.length > 0 && [table(), pager(shown.page, pages(), rangeText())]);
      return;
    }
    if (!page) {
      show(body, h('div', { class: 'card skeleton', 'aria-hidden': 'true' }, Array.from({ length: 8 }, () => h('div', {}))));
      return;
    }
    if (page.Total === 0) show(body, filtered() ? nothingFound() : beginHere());
    else if (page.Set.length === 0) show(body, pastTheEnd());
    else show(body, table(), pager(shown.page, pages(), rangeText()));
  }

  function table() {
    const all = h('input', { type: 'checkbox', id: 'select-all', 'aria-label': t('list.selectAll'), onchange: () => {
      for (const record of page.Set) {
        if (all.checked) selected.set(record.Id, record);
        else selected.delete(record.Id);
      }
      for (const box of parts.body.querySelectorAll('tbody input')) box.checked = all.checked;
      drawSelection();
    } });
    const label = (name) => t(COLUMNS[name]);
    const cell = (name, properties, ...children) => h('td', { role: 'cell', 'data-label': label(name), ...properties }, children);
    return h('div', { class: 'card table-card' }, h('table', { class: 'csrs', role: 'table', 'aria-label': t('list.title') },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' },
        h('th', { role: 'columnheader', scope: 'col', class: 'pick' }, all),
        Object.keys(COLUMNS).map((name) => h('th', { role: 'columnheader', scope: 'col', class: `c-${name}` }, label(name))))),
      h('tbody', { role: 'rowgroup' }, page.Set.map((record) => {
        const open = { view: 'csr', id: record.Id };
        return h('tr', { role: 'row', 'data-id': record.Id, onclick: (event) => {
          if (!event.target.closest('a, input, .pick') && !getSelection().toString()) route.go(open);
        } },
        h('td', { role: 'cell', class: 'pick' }, h('input', { type: 'checkbox', 'aria-label': t('list.select', { id: String(record.Id), domain: record.Domain }),
          checked: selected.has(record.Id), onchange: (event) => {
            if (event.target.checked) selected.set(record.Id, record);
            else selected.delete(record.Id);
            drawSelection();
          } })),
        cell('id', { class: 'num' }, String(record.Id)),
        cell('Domain', { class: 'c-Domain' }, toLink(open, { title: record.Domain }, record.Domain || t('detail.noDomain'))),
        cell('Organization', { class: 'cut', title: record.Organization }, record.Organization),
        cell('algorithm', { class: 'mono still' }, keyName(record)),
        cell('status', {}, statusBadge(record.Status)),
        cell('Remark', { class: 'cut quiet', title: record.Remarks }, record.Remarks),
        cell('created', { class: 'num still quiet' }, record.CreateTime));
      }))));
  }

  function drawSelection() {
    const { remove: button } = parts;
    button.disabled = selected.size === 0;
    show(button, icon('trash'), selected.size ? t('list.deleteSome', { n: selected.size }) : t('list.delete'));
    const all = parts.body.querySelector('#select-all');
    if (all) {
      all.checked = selected.size === page.Set.length;
      all.indeterminate = selected.size > 0 && !all.checked;
    }
  }

  function remove() {
    askToDelete([...selected.values()], () => load());
  }

  const empty = (drawing, title, ...children) => h('div', { class: 'card empty' }, icon(drawing), h('h2', {}, title), children);

  function beginHere() {
    return empty('key', t('empty.title'),
      h('p', {}, t('empty.lead')),
      h('p', {}, toLink({ view: 'new' }, { class: 'button primary', id: 'begin' }, icon('plus'), t('empty.create'))),
      h('p', { class: 'note' }, t('empty.import')),
      h('pre', {}, 'csrd import /etc/ssl/requests'));
  }

  const nothingFound = () => empty('search', t('list.noneFiltered'),
    h('p', {}, t('list.noneFilteredLead')),
    h('p', {}, h('button', { type: 'button', class: 'button', onclick: clear }, t('list.clear'))));

  const pastTheEnd = () => empty('last', t('list.past', { n: page.Total }),
    h('p', {}, h('button', { type: 'button', class: 'button', onclick: () => route.go({ page: pages() }) }, t('list.toLast'))));

  draw();
  load();
  return {
    draw,
    stop: () => leaving.abort(),
    // Another page or filter of the same list: what is there stays until it is known.
    update(next) {
      where = next;
      parts.set();
      load();
    },
  };
}
