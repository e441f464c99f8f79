// The head of every page: where one is, language, colours, who is signed in.
import { h, icon, show } from './dom.js';
import * as i18n from './i18n.js';
import * as session from './session.js';
import { endpoint } from './api.js';

const { t } = i18n;
const THEME = 'csrd.theme';

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
};

// header fills the element #top; page is "console" or "explorer".
export function header(page) {
  const top = document.getElementById('top');
  const draw = (focused) => {
    show(top,
      h('a', { class: 'skip', href: '#main' }, t('header.skip')),
      h('a', { class: 'brand', href: new URL('console/', endpoint).href, 'aria-label': t('header.home') },
        h('img', { src: new URL('console/shared/icon.svg', endpoint).href, alt: '', width: '26', height: '26' }), h('span', {}, 'csrd')),
      h('nav', { 'aria-label': t('header.pages') },
        ['console', 'explorer'].map((name) => h('a', { href: new URL(`${name}/`, endpoint).href, 'aria-current': name === page ? 'page' : null }, t(`header.${name}`)))),
      h('div', { class: 'tools' }, account(), languageButton(), themeButton()));
    if (focused) top.querySelector(focused)?.focus();
  };

  function account() {
    const credential = session.current();
    if (!credential) return null;
    return h('div', { class: 'account' },
      h('span', { class: 'who', title: credential.secretId }, icon('user'), h('span', { class: 'visually-hidden' }, t('header.signedIn')), h('code', {}, credential.secretId)),
      h('button', { type: 'button', class: 'button small', id: 'sign-out', onclick: () => session.signOut() }, t('header.signOut')));
  }

  function languageButton() {
    const other = i18n.current() === 'zh' ? 'en' : 'zh';
    const { name, html } = i18n.languages[other];
    return h('button', { type: 'button', class: 'button small quiet', id: 'language', lang: html, onclick: () => i18n.use(other) }, name);
  }

  function themeButton() {
    const dark = isDark();
    const label = t(dark ? 'header.light' : 'header.dark');
    return h('button', { type: 'button', class: 'button small quiet square', id: 'theme', 'aria-label': label, title: label, onclick: () => {
      const chosen = dark ? 'light' : 'dark';
      document.documentElement.dataset.theme = chosen;
      try { localStorage.setItem(THEME, chosen); } catch { /* then it holds for this page */ }
      draw('#theme');
    } }, icon(dark ? 'sun' : 'moon'));
  }

  i18n.onLanguage(() => draw('#language'));
  session.onChange(() => draw());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());
  draw();
}
