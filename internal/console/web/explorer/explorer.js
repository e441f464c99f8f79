// The API Explorer.
import { h, show } from '../console/shared/dom.js';
import * as i18n from '../console/shared/i18n.js';
import { metadata } from '../console/shared/api.js';
import { header } from '../console/shared/header.js';

const { t } = i18n;
const main = document.getElementById('main');

async function draw() {
  const { Products } = await metadata();
  document.title = t('explorer.title');
  show(main, h('h1', {}, t('explorer.title')),
    Products.map((product) => [
      h('h2', {}, `${product.Name} ${product.Version}`),
      h('ul', {}, product.Actions.map((action) => h('li', {}, h('code', {}, action.Name), ' ', action.Summary))),
    ]));
}

await i18n.load(new URL('../console/shared/', import.meta.url), new URL('./', import.meta.url));
header('explorer');
i18n.onLanguage(draw);
await draw();
