// The page of a matrix: what its address says is what it shows.
import {type Row} from '../data/rows';
import {type Address, formatAddress, parseAddress, startOf} from '../state/address';
import {filteredRows, filtersAggregates, filterText, understood} from '../state/filters';
import {cellView} from './cell';
import {allColumnNames} from './cells';
import {CellsSection} from './cells_section';
import {compareView} from './compare';
import {CompareMenu} from './compare_menu';
import {type Context} from './context';
import {make} from './dom';
import {downloads} from './downloads';
import {FilterBar} from './filter_bar';
import {MoreColumns} from './more_columns';
import {RecomputedStandings, warmUp} from './recomputed';

/** The id that a hash names. What is no code of a text is the text itself, as in parseAddress. */
export function anchorOf(hash: string): string {
  const text = hash.replace(/^#/, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The first row of standings that a link names. */
function rowOf(shown: HTMLElement | null, defense: string | undefined): Element | undefined {
  const rows = [...(shown?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  return rows.find(row => row.dataset['row'] === defense);
}

export class MatrixPage {
  private readonly notes = make('p', {class: 'banner notes', hidden: true});
  private readonly live = make('p', {role: 'status', class: 'vh'});
  private readonly front = make('div', {class: 'front'});
  private readonly bar: FilterBar;
  private readonly menu: CompareMenu;
  private readonly cells: CellsSection;
  private readonly context: Context;
  private readonly byId: ReadonlyMap<string, Row>;
  private readonly columns: ReadonlySet<string>;
  private readonly title = document.title;
  private address: Address;
  private recomputed: RecomputedStandings | undefined;
  private shownFilter = '';

  constructor(
    context: Omit<Context, 'go' | 'say'>,
    private readonly app: HTMLElement,
    private readonly section: HTMLElement,
  ) {
    this.context = {
      ...context,
      go: (address, how) => {
        this.go(address, how);
      },
      say: text => {
        this.live.textContent = text;
      },
    };
    this.address = startOf(context.matrix.file);
    const more = new MoreColumns(this.context);
    this.columns = allColumnNames(this.context, more);
    this.byId = new Map(context.rows.map(row => [row.id, row]));
    this.bar = new FilterBar(this.context, address => {
      this.go(address, 'push');
    });
    this.menu = new CompareMenu(this.context);
    this.cells = new CellsSection(this.context, more, () => {
      this.bar.open();
    });
    const tools = make(
      'div',
      {class: 'tools'},
      this.menu.element,
      downloads(this.context, () => this.address),
    );
    app.append(this.notes, this.live, this.bar.element, tools, this.front);
    this.block('cells')?.replaceChildren(this.cells.element);
    window.addEventListener('hashchange', () => {
      this.follow();
    });
    this.bar.onceOpened(() => {
      warmUp(this.context);
    });
    this.follow();
  }

  // What the page came with and this application replaces.
  private block(name: 'standings' | 'cells'): HTMLElement | null {
    return this.section.querySelector<HTMLElement>(`[data-default="${name}"]`);
  }

  // To where the address of the browser points, and scrolls there.
  private follow(): void {
    // All at once: what it scrolls to must not move afterwards.
    this.show({...parseAddress(location.hash), matrix: this.context.matrix.file}, false);
    this.scroll();
  }

  // To where a control of this page leads; the reader stays at the control.
  private go(address: Address, how: 'push' | 'replace'): void {
    const text = formatAddress(address);
    try {
      if (how === 'push') history.pushState(null, '', text);
      else history.replaceState(null, '', text);
    } catch {
      // Some browsers refuse this for file://; the page works without an address.
    }
    this.show(address, true);
    if (address.view === 'compare') this.scroll();
  }

  private show(asked: Address, later: boolean): void {
    // Before anything moves, or the browser would have to lay out what moves once more.
    const pace = later ? this.cells.pace() : 'now';
    const {address, notes} = understood(asked, this.context.rows, this.columns);
    const row = address.view === 'cell' ? this.byId.get(address.cell) : undefined;
    if (address.view === 'cell' && !row) notes.push(`there is no cell “${address.cell}”`);
    this.address = address;
    this.notes.hidden = notes.length === 0;
    this.notes.textContent =
      notes.length > 0 ? `Of this link is ignored: ${notes.join('; ')}.` : '';
    this.showFront(row);
    if (row) return;
    this.bar.show(address);
    this.menu.show(address);
    const left = filteredRows(this.context.rows, address);
    this.showStandings(left, later);
    const shown = this.cells.show(address, left, filterText(address), pace);
    this.context.say(`${String(shown)} of ${String(this.context.rows.length)} cells shown`);
  }

  // A cell's page takes the place of everything else, a comparison stands above it.
  private showFront(row: Row | undefined): void {
    for (const part of [...this.section.children]) {
      if (part instanceof HTMLElement && part !== this.app) part.hidden = row !== undefined;
    }
    this.bar.element.hidden = row !== undefined;
    this.app.querySelector('.tools')?.toggleAttribute('hidden', row !== undefined);
    const {context, address} = this;
    if (row) this.front.replaceChildren(cellView(row, context));
    else if (address.view === 'compare') this.front.replaceChildren(compareView(context, address));
    else this.front.replaceChildren();
    document.title = row ? `${row.defense}, ${row.attack}, ${row.id} · ${this.title}` : this.title;
  }

  // What the page came with is true without a filter; with one, what is computed here replaces it.
  private showStandings(left: readonly Row[], later: boolean): void {
    const block = this.block('standings');
    if (!block) return;
    const active = filtersAggregates(this.address);
    block.classList.toggle('away', active);
    const filter = [...this.address.values]
      .filter(([name]) => !['sort', 'q', 'page', 'status', 'row'].includes(name))
      .join('&');
    if (active && this.recomputed && filter === this.shownFilter) {
      if (!later) this.recomputed.finish();
      return;
    }
    this.recomputed?.remove();
    this.recomputed = active
      ? new RecomputedStandings(this.context, this.address, left, later)
      : undefined;
    this.shownFilter = filter;
    if (this.recomputed) block.after(this.recomputed.element);
  }

  private scroll(): void {
    const {view} = this.address;
    if (view === 'cell' || view === 'compare') {
      this.front.scrollIntoView();
      this.front.querySelector<HTMLElement>('[tabindex="-1"]')?.focus();
    } else if (view === 'standings') {
      const shown = this.recomputed?.element ?? this.block('standings');
      (rowOf(shown, this.address.values.get('row')?.[0]) ?? shown)?.scrollIntoView();
    } else if (view === 'cells') {
      this.cells.element.closest('section')?.scrollIntoView();
    } else {
      document.getElementById(anchorOf(location.hash))?.scrollIntoView();
    }
  }
}
