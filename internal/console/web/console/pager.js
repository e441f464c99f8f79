// The pages of a list: to the first, the one before, the next, the last, or any.
import { h, icon } from './shared/dom.js';
import { number, t } from './shared/i18n.js';
import * as route from './route.js';

// pager returns the controls of page of pages; text says what the page shows.
export function pager(page, pages, text) {
  const to = (id, wanted, label, drawing) => h('button', {
    type: 'button', class: 'button small square', id, 'aria-label': label, title: label, disabled: wanted < 1 || wanted > pages || wanted === page,
    onclick: () => {
      route.go({ page: wanted });
      keepFocus(id);
    },
  }, icon(drawing));
  const jump = h('input', { id: 'jump', type: 'text', inputmode: 'numeric', value: String(page), 'aria-label': t('pager.jump', { pages }), maxlength: String(String(pages).length) });
  return h('nav', { class: 'pager', 'aria-label': t('pager.label') },
    h('span', { class: 'quiet', id: 'range' }, text),
    h('div', { class: 'row' },
      to('first', 1, t('pager.first'), 'first'),
      to('previous', page - 1, t('pager.previous'), 'previous'),
      h('form', { class: 'row jump', onsubmit: (event) => {
        event.preventDefault();
        const wanted = Math.min(pages, Math.max(1, Number.parseInt(jump.value, 10) || page));
        route.go({ page: wanted });
        keepFocus('jump');
      } }, h('span', { 'aria-hidden': 'true' }, t('pager.page')), jump, h('span', { 'aria-hidden': 'true' }, t('pager.of', { pages: number(pages) }))),
      to('next', page + 1, t('pager.next'), 'next'),
      to('last', pages, t('pager.last'), 'last')));
}

// keepFocus puts the focus back on the control that was used, once the page is
// there; at an end, where it can be used no more, on the page's number.
function keepFocus(id) {
  const list = document.getElementById('list');
  const observer = new MutationObserver(() => {
    const control = document.getElementById(id);
    if (!control) return;
    observer.disconnect();
    (control.disabled ? document.getElementById('jump') : control).focus();
  });
  observer.observe(list, { childList: true, subtree: true });
}
