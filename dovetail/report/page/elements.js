// Elements and numbers. Text of a run reaches the page through text nodes and attributes alone.
'use strict';

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child);
  }
  return node;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** So many significant digits, without needless zeros; "–" for what is not there. */
function digits(value, count = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (typeof value !== 'number') return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(Math.max(0, count - 1)).replace('-', '−').replace('e+', 'e').replace('e-', 'e−');
  const decimals = Math.max(0, count - 1 - Math.floor(Math.log10(size)));
  return minus(String(Number(value.toFixed(Math.min(decimals, 12)))));
}
const minus = (text) => text.replace(/^-/, '−');

/** Ends at the first decimal that `error` changes; three digits without one. */
function upToError(value, error) {
  if (value === null || value === undefined) return '–';
  if (!error || !Number.isFinite(error)) return digits(value, 3);
  const place = -Math.floor(Math.log10(Math.abs(error)));
  if (Math.abs(value) >= 1e7 || place > 7) return digits(value, 4);
  return minus(value.toFixed(Math.max(0, place)));
}
const fixed = (value, decimals) => (value === null || value === undefined ? '–' : minus(value.toFixed(decimals)));
const whole = (value) => (value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en'));
const plural = (count, noun) => `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Any duration in the unit that people say. */
function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 120) return `${digits(seconds, 3)} s`;
  if (seconds < 7200) return `${digits(seconds / 60, 3)} min`;
  return `${digits(seconds / 3600, 3)} h`;
}

/**
 * A table that sorts by any column. `columns`: {name, help, word, text(row), key(row), bad(row), node(row)}; the first is the
 * row's header. Rows beyond `most` wait for a button.
 */
function sortableTable(caption, columns, rows, {most = 200, filter = null} = {}) {
  let order = rows.map((_, i) => i);
  let sorted = -1, descending = false, shown = most, wanted = '';
  const body = el('tbody');
  const status = el('span', {class: 'quiet small', role: 'status'});
  const more = el('button', {type: 'button', onclick: () => { shown = rows.length; draw(); }});
  const heads = columns.map((column, c) => el('th', {scope: 'col', title: column.help, class: column.word && 'word'},
      el('button', {type: 'button', onclick: () => sortBy(c)}, column.name)));
  function sortBy(c) {
    descending = sorted === c ? !descending : Boolean(columns[c].worstIsHigh);
    sorted = c;
    const key = columns[c].key || columns[c].text;
    const sign = descending ? -1 : 1;
    order = rows.map((_, i) => i).sort((a, b) => {
      const x = key(rows[a]), y = key(rows[b]);
      const none = (v) => v === null || v === undefined;
      if (none(x) || none(y)) return none(x) - none(y) || a - b;  // what is not there comes last
      return (x < y ? -sign : x > y ? sign : 0) || a - b;
    });
    heads.forEach((head, i) => {
      if (i === c) head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    draw();
  }
  function draw() {
    const found = wanted ? order.filter((i) => filter(rows[i]).toLowerCase().includes(wanted)) : order;
    body.replaceChildren(...found.slice(0, shown).map((i) => el('tr', {}, columns.map((column, c) => {
      const content = column.node ? column.node(rows[i]) : column.text(rows[i]);
      const style = [column.word && 'word', column.long && 'long', column.bad && column.bad(rows[i]) && 'bad'].filter(Boolean).join(' ');
      return el(c === 0 ? 'th' : 'td', {class: style || null, scope: c === 0 && 'row'}, content);
    }))));
    more.hidden = found.length <= shown;
    more.textContent = `Show all ${whole(found.length)} rows`;
    status.textContent = wanted || found.length > shown ? `${whole(Math.min(shown, found.length))} of ${whole(rows.length)} rows` : '';
  }
  draw();
  const input = filter && rows.length > 10 && el('label', {class: 'small'}, 'Find ',
      el('input', {type: 'search', oninput: (event) => { wanted = event.target.value.trim().toLowerCase(); draw(); }}));
  return [
    el('div', {class: 'tools'}, input, status),
    el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
        el('table', {class: 'data'}, el('caption', {}, caption), el('thead', {}, el('tr', {}, heads)), body)),
    more,
  ];
}

/** A small table without sorting: rows of texts under `head`. */
function plainTable(caption, head, rows, words = 1) {
  return el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
      el('table', {class: 'data'}, el('caption', {}, caption),
          head && el('thead', {}, el('tr', {}, head.map((name, c) => el('th', {scope: 'col', class: c < words && 'word'}, name)))),
          el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell, c) =>
            el(c === 0 ? 'th' : 'td', {scope: c === 0 && 'row', class: c < words && 'word long'}, cell)))))));
}

const tableOfContents = [];
/** Adds a section to the page and to its contents; returns it. */
function section(id, title, ...children) {
  const node = el('section', {id, 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title), children);
  document.getElementById('main').append(node);
  tableOfContents.push([id, title]);
  return node;
}
