// One table: sorted by any column, filtered by words, scrolled by drawing only the rows in sight. Every text is set as text.
const HEIGHT = 28; // px of a row, as table.css has it
const AROUND = 12; // rows drawn beyond those in sight
const WIDEST = 56; // characters of a column; the row that is chosen is shown in full
const UNKNOWN = 'unknown';
const ORDERS = { none: 'ascending', ascending: 'descending', descending: 'none' };
const SIGNS = { none: '', ascending: ' ▲', descending: ' ▼' };
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children); // strings become text nodes
  return element;
}

// The order of rows by one column; what is unknown comes last, whichever way.
function sorted(rows, column, direction) {
  if (direction === 'none') return rows;
  const sign = direction === 'ascending' ? 1 : -1;
  const values = column.keys || column.shown;
  const compare = column.keys ? (a, b) => a - b : collator.compare;
  return [...rows].sort((a, b) => {
    const [one, other] = [values[a], values[b]];
    if (one === null || other === null) {
      const unknown = (column.shown[a] === null) - (column.shown[b] === null);
      return (one === null) - (other === null) || unknown || a - b;
    }
    return sign * compare(one, other) || a - b;
  });
}

function filtered(count, haystacks, words) {
  const all = Array.from({ length: count }, (_, row) => row);
  return words.length ? all.filter((row) => words.every((word) => haystacks[row].includes(word))) : all;
}

function width(column) {
  const longest = column.shown.reduce((most, text) => Math.max(most, text === null ? UNKNOWN.length : text.length), 0);
  return Math.min(Math.max(longest, column.name.length + 2), WIDEST) + 3;
}

// A link within the view leads to its place in the same cell and opens what holds it, as a browser would.
function goTo(event, name, from) {
  event.preventDefault();
  const place = from.closest('.jp-Cell')?.querySelector(`#${CSS.escape(name)}`) || document.getElementById(name);
  for (let up = place; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true;
  const opened = place?.closest('details');
  opened?.scrollIntoView({ block: 'center' });
  opened?.querySelector('summary')?.focus();
}

function content(column, row) {
  const text = column.shown[row];
  if (text === null) return made('span', { class: 'ik-unknown' }, UNKNOWN);
  const to = column.to?.[row] || '';
  if (to.startsWith('#')) {
    const link = made('a', { href: to }, text);
    link.addEventListener('click', (event) => goTo(event, to.slice(1), link));
    return link;
  }
  if (to.startsWith('https://')) return made('a', { href: to, rel: 'noopener noreferrer', target: '_blank' }, text);
  return text;
}

function render({ model, el }) {
  const { caption, columns } = model.get('table');
  const count = columns.length ? columns[0].shown.length : 0;
  const haystacks = Array.from({ length: count }, (_, row) => columns.map((one) => one.shown[row] ?? UNKNOWN).join('\u0000').toLowerCase());
  let by = 0, direction = 'none', words = [], order = filtered(count, haystacks, words), current = -1;

  const input = made('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
  const said = made('p', { class: 'ik-live-said', role: 'status' });
  const name = caption || 'table';
  const headers = columns.map((column, index) => {
    const sign = made('span', { 'aria-hidden': 'true' });
    const button = made('button', { type: 'button', title: column.name }, column.name, sign);
    button.addEventListener('click', () => sort(index));
    return made('th', { scope: 'col', 'aria-sort': 'none', ...(column.kind === 'number' ? { class: 'ik-num' } : {}) }, button);
  });
  const widths = columns.map(width);
  const [above, below] = [0, 1].map(() => made('td', { colspan: String(columns.length) }));
  const spaces = [above, below].map((cell) => made('tbody', { class: 'ik-live-space', 'aria-hidden': 'true' }, made('tr', {}, cell)));
  const shown = made('tbody');
  const table = made('table', { 'aria-label': name },
    made('colgroup', {}, ...widths.map((wide) => { const col = made('col'); col.style.width = `${wide}ch`; return col; })),
    made('thead', {}, made('tr', { 'aria-rowindex': '1' }, ...headers)), spaces[0], shown, spaces[1]);
  table.style.width = `${widths.reduce((sum, wide) => sum + wide, 0)}ch`;
  const scroll = made('div', { class: 'ik-live-scroll', role: 'group', tabindex: '0', 'aria-label': `${name}: arrow keys choose a row` }, table);
  const whole = made('div', { class: 'ik-live-row', 'aria-live': 'polite' });
  // Keys pressed in here are not JupyterLab's: it would take an arrow for "next cell".
  const root = made('div', { class: 'ik-view ik-live', 'data-lm-suppress-shortcuts': 'true' },
    made('div', { class: 'ik-live-head' }, made('p', { class: 'ik-live-name' }, name), made('label', {}, 'Filter ', input), said),
    scroll, whole);

  function draw() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / HEIGHT) - AROUND);
    const last = Math.min(order.length, first + Math.ceil((scroll.clientHeight || 420) / HEIGHT) + 2 * AROUND);
    above.style.height = `${first * HEIGHT}px`;
    below.style.height = `${(order.length - last) * HEIGHT}px`;
    const rows = [];
    for (let at = first; at < last; at += 1) {
      const cells = columns.map((column) => made('td', column.kind === 'number' ? { class: 'ik-num' } : {}, content(column, order[at])));
      const row = made('tr', { 'aria-rowindex': String(at + 2), ...(at === current ? { 'aria-current': 'true' } : {}) }, ...cells);
      row.addEventListener('click', () => choose(at));
      rows.push(row);
    }
    shown.replaceChildren(...rows);
  }

  function tell() {
    const column = columns[by];
    const unknown = column && direction !== 'none' && column.shown.includes(null) ? ', unknown last' : '';
    const how = direction === 'none' ? 'in the order given' : `by ${column.name}, ${direction}${unknown}`;
    said.textContent = `${order.length} of ${count} rows, ${how}`;
    table.setAttribute('aria-rowcount', String(order.length + 1));
  }

  function again() {
    order = filtered(count, haystacks, words);
    if (columns.length) order = sorted(order, columns[by], direction);
    current = -1;
    whole.replaceChildren();
    scroll.scrollTop = 0;
    tell();
    draw();
  }

  function sort(index) {
    direction = index === by ? ORDERS[direction] : 'ascending';
    by = index;
    headers.forEach((header, at) => {
      const state = at === by ? direction : 'none';
      header.setAttribute('aria-sort', state);
      header.querySelector('span').textContent = SIGNS[state];
    });
    again();
  }

  function choose(at) {
    current = Math.min(Math.max(at, 0), order.length - 1);
    if (current < 0) return;
    const top = current * HEIGHT;
    const room = scroll.clientHeight - 2 * HEIGHT; // the head lies over the first row
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top > scroll.scrollTop + room) scroll.scrollTop = top - room;
    const pairs = columns.flatMap((column) => [made('dt', {}, column.name), made('dd', {}, content(column, order[current]))]);
    whole.replaceChildren(made('p', { class: 'ik-live-said' }, `Row ${current + 1} of ${order.length}`), made('dl', {}, ...pairs));
    draw();
  }

  scroll.addEventListener('keydown', (event) => {
    if (event.target !== scroll || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(scroll.clientHeight / HEIGHT) - 2);
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: order.length - 1 };
    if (!(event.key in to)) return;
    event.preventDefault();
    choose(to[event.key]);
  });
  let waiting = 0;
  scroll.addEventListener('scroll', () => { waiting ||= requestAnimationFrame(() => { waiting = 0; draw(); }); });
  input.addEventListener('input', () => {
    words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    again();
  });
  const resized = new ResizeObserver(draw);
  resized.observe(scroll);
  el.append(root);
  tell();
  draw();
  return () => resized.disconnect();
}

export default { render };
