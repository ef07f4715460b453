// What a reader may choose. A filter with one value only is no choice and is not shown.
import {type Address, withValues} from '../state/address';
import {
  choicesOf,
  countsFlagged,
  type Filter,
  filters,
  noSide,
  unknownValue,
} from '../state/filters';
import {type Context, statusText} from './context';
import {button, make, name} from './dom';

function labelOf(filter: Filter, value: string, context: Context): string {
  const {site} = context;
  switch (filter.name) {
    case 'networks':
      return value.replace('~', ' → ');
    case 'status':
      return statusText(site, value);
    case 'track':
      return value === unknownValue ? 'not known yet' : (site.tracks[value] ?? value);
    case 'side':
      if (value === unknownValue) return 'not known yet';
      return value === noSide ? 'nothing beside the track' : value;
    case 'verification':
      return `${value} ${site.verification[value] ?? ''}`;
    case 'without':
      return value.replace(/_/g, ' ');
    default:
      return value;
  }
}

// At the right edge of the window a list opens to the left.
function keepInside(list: HTMLElement): void {
  list.classList.remove('to-left');
  const {right} = list.getBoundingClientRect();
  list.classList.toggle('to-left', right > document.documentElement.clientWidth);
}

type Change = (address: Address) => void;

/** Made once; show() brings it in line with an address. */
export class FilterBar {
  readonly element = make('form', {class: 'filters', 'aria-label': 'Filters'});
  private readonly summary = make('summary', {}, 'Filter');
  private readonly chosen = make('p', {class: 'chosen'});
  private readonly boxes = new Map<string, Map<string, HTMLInputElement>>();
  private readonly summaries = new Map<string, HTMLElement>();
  private readonly flagged = make('input', {type: 'checkbox'});
  private readonly menus: HTMLDetailsElement;
  private address: Address | undefined;

  constructor(
    private readonly context: Context,
    private readonly change: Change,
  ) {
    this.element.addEventListener('submit', event => {
      event.preventDefault();
    });
    const menus = make('div', {class: 'menus'});
    for (const filter of filters) {
      const choices = choicesOf(filter, context.rows);
      const least = filter.leavesOut ? 1 : 2;
      if (choices.size >= least) menus.append(this.menuOf(filter, choices));
    }
    const uncounted = context.rows.filter(row => row.asr !== undefined && !row.counts).length;
    if (uncounted > 0) menus.append(this.flaggedSwitch(uncounted));
    this.menus = make('details', {class: 'all'}, this.summary, menus);
    this.element.append(this.menus, this.chosen);
  }

  /** In a turn after the menus are first shown: what a reader is about to need is made ready. */
  onceOpened(ready: () => void): void {
    const opened = () => setTimeout(ready, 0);
    this.menus.addEventListener('toggle', opened, {once: true});
  }

  private menuOf(filter: Filter, choices: ReadonlyMap<string, number>): HTMLElement {
    const boxes = new Map<string, HTMLInputElement>();
    const summary = make('summary', {}, filter.label);
    const list = make('fieldset', {}, make('legend', {class: 'vh'}, filter.label));
    for (const [value, count] of choices) {
      const box = make('input', {type: 'checkbox', value});
      box.addEventListener('change', () => {
        this.read(filter);
      });
      const counted = make('span', {class: 'ci'}, ` ${String(count)}`);
      list.append(make('label', {}, box, name(labelOf(filter, value, this.context)), counted));
      boxes.set(value, box);
    }
    this.boxes.set(filter.name, boxes);
    this.summaries.set(filter.name, summary);
    const menu = make('details', {class: 'filter', 'data-filter': filter.name}, summary, list);
    menu.addEventListener('toggle', () => {
      keepInside(list);
    });
    return menu;
  }

  private flaggedSwitch(uncounted: number): HTMLElement {
    this.flagged.addEventListener('change', () => {
      this.move('flagged', this.flagged.checked ? ['counted'] : []);
    });
    return make('label', {class: 'switch'}, this.flagged, `Count ${String(uncounted)} flagged too`);
  }

  private read(filter: Filter): void {
    const boxes = this.boxes.get(filter.name) ?? new Map<string, HTMLInputElement>();
    this.move(
      filter.name,
      [...boxes].filter(([, box]) => box.checked).map(([value]) => value),
    );
  }

  private move(name: string, values: readonly string[]): void {
    if (!this.address) return;
    const ofCells = filters.find(filter => filter.name === name)?.cellsOnly;
    const from = ofCells ? 'cells' : 'standings';
    const view = this.address.view === 'page' ? from : this.address.view;
    this.change(withValues(withValues({...this.address, view}, name, values), 'page', []));
  }

  show(address: Address): void {
    this.address = address;
    const parts: HTMLElement[] = [];
    for (const filter of filters) {
      const values = address.values.get(filter.name) ?? [];
      for (const [value, box] of this.boxes.get(filter.name) ?? [])
        box.checked = values.includes(value);
      const summary = this.summaries.get(filter.name);
      if (summary)
        summary.textContent =
          filter.label + (values.length > 0 ? ` (${String(values.length)})` : '');
      parts.push(...values.map(value => this.chip(filter, value)));
    }
    this.flagged.checked = countsFlagged(address);
    if (this.flagged.checked) parts.push(this.chipOf('Flagged cells counted', 'flagged', []));
    const any = parts.length > 0;
    if (any)
      parts.push(
        button(
          'Clear all',
          () => {
            this.clear();
          },
          {class: 'clear'},
        ),
      );
    this.chosen.hidden = !any;
    this.chosen.replaceChildren(...parts.flatMap(part => [part, ' ']));
  }

  private chip(filter: Filter, value: string): HTMLElement {
    const text = labelOf(filter, value, this.context);
    const label = filter.leavesOut ? `without ${text}` : `${filter.label}: ${text}`;
    const values = this.address?.values.get(filter.name) ?? [];
    const left = values.filter(one => one !== value);
    return this.chipOf(label, filter.name, left);
  }

  // What is chosen, as a button that leaves only `left` of it.
  private chipOf(label: string, name: string, left: readonly string[]): HTMLElement {
    return button(
      `${label} ×`,
      () => {
        this.move(name, left);
      },
      {class: 'chip', 'aria-label': `Remove ${label}`},
    );
  }

  private clear(): void {
    if (!this.address) return;
    let address = this.address;
    for (const filter of [...filters.map(one => one.name), 'flagged', 'page']) {
      address = withValues(address, filter, []);
    }
    this.change(address);
    this.open();
  }

  /** Brings the reader to the first of the filters. */
  open(): void {
    this.element.scrollIntoView();
    this.summary.focus();
  }
}
