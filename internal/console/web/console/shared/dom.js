// Elements are made here and nowhere else, and only of texts: nothing that a
// server or a person wrote is ever read as HTML. The page's policy refuses it
// besides.

// h makes an element. Properties that are functions listen to the event they
// are named after (onclick); true sets an empty attribute, false and null none.
// Children are elements and texts; null and false are left out.
export function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

const SVG = 'http://www.w3.org/2000/svg';

// icon is a small drawing of one path; it says nothing to screen readers.
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', icons[name]);
  svg.append(path);
  return svg;
}

const icons = {
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19',
  moon: 'M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  down: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  refresh: 'M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6',
  plus: 'M12 5v14M5 12h14',
  first: 'M18 6l-6 6 6 6M6 6v12',
  previous: 'M15 6l-6 6 6 6',
  next: 'M9 6l6 6-6 6',
  last: 'M6 6l6 6-6 6M18 6v12',
  back: 'M19 12H5M11 6l-6 6 6 6',
  eye: 'M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  hide: 'M3 3l18 18M10.6 5.1A10 10 0 0 1 12 5c6.4 0 10 7 10 7a17 17 0 0 1-3 3.9M6.6 6.6A17 17 0 0 0 2 12s3.6 7 10 7a10 10 0 0 0 5.4-1.6',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4',
  key: 'M14.5 3a6.5 6.5 0 0 0-6.2 8.5L3 16.8V21h4.2v-2.3h2.3v-2.3l2-2A6.5 6.5 0 1 0 14.5 3zM16.5 7.5h.01',
  warn: 'M12 3 2 20h20zM12 10v4M12 17h.01',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21',
  close: 'M6 6l12 12M18 6 6 18',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 3.6-6 8-6s8 2 8 6',
};

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'indeterminate') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

// show puts children in the place of all that an element holds.
export function show(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

let serial = 0;

// uniqueId is an id that no other element has, for labels and descriptions.
export function uniqueId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

// announce has screen readers say a text; the page needs an element #live.
export function announce(text) {
  const live = document.getElementById('live');
  live.textContent = '';
  // Two frames: the same text twice is said twice.
  requestAnimationFrame(() => requestAnimationFrame(() => { live.textContent = text; }));
}
