// A table that shows a window of its rows: thousands of them sort in the time of a frame, and the
// page stays small.
import {at} from '../arrays';
import {type Child, button, make, scrolled} from './dom';

export interface TableColumn<Item> {
  /** In addresses; stays what it is when columns join. */
  readonly name: string;
  readonly label: Child;
  readonly numeric?: boolean;
  /** What is sorted by; what is missing comes last in both directions. */
  readonly value: (item: Item) => number | string | undefined;
  readonly cell: (item: Item) => HTMLElement;
}

/** A column's name, after '-' if the largest come first; '' for the order given. */
export type SortOrder = string;

export interface Window {
  readonly sort: SortOrder;
  /** From 1 on. */
  readonly page: number;
}

/**
 * 'now': all at once. 'screen': what is below the screen is made in a turn of its own. 'later':
 * nothing is made before the next turn, because nobody sees the table.
 */
export type Pace = 'now' | 'screen' | 'later';

export const rowsOfWindow = 200;
/** As many fill a screen; the others of a window can come a turn later. */
const rowsAtOnce = 60;

const collator = new Intl.Collator('en', {numeric: true});

function compareValues(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

/** Stable: equal ones keep their order. */
export function sorted<Item>(
  items: readonly Item[],
  columns: readonly TableColumn<Item>[],
  sort: SortOrder,
): readonly Item[] {
  const column = columns.find(one => one.name === sort.replace(/^-/, ''));
  if (!column) return items;
  const sign = sort.startsWith('-') ? -1 : 1;
  const values = items.map(column.value);
  const order = items.map((_, i) => i);
  order.sort((i, j) => {
    const [a, b] = [values[i], values[j]];
    if (a === undefined || b === undefined)
      return Number(a === undefined) - Number(b === undefined);
    return sign * compareValues(a, b);
  });
  return order.map(i => at(items, i));
}

function ariaSort(column: string, sort: SortOrder): string | undefined {
  if (sort === column) return 'ascending';
  return sort === `-${column}` ? 'descending' : undefined;
}

export class WindowedTable<Item> {
  readonly element = make('div', {class: 'windowed'});
  private readonly body = make('tbody');
  private readonly head = make('tr');
  private readonly caption = make('caption');
  private readonly pages = make('nav', {class: 'pages', 'aria-label': 'Rows of the table'});
  private readonly region: HTMLElement;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `change` is told what a reader asks for, and answers by show(). */
  constructor(
    label: string,
    style: string,
    private readonly change: (window: Window) => void,
  ) {
    const table = make(
      'table',
      {class: style},
      this.caption,
      make('thead', {}, this.head),
      this.body,
    );
    this.region = scrolled(label, table);
    this.element.append(this.region, this.pages);
  }

  /** What is not there yet changes with the next call; aria-busy says that something is not. */
  show(
    items: readonly Item[],
    columns: readonly TableColumn<Item>[],
    window: Window,
    caption: string,
    pace: Pace = 'now',
  ): void {
    clearTimeout(this.timer);
    if (pace !== 'later') {
      this.showAll(items, columns, window, caption, pace === 'now' ? rowsOfWindow : rowsAtOnce);
      return;
    }
    this.element.setAttribute('aria-busy', 'true');
    this.timer = setTimeout(() => {
      this.showAll(items, columns, window, caption, rowsAtOnce);
    }, 0);
  }

  private showAll(
    items: readonly Item[],
    columns: readonly TableColumn<Item>[],
    window: Window,
    caption: string,
    atOnce: number,
  ): void {
    const all = sorted(items, columns, window.sort);
    const last = Math.max(1, Math.ceil(all.length / rowsOfWindow));
    const page = Math.min(Math.max(1, window.page), last);
    const first = (page - 1) * rowsOfWindow;
    const visible = all.slice(first, first + rowsOfWindow);
    this.region.scrollTop = 0; // other rows are read from the first on
    this.caption.replaceChildren(caption);
    this.showHead(columns, window.sort);
    this.showRows(visible, columns, atOnce);
    this.showPages(window, page, last, first, visible.length, all.length);
  }

  private showRows(
    items: readonly Item[],
    columns: readonly TableColumn<Item>[],
    atOnce: number,
  ): void {
    const row = (item: Item) => make('tr', {}, ...columns.map(column => column.cell(item)));
    this.element.removeAttribute('aria-busy');
    this.body.replaceChildren(...items.slice(0, atOnce).map(row));
    if (items.length <= atOnce) return;
    this.element.setAttribute('aria-busy', 'true');
    this.timer = setTimeout(() => {
      this.body.append(...items.slice(atOnce).map(row));
      this.element.removeAttribute('aria-busy');
    }, 0);
  }

  private showHead(columns: readonly TableColumn<Item>[], sort: SortOrder): void {
    const focused = document.activeElement?.getAttribute('data-column');
    this.head.replaceChildren(
      ...columns.map(column => {
        const direction = ariaSort(column.name, sort);
        const next = direction === 'ascending' ? `-${column.name}` : column.name;
        const control = button(
          '',
          () => {
            this.change({sort: next, page: 1});
          },
          {
            'data-column': column.name,
          },
        );
        if (column.label) control.append(column.label);
        const attributes = {scope: 'col', 'aria-sort': direction, class: column.numeric && 'n'};
        return make('th', attributes, control);
      }),
    );
    const again = [...this.head.querySelectorAll('button')].find(
      one => one.dataset['column'] === focused,
    );
    if (focused) again?.focus();
  }

  private showPages(
    window: Window,
    page: number,
    last: number,
    first: number,
    shown: number,
    all: number,
  ): void {
    this.pages.hidden = last === 1;
    if (last === 1) return;
    const turn = (text: string, to: number) =>
      button(
        text,
        () => {
          this.change({sort: window.sort, page: to});
        },
        {
          disabled: to < 1 || to > last,
        },
      );
    const rows = `Rows ${String(first + 1)} to ${String(first + shown)} of ${String(all)} `;
    this.pages.replaceChildren(
      make('span', {}, rows),
      turn('Previous', page - 1),
      turn('Next', page + 1),
    );
  }
}
