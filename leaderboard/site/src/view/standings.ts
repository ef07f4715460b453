// Standings of the groups that a filter left, computed here: headline, table, attacks by defences.
import {groupBy} from '../arrays';
import {type Row} from '../data/rows';
import {filteredRows, groupOf} from '../state/filters';
import {type Address} from '../state/address';
import {type Headline, headlineOf} from '../statistics/headline';
import {type RankRange} from '../statistics/ranking';
import {type Standing, type Standings, standingsOf} from '../statistics/standings';
import {type Context, linkTo} from './context';
import {type Child, make, name, scrolled} from './dom';
import {heatMap} from './heat_map';
import {duration, estimateCell, missing, numberCell, percent, plural, points, range} from './words';

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

function bestSentence({best, control, unproven}: Headline): Child[] {
  const [first] = best;
  if (!first?.asr) return [];
  const points_ = control?.acc && first.acc && points(first.acc.mean - control.acc.mean);
  return [
    ...names(best),
    best.length > 1
      ? ' cannot be told apart and share the lowest mean ASR: from '
      : ' has the lowest mean ASR: ',
    `${percent(first.asr.mean)} %`,
    first.worst ? `, at worst ${percent(first.worst.mean)} % (${first.worst.attack})` : '',
    against(control),
    points_ ? `; ACC ${points_} points` : '',
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

function rankRange(ranks: RankRange | undefined): Child {
  return range(ranks, rank => String(rank));
}

function rankCell(row: Standing, standings: Standings): HTMLElement {
  if (row.rank !== undefined) return numberCell(String(row.rank), rankRange(row.rankInterval));
  if (row.rankApart !== undefined) return numberCell(`(${String(row.rankApart)})`);
  if (row.control) return numberCell(missing('the control is not ranked'));
  if (row.collapsed > 0) return numberCell(missing('utility collapse'));
  if (row.cells === 0) return numberCell(missing('not finished'));
  return numberCell(
    missing(standings.teachers < 3 ? 'fewer than 3 teacher seeds' : 'no cell where the ASR counts'),
  );
}

function defenseCell(row: Standing, context: Context, address: Address): HTMLElement {
  const values = new Map(address.values).set('defense', [row.defense]);
  return make(
    'th',
    {scope: 'row'},
    make('a', {href: linkTo(context, 'cells', {values})}, name(row.defense)),
    ' ',
    row.control ? make('span', {class: 'tag'}, 'control') : null,
    row.attackAware
      ? make('span', {class: 'tag', title: context.site.flags['attack_aware']}, 'attack-aware')
      : null,
  );
}

function standingRow(
  row: Standing,
  standings: Standings,
  context: Context,
  address: Address,
): HTMLElement {
  const {worst} = row;
  const why = row.cells === 0 ? 'not finished' : 'no cell where the ASR counts';
  return make(
    'tr',
    {class: row.rank === 1 ? 'first' : undefined},
    rankCell(row, standings),
    defenseCell(row, context, address),
    estimateCell(row.asr, why),
    worst
      ? numberCell(percent(worst.mean), range(worst.interval, percent), ' ', name(worst.attack))
      : numberCell(missing('not finished')),
    estimateCell(row.acc, 'not finished'),
    estimateCell(row.der, why),
    numberCell(
      row.seconds === undefined
        ? missing('not measured on one kind of device')
        : `${duration(row.seconds)} ${row.device}`,
    ),
    numberCell(
      row.relativeSeconds === undefined
        ? missing('no undefended cell on the same kind of device')
        : `× ${row.relativeSeconds.toFixed(2)}`,
    ),
    numberCell(`${String(row.finished)} of ${String(row.planned)}`),
  );
}

const heads = [
  'Rank',
  'Defence',
  'ASR %, mean',
  'ASR %, worst attack',
  'ACC %',
  'DER %',
  'Time a cell',
  'Time, relative',
  'Finished',
];

function captionOf(standings: Standings): string {
  const over = `Over ${String(standings.shared)} of ${String(standings.planned)} attacked cells`;
  const counted = `mean ASR and DER over the ${String(standings.counted)} where the ASR counts`;
  const thin = standings.thin.length > 0 ? ` Too few seeds: ${standings.thin.join(', ')}.` : '';
  const finds =
    standings.resolution === undefined
      ? ''
      : ` Found four times in five: ${percent(standings.resolution)} points.`;
  return (
    `${over}; ${counted}. Ranges: 95 %, Student's t over teacher seeds; behind a rank the ranks ` +
    `that are possible, by paired tests (Holm) over all pairs of the table.${thin}${finds}`
  );
}

function standingsTable(group: Group, context: Context, address: Address): HTMLElement {
  const {standings} = group;
  const rows = standings.rows.map(row => standingRow(row, standings, context, address));
  return scrolled(
    `Standings of defences with ${groupName(group, context)}, filtered`,
    make(
      'table',
      {class: 'standings'},
      make('caption', {}, captionOf(standings)),
      make('thead', {}, make('tr', {}, ...heads.map(head => make('th', {scope: 'col'}, head)))),
      make('tbody', {}, ...rows),
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
        standings.rows.length > 0 ? standingsTable(group, context, address) : null,
        heatMap(group.rows, `${groupName(group, context)}, filtered`, context),
      ),
    );
  }
  if (groups.length === 0) view.append(make('p', {}, 'No cell passes this filter.'));
  return view;
}
