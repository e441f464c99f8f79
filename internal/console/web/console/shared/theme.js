// Runs before the first paint, so that neither colours nor language jump.
(function () {
  'use strict';
  let kept = {};
  try {
    kept = { theme: localStorage.getItem('csrd.theme'), language: localStorage.getItem('csrd.language') };
  } catch { /* a browser that keeps nothing: what it prefers counts */ }
  const root = document.documentElement;
  if (kept.theme === 'light' || kept.theme === 'dark') root.dataset.theme = kept.theme;
  const language = kept.language || navigator.language || 'en';
  root.lang = language.startsWith('zh') ? 'zh-CN' : 'en';
})();
