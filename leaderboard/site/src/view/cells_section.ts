// The section of all cells: a search and the windowed table in place of the static one.
import {type Row} from '../data/rows';
import {type Address, withValues} from '../state/address';
import {shownRows} from '../state/filters';
import {cellColumns, cellsCaption} from './cells';
import {type Context} from './context';
import {button, make} from './dom';
import {type MoreColumns} from './more_columns';
import {type Pace, type TableColumn, WindowedTable} from './table';

export class CellsSection {
  readonly element = make('div', {class: 'cells-view'});
  private readonly search = make('input', {type: 'search', name: 'q'});
  private readonly filtered = make('p', {class: 'shown'});
  private readonly table: WindowedTable<Row>;
  private readonly columns: readonly TableColumn<Row>[];
  private address: Address | undefined;
  private again: (() => void) | undefined;

  constructor(
    private readonly context: Context,
    private readonly more: MoreColumns,
    toFilters: () => void,
  ) {
    this.columns = cellColumns(context, more);
    this.table = new WindowedTable<Row>(`All cells of ${context.matrix.name}`, 'cells', window => {
      const page = window.page > 1 ? [String(window.page)] : [];
      const sort = window.sort === '' ? [] : [window.sort];
      this.move(address => withValues(withValues(address, 'sort', sort), 'page', page), 'push');
    });
    this.search.addEventListener('input', () => {
      const words = this.search.value.split(/\s+/).filter(Boolean);
      this.move(address => withValues(withValues(address, 'q', words), 'page', []), 'replace');
    });
    const form = make(
      'form',
      {class: 'search', role: 'search', 'aria-label': 'Cells'},
      make('label', {}, 'Search cells ', this.search),
      ' ',
      button('Filters', toFilters),
    );
    form.addEventListener('submit', event => {
      event.preventDefault();
    });
    this.element.append(form, this.filtered, this.table.element);
    this.loadWhenNear();
  }

  // A table that is sorted by what comes late is sorted anew; in any other its cells are filled.
  private loadWhenNear(): void {
    const later = new Set(['ra', 'agreement']);
    const near: IntersectionObserverCallback = (entries, observer) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      void this.more.load(() => {
        const sort = this.address?.values.get('sort')?.[0] ?? '';
        if (later.has(sort.replace(/^-/, ''))) this.again?.();
      });
    };
    new IntersectionObserver(near, {rootMargin: '100% 0px'}).observe(this.element);
  }

  private move(change: (address: Address) => Address, how: 'push' | 'replace'): void {
    if (this.address) this.context.go(change({...this.address, view: 'cells'}), how);
  }

  /** How fast a reader of the page needs the rows. */
  pace(): Pace {
    const {top, bottom} = this.element.getBoundingClientRect();
    return top < window.innerHeight && bottom > 0 ? 'screen' : 'later';
  }

  /** `rows`: those that the filter left. */
  show(address: Address, rows: readonly Row[], filter: string, pace: Pace): number {
    this.address = address;
    this.again = () => this.show(address, rows, filter, 'now');
    const shown = shownRows(rows, address);
    const words = (address.values.get('q') ?? []).join(' ');
    if (this.search.value.trim().replace(/\s+/g, ' ') !== words) this.search.value = words;
    this.filtered.hidden = filter === '';
    this.filtered.textContent = filter;
    const window = {
      sort: address.values.get('sort')?.[0] ?? '',
      page: Number(address.values.get('page')?.[0] ?? 1) || 1,
    };
    this.table.show(
      shown,
      this.columns,
      window,
      cellsCaption(this.context, this.columns, shown.length),
      pace,
    );
    return shown.length;
  }
}
