// The panel of the calls that were made.
import { h, icon, show } from '../console/shared/dom.js';
import * as i18n from '../console/shared/i18n.js';
import * as history from './history.js';

const { t } = i18n;

// past is drawn anew each time. refill puts a call into the form, repeat makes
// it again.
export function past({ refill, repeat }) {
  const box = h('div', { class: 'stack', id: 'history' });
  function draw() {
    const list = history.calls();
    const when = (at) => new Date(at).toLocaleString(i18n.languages[i18n.current()].html, { dateStyle: 'short', timeStyle: 'medium' });
    show(box,
      h('p', { class: 'note' }, t('history.note')),
      list.length === 0 ? h('div', { class: 'empty' }, icon('refresh'), h('p', {}, t('history.empty')))
        : [h('ol', { class: 'calls' }, list.map((call) => h('li', {},
          h('div', { class: 'call-line' },
            h('span', { class: `badge ${call.code === 'OK' ? 'good' : 'bad'}` }, call.code),
            h('strong', {}, call.action),
            h('span', { class: 'note' }, `${when(call.at)} · ${t('explorer.ms', { n: call.duration })}`)),
          h('code', { class: 'call-parameters' }, JSON.stringify(call.parameters)),
          call.withheld.length > 0 && h('p', { class: 'note' }, t('history.withheld', { names: call.withheld.join(', ') })),
          call.requestId && h('p', { class: 'note' }, 'RequestId ', h('code', {}, call.requestId)),
          h('p', { class: 'row' },
            h('button', { type: 'button', class: 'button small', 'aria-label': `${t('history.refill')}: ${call.action}`, onclick: () => refill(call) }, icon('edit'), t('history.refill')),
            call.withheld.length === 0 && h('button', { type: 'button', class: 'button small', 'aria-label': `${t('history.repeat')}: ${call.action}`, onclick: () => repeat(call) }, icon('refresh'), t('history.repeat')))))),
        h('p', {}, h('button', { type: 'button', class: 'button small danger', id: 'clear-history', onclick: () => { history.clear(); draw(); } }, icon('trash'), t('history.clear')))]);
  }
  draw();
  return box;
}
