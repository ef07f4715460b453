// Chooses what stands side by side.
import {type Address, withValues} from '../state/address';
import {choicesOf, filters} from '../state/filters';
import {mostCompared} from './compare';
import {type Context} from './context';
import {make, name} from './dom';

export class CompareMenu {
  readonly element: HTMLElement;
  private readonly boxes = new Map<string, HTMLInputElement>();
  private readonly start = make('button', {type: 'submit'}, 'Compare');
  private address: Address | undefined;

  constructor(private readonly context: Context) {
    const filter = filters.find(one => one.name === 'defense');
    const list = make(
      'fieldset',
      {},
      make('legend', {}, `Two to ${String(mostCompared)} defences`),
    );
    for (const defense of filter ? choicesOf(filter, context.rows).keys() : []) {
      const box = make('input', {type: 'checkbox', value: defense});
      box.addEventListener('change', () => {
        this.limit();
      });
      this.boxes.set(defense, box);
      list.append(make('label', {}, box, name(defense)));
    }
    const form = make('form', {'aria-label': 'Compare defences'}, list, this.start);
    form.addEventListener('submit', event => {
      event.preventDefault();
      if (this.address) {
        const address = withValues({...this.address, view: 'compare'}, 'defense', this.chosen());
        context.go(address, 'push');
      }
    });
    const summary = make('summary', {}, 'Side by side');
    this.element = make('details', {class: 'compare-menu'}, summary, form);
  }

  private chosen(): string[] {
    return [...this.boxes].filter(([, box]) => box.checked).map(([defense]) => defense);
  }

  private limit(): void {
    const {length} = this.chosen();
    this.start.disabled = length < 2;
    for (const box of this.boxes.values()) box.disabled = length >= mostCompared && !box.checked;
    if (length >= mostCompared) this.context.say(`${String(mostCompared)} defences are the most.`);
  }

  show(address: Address): void {
    this.address = address;
    const chosen = address.view === 'compare' ? (address.values.get('defense') ?? []) : [];
    for (const [defense, box] of this.boxes) box.checked = chosen.includes(defense);
    this.limit();
  }
}
