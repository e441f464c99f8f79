// Every text that a person reads stands in the files text/en.js and text/zh.js,
// of what the pages share and of each page; a test of the package holds them
// complete. Messages of the server come from it in the same language.
const KEPT = 'csrd.language';

// languages are those there are: the code of the API's parameter Language, and
// the language's name for itself.
export const languages = {
  en: { api: 'en-US', html: 'en', name: 'English' },
  zh: { api: 'zh-CN', html: 'zh-CN', name: '中文' },
};

let language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
let texts = {};
let plural = new Intl.PluralRules('en');
let folders = [];
const listeners = [];

export const current = () => language;

// load reads the texts below folders, URLs, in the language that is set. It is
// awaited before anything is shown.
export async function load(...from) {
  folders = from;
  const files = await Promise.all(folders.map((folder) => import(new URL(`text/${language}.js`, folder).href)));
  texts = Object.assign({}, ...files.map((file) => file.default));
  plural = new Intl.PluralRules(languages[language].html);
  document.documentElement.lang = languages[language].html;
}

// use changes the language; those who listen show everything anew.
export async function use(chosen) {
  language = chosen;
  try { localStorage.setItem(KEPT, chosen); } catch { /* then it holds for this page */ }
  await load(...folders);
  for (const listener of listeners) listener();
}

export function onLanguage(listener) { listeners.push(listener); }

// t is the text of a key, its {names} replaced by values. Where a text has
// forms, the value n chooses: "one" or "other", as the language has them.
export function t(key, values = {}) {
  let text = texts[key];
  if (text === undefined) throw new Error(`there is no text ${key}`);
  if (typeof text === 'object') text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? number(values[name]) : String(values[name])));
}

// number writes a number as the language does.
export function number(n) { return n.toLocaleString(languages[language].html); }
