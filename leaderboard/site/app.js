// Sorts and filters the tables of cells. The pages are complete without it; the numbers come from data.js. Text only
// ever becomes text (textContent), and the state is kept in the address: #0.Attack=blend_0.1&0.sort=-10
'use strict';
(function () {
  const data = window.dfkdData;
  if (!data || data.schema !== 'site.v1') return;
  const filterColumns = [0, 1, 2, 3, 4, 6];

  function element(tag, text, parent) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  function readState() {
    return location.hash.includes('=') ? new URLSearchParams(location.hash.slice(1))
                                       : new URLSearchParams();
  }

  function writeState(key, value) {
    const state = readState();
    if (value) state.set(key, value); else state.delete(key);
    const text = state.toString();
    try {
      history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
    } catch (refused) {
      // Some browsers refuse this for file://; the table works without an address.
    }
  }

  // Missing values are last in both directions.
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === 'number' ? a - b : a.localeCompare(b, 'en', {numeric: true}));
  }

  function enhance(table) {
    const number = table.dataset.matrix;
    const matrix = data.matrices[number];
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map((row, i) => ({row, values: matrix.rows[i]}));
    if (rows.length !== matrix.rows.length) return;
    const heads = Array.from(table.tHead.rows[0].cells);
    const form = element('form');
    form.className = 'filters';
    form.addEventListener('submit', event => event.preventDefault());
    const selects = [];
    const key = column => number + '.' + data.columns[column];

    const label = element('label', 'Search', form);
    const search = element('input', '', label);
    search.type = 'search';

    for (const column of filterColumns) {
      const values = Array.from(new Set(rows.map(row => row.values[column]))).sort();
      if (values.length < 2) continue;
      const name = element('label', data.columns[column], form);
      const select = element('select', '', name);
      element('option', 'all', select).value = '';
      for (const value of values) element('option', value, select).value = value;
      select.addEventListener('change', () => { writeState(key(column), select.value); filter(); });
      selects.push({column, select});
    }
    const reset = element('button', 'Show all', form);
    reset.type = 'button';
    const shown = element('p', '', form);
    shown.className = 'shown';
    shown.setAttribute('role', 'status');

    function filter() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const {row, values} of rows) {
        const text = values.slice(0, 7).join(' ').toLowerCase();
        const visible = words.every(word => text.includes(word)) &&
            selects.every(({column, select}) => !select.value || values[column] === select.value);
        row.hidden = !visible;
        count += visible;
      }
      shown.textContent = count + ' of ' + rows.length + ' cells shown';
      reset.disabled = count === rows.length;
    }

    function sort(column, sign) {
      const order = rows.slice().sort(
          (a, b) => compare(a.values[column], b.values[column], sign));
      body.append(...order.map(({row}) => row));
      heads.forEach((head, i) => {
        if (i === column) head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
        else head.removeAttribute('aria-sort');
      });
    }

    heads.forEach((head, column) => {
      const button = element('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.appendChild(button);
      button.addEventListener('click', () => {
        const sign = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
        writeState(number + '.sort', (sign < 0 ? '-' : '') + column);
        sort(column, sign);
      });
    });

    search.addEventListener('input', () => { writeState(number + '.q', search.value); filter(); });
    reset.addEventListener('click', () => {
      search.value = '';
      writeState(number + '.q', '');
      for (const {column, select} of selects) { select.value = ''; writeState(key(column), ''); }
      filter();
      search.focus();
    });

    function restore() {
      const state = readState();
      search.value = state.get(number + '.q') || '';
      for (const {column, select} of selects) {
        select.value = state.get(key(column)) || '';
        if (select.selectedIndex < 0) select.value = '';
      }
      const order = state.get(number + '.sort');
      if (order && heads[Math.abs(Number(order))]) {
        sort(Math.abs(Number(order)), order.startsWith('-') ? -1 : 1);
      }
      filter();
    }

    table.parentElement.before(form);
    window.addEventListener('hashchange', restore);
    restore();
  }

  document.querySelectorAll('table[data-matrix]').forEach(enhance);
})();
