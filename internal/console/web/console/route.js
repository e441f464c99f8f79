// Where one is, as the URL says: which view, and the filter and page of the
// list, which stay when a CSR is opened. Nothing secret is in it.

const WHOLE = /^[1-9]\d{0,15}$/;

const whole = (text, otherwise) => (WHOLE.test(text ?? '') ? Number(text) : otherwise);

// SIZE is how many CSRs a page has where the URL does not say.
export const SIZE = 20;

let changed = () => {};

// current reads the URL.
export function current() {
  const q = new URLSearchParams(location.search);
  const route = {
    view: 'list', id: 0,
    domain: q.get('Domain') ?? '', algorithm: q.get('EncryptAlgo') ?? '', size: whole(q.get('Limit'), SIZE), page: whole(q.get('Page'), 1),
  };
  if (q.has('CSRId')) Object.assign(route, { view: q.has('edit') ? 'edit' : 'csr', id: whole(q.get('CSRId'), 0) });
  else if (q.has('new')) route.view = 'new';
  return route;
}

// href is the URL of the route that changes make of the current one.
export function href(changes) {
  const route = { ...current(), ...changes };
  const q = new URLSearchParams();
  if (route.domain) q.set('Domain', route.domain);
  if (route.algorithm) q.set('EncryptAlgo', route.algorithm);
  if (route.size !== SIZE) q.set('Limit', route.size);
  if (route.page > 1) q.set('Page', route.page);
  if (route.view === 'new') q.set('new', '');
  if (route.view === 'csr' || route.view === 'edit') q.set('CSRId', route.id);
  if (route.view === 'edit') q.set('edit', '');
  const query = q.toString().replace(/=(?=&|$)/g, '');
  return query ? `?${query}` : location.pathname;
}

// go changes the route; replace leaves no way back to the one before.
export function go(changes, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', href(changes));
  changed();
}

// onChange is told of every change, the browser's back and forward too.
export function onChange(listener) {
  changed = listener;
  addEventListener('popstate', listener);
}

// follow makes a link change the route without a page load, unless it is to
// open elsewhere.
export function follow(changes) {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(changes);
  };
}
