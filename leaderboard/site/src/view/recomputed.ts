// The groups that a filter left, on the page: what is read first is there at once, the rest in
// turns of its own.
import {at} from '../arrays';
import {type Row} from '../data/rows';
import {type Address, startOf, withValues} from '../state/address';
import {countsFlagged} from '../state/filters';
import {headlineOf} from '../statistics/headline';
import {type Context} from './context';
import {make} from './dom';
import {furtherTable} from './further_table';
import {heatMap} from './heat_map';
import {meansPlot, paretoPlot, plotFigure} from './plots';
import {
  collapseText,
  computed,
  countedText,
  familyText,
  type Group,
  groupName,
  groupTitle,
  leftOutText,
  type Outline,
  outlinesOf,
  sentence,
} from './standings';
import {standingsTable} from './standings_table';
import {plural} from './words';

// With more scores than this in a group the charts show means alone, as on the pages.
const mostSingles = 500;

function plots({rows, standings}: Group, title: string): HTMLElement {
  const withSingles = rows.filter(row => row.status !== 'absent').length <= mostSingles;
  return make(
    'div',
    {},
    plotFigure(
      paretoPlot(`ACC over ASR, ${title}`, standings.rows, withSingles),
      'Large marks are the means of the table, small ones are cells, those too whose ASR is in ' +
        'no mean. Top left is best; the line joins what no other defence beats in both; in ' +
        'brackets: collapsed, or over other cells, and so not on the line.',
    ),
    plotFigure(
      meansPlot(`Mean ASR with intervals, ${title}`, standings.rows),
      'Mean ASR with its 95 % interval. The vertical line is the undefended student.',
    ),
  );
}

const paragraph = (style: string) => (text: string) =>
  text === '' ? [] : [make('p', {class: style}, text)];

/** A group, from top to bottom; between two steps the page may do something else. */
function* fill(
  section: HTMLElement,
  outline: Outline,
  context: Context,
  address: Address,
): Generator<undefined, void> {
  const group = computed(outline);
  const {standings} = group;
  const named = {...group, name: groupName(group, context)};
  const banners = [collapseText, countedText].map(text => text(group, context, address));
  const facts = [leftOutText(standings), familyText(group, context)];
  const ranked = standings.rows.length > 0;
  section.replaceChildren(
    groupTitle(group, context),
    make('p', {class: 'headline'}, ...sentence(headlineOf(standings), standings)),
    ...banners.flatMap(paragraph('banner')),
    ...facts.flatMap(paragraph('facts')),
    ...(ranked ? [standingsTable(named, context, address)] : []),
  );
  yield;
  const flagged = countsFlagged(address);
  const map = heatMap(group.rows, `${named.name}, filtered`, context, flagged);
  const pair = make('div', {class: 'pair'}, map);
  section.append(...(ranked ? [furtherTable(named, context, address)] : []), pair);
  yield;
  pair.append(plots(group, group.first.distiller));
}

/**
 * Filters for nothing, up to the first table: what all filters share (draws, quantiles, compiled
 * code) is there when the first is set.
 */
export function warmUp(context: Context): void {
  const [row] = context.rows;
  if (!row) return;
  const address = withValues(startOf(context.matrix.file), 'dataset', [row.dataset]);
  const [outline] = outlinesOf(context, address);
  if (outline) fill(make('section'), outline, context, address).next();
}

/**
 * All groups that the filter left. `later`: the standings of the first are there at once and each
 * other part in a turn of its own, so that the page answers meanwhile; aria-busy says until when.
 */
export class RecomputedStandings {
  readonly element = make('div', {class: 'recomputed'});
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly steps: Iterator<undefined, void>;

  /** `left`: the rows that the address leaves. */
  constructor(
    private readonly context: Context,
    private readonly address: Address,
    left: readonly Row[],
    later: boolean,
  ) {
    const outlines = outlinesOf(context, address, left);
    const counted = outlines.reduce((sum, {rows}) => sum + rows.length, 0);
    const over = `${plural(counted, 'cell')} of ${String(context.rows.length)}`;
    this.element.append(
      make('p', {class: 'facts'}, `Computed here over ${over}, for the filter above.`),
    );
    if (outlines.length === 0) this.element.append(make('p', {}, 'No cell passes this filter.'));
    this.steps = this.fillAll(outlines);
    this.element.setAttribute('aria-busy', 'true');
    this.next();
    if (later) this.goOn();
    else this.finish();
  }

  private *fillAll(outlines: readonly Outline[]): Generator<undefined, void> {
    const {context, address} = this;
    const sections = outlines.map(outline => {
      const wait = make('p', {class: 'facts'}, 'Computing…');
      return make('section', {class: 'group'}, groupTitle(outline, context), wait);
    });
    this.element.append(...sections);
    for (const [i, outline] of outlines.entries()) {
      if (i > 0) yield;
      yield* fill(at(sections, i), outline, context, address);
    }
  }

  /** Computes what is left. */
  finish(): void {
    clearTimeout(this.timer);
    while (this.next());
  }

  /** Whether anything is left. */
  private next(): boolean {
    const left = this.steps.next().done !== true;
    if (!left) this.element.removeAttribute('aria-busy');
    return left;
  }

  private goOn(): void {
    this.timer = setTimeout(() => {
      if (this.next()) this.goOn();
    }, 0);
  }

  /** Takes it off the page; what is not computed yet never will be. */
  remove(): void {
    clearTimeout(this.timer);
    this.element.remove();
  }
}
