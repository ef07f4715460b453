// The groups that a filter left, computed here: headline, standings, attacks by defences, charts.
import {groupBy} from '../arrays';
import {type Row} from '../data/rows';
import {filteredRows, groupOf} from '../state/filters';
import {type Address} from '../state/address';
import {type Headline, headlineOf} from '../statistics/headline';
import {type Standing, type Standings, standingsOf} from '../statistics/standings';
import {type Context} from './context';
import {type Child, make, name} from './dom';
import {heatMap} from './heat_map';
import {meansPlot, paretoPlot, plotFigure} from './plots';
import {standingsTable} from './standings_table';
import {percent, plural, points} from './words';

export interface Group {
  readonly rows: readonly Row[];
  readonly standings: Standings;
  readonly first: Row;
}

/** The groups of the page in the order of their names, as far as the filter leaves any row. */
export function groupsOf(context: Context, address: Address): Group[] {
  const groups = groupBy(filteredRows(context.rows, address), groupOf);
  return [...groups.keys()].sort().flatMap(key => {
    const rows = groups.get(key) ?? [];
    const [first] = rows;
    return first ? [{rows, first, standings: standingsOf(rows)}] : [];
  });
}

/** A group for people, in one line. */
export function groupName({first}: Group, context: Context): string {
  const networks = `${first.teacherNetwork} → ${first.studentNetwork}`;
  const track = context.site.tracks[first.track] ?? first.track;
  return `${first.distiller} on ${first.dataset}, ${networks}, ${track}`;
}

export function groupTitle({first}: Group, context: Context): HTMLElement {
  const networks = `${first.teacherNetwork} → ${first.studentNetwork}`;
  return make(
    'h2',
    {},
    name(first.distiller),
    make('span', {class: 'sub'}, ' on ', name(first.dataset), ', ', name(networks)),
    ' ',
    make('span', {class: 'tag'}, context.site.tracks[first.track] ?? first.track),
  );
}

function names(rows: readonly Standing[]): Child[] {
  return rows.flatMap((row, i) => [i > 0 ? ', ' : null, make('strong', {}, name(row.defense))]);
}

function against(control: Standing | undefined): string {
  return control?.asr ? `, against ${percent(control.asr.mean)} % without a defence` : '';
}

// What a single winner costs beside the undefended student.
function price({best, control}: Headline): string {
  const [first, second] = best;
  if (!control?.acc || !first?.acc || second) return '';
  const times = first.relativeSeconds;
  const time = times === undefined ? '' : `, ${times.toFixed(1)} times the time`;
  return `; ACC ${points(first.acc.mean - control.acc.mean)} points${time}`;
}

function bestSentence(headline: Headline): Child[] {
  const {best, control, unproven} = headline;
  const [first] = best;
  if (!first?.asr) return [];
  const around = first.asr.interval;
  return [
    ...names(best),
    best.length > 1
      ? ' cannot be told apart and share the lowest mean ASR: from '
      : ' has the lowest mean ASR: ',
    `${percent(first.asr.mean)} %`,
    around && make('span', {class: 'ci'}, ` 95 %: ${percent(around.low)}–${percent(around.high)}`),
    first.worst ? `, at worst ${percent(first.worst.mean)} % (${first.worst.attack})` : '',
    against(control),
    control && unproven.length === 0 ? ', a proven difference' : '',
    price(headline),
    '.',
    unproven.length > 0 ? ' Not proven to be better than no defence: ' : '',
    ...names(unproven),
    unproven.length > 0 ? '.' : '',
  ];
}

function whyNothing({rows, counted}: Standings): string {
  if (rows.length === 0) return 'No attack passed the gate here: nothing to rank.';
  if (counted > 0) return 'Nothing to rank: no defence finished without a collapse.';
  return 'Nothing to rank: no attack here is known to reach the undefended student.';
}

function sentence(headline: Headline, standings: Standings): Child[] {
  const {shared, planned, teachers} = standings;
  const [first] = headline.best;
  switch (headline.kind) {
    case 'none':
      return [whyNothing(standings)];
    case 'unfinished':
      return [
        `Not finished: only ${String(shared)} of ${String(planned)} attacked cells have a number `,
        'for all that are compared, so nobody can be called best.',
      ];
    case 'few_teachers':
      return [
        `Not ranked with ${plural(teachers, 'teacher seed')} of an attack: a rank takes 3. `,
        'The lowest mean ASR so far is that of ',
        ...names(headline.best),
        first?.asr ? `: ${percent(first.asr.mean)} %${against(headline.control)}.` : '.',
      ];
    case 'none_helps':
      return [
        'No defence is proven to have a lower mean ASR than none: ',
        ...names(headline.best.slice(0, 1)),
        first?.asr ? ` ${percent(first.asr.mean)} %${against(headline.control)}.` : '.',
      ];
    case 'best':
      return bestSentence(headline);
  }
}

// With more scores than this in a group the charts show means alone, as on the pages.
const mostSingles = 500;

function plots({rows, standings}: Group, title: string): HTMLElement {
  const withSingles = rows.filter(row => row.status !== 'absent').length <= mostSingles;
  return make(
    'div',
    {},
    plotFigure(
      paretoPlot(`ACC over ASR, ${title}`, standings.rows, withSingles),
      'Large marks are the means of the table, small ones are cells. Top left is best; the line ' +
        'joins what no other defence beats in both.',
    ),
    plotFigure(
      meansPlot(`Mean ASR with intervals, ${title}`, standings.rows),
      'Mean ASR with its 95 % interval. The vertical line is the undefended student.',
    ),
  );
}

/** All groups that the filter left. */
export function standingsView(context: Context, address: Address): HTMLElement {
  const groups = groupsOf(context, address);
  const left = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const over = `${plural(left, 'cell')} of ${String(context.rows.length)}`;
  const view = make('div', {class: 'recomputed'});
  view.append(make('p', {class: 'facts'}, `Computed here over ${over}, for the filter above.`));
  for (const group of groups) {
    const {standings} = group;
    view.append(
      make(
        'section',
        {class: 'group'},
        groupTitle(group, context),
        make('p', {class: 'headline'}, ...sentence(headlineOf(standings), standings)),
        standings.rows.length > 0
          ? standingsTable({...group, name: groupName(group, context)}, context, address)
          : null,
        make(
          'div',
          {class: 'pair'},
          heatMap(group.rows, `${groupName(group, context)}, filtered`, context),
          plots(group, group.first.distiller),
        ),
      ),
    );
  }
  if (groups.length === 0) view.append(make('p', {}, 'No cell passes this filter.'));
  return view;
}
