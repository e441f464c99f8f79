// Tabs as the ARIA Authoring Practices have them: one stop in the tab order,
// arrow keys between them.
import { h, show, uniqueId } from '../console/shared/dom.js';

// tabs shows one of several panels. Each of items is { id, label, draw }, and
// draw returns what is in the panel, each time it is opened. chosen is told
// which was opened.
export function tabs(items, { label, open, chosen = () => {}, className = '' }) {
  const panel = h('div', { class: 'tab-panel', role: 'tabpanel', id: uniqueId('panel'), tabindex: '0' });
  const buttons = items.map((item) => h('button', {
    type: 'button', role: 'tab', id: uniqueId('tab'), 'data-tab': item.id, 'aria-controls': panel.id, onclick: () => choose(item.id),
  }, item.label));

  function choose(id) {
    const index = Math.max(0, items.findIndex((item) => item.id === id));
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', buttons[index].id);
    show(panel, items[index].draw());
    chosen(items[index].id);
  }

  function move(event) {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + buttons.length) % buttons.length;
    buttons[next].focus();
    choose(items[next].id);
  }

  const element = h('div', { class: `tabs ${className}` }, h('div', { role: 'tablist', class: 'tab-list', 'aria-label': label, onkeydown: move }, buttons), panel);
  choose(open);
  return { element, choose };
}
