// The console.
import { h, show } from './shared/dom.js';
import * as i18n from './shared/i18n.js';
import * as session from './shared/session.js';
import { header } from './shared/header.js';
import { signInForm } from './shared/signin.js';

const { t } = i18n;
const main = document.getElementById('main');

function draw() {
  document.title = t('console.title');
  if (!session.current()) {
    show(main, h('section', { class: 'card signin-card' }, h('div', {}, h('h1', {}, t('signin.title')), h('p', { class: 'note' }, t('signin.lead'))), signInForm()));
    return;
  }
  show(main, h('h1', {}, t('list.title')));
}

await i18n.load(new URL('shared/', import.meta.url), new URL('./', import.meta.url));
header('console');
i18n.onLanguage(draw);
session.onChange(draw);
draw();
