// The console: a client of the API that shows and keeps the CSRs of an account.
import { h, show } from './shared/dom.js';
import * as i18n from './shared/i18n.js';
import * as session from './shared/session.js';
import { header } from './shared/header.js';
import { metadata } from './shared/api.js';
import { problemBox } from './shared/problem.js';
import { signInForm } from './shared/signin.js';
import * as route from './route.js';
import { listView } from './list.js';
import { detailView } from './detail.js';
import { formView } from './form.js';

const { t } = i18n;
const main = document.getElementById('main');

const views = { list: listView, csr: detailView, new: formView, edit: formView };

let view = null; // what is shown: { draw, stop, update }
let shown = ''; // its name among the views

// enter shows what the URL says: a view of its own, or another page of the list.
async function enter() {
  const where = route.current();
  const name = session.current() ? where.view : 'signin';
  if (name === shown && view.update) {
    view.update(where);
    return;
  }
  view?.stop?.();
  shown = name;
  scrollTo(0, 0);
  if (name === 'signin') {
    view = { draw: drawSignIn };
    view.draw();
    return;
  }
  try {
    const known = await metadata();
    if (shown === name) view = views[name](main, where, known);
  } catch (problem) {
    shown = 'problem';
    view = { draw: () => show(main, problemBox(problem, enter)) };
    view.draw();
  }
}

function drawSignIn() {
  document.title = t('console.title');
  show(main, h('section', { class: 'card signin-card' },
    h('div', {}, h('h1', {}, t('signin.title')), h('p', { class: 'note' }, t('signin.lead'))),
    signInForm()));
  main.querySelector('input')?.focus();
}

await i18n.load(new URL('shared/', import.meta.url), new URL('./', import.meta.url));
header('console');
i18n.onLanguage(() => view?.draw());
session.onChange(() => { shown = ''; enter(); });
route.onChange(enter);
enter();
