// Up to four defences side by side: per attack, over all, by pairs. The numbers are those of the
// standings of all defences, of which the chosen are shown: tests over the chosen alone would prove
// what the table denies.
import {compareText} from '../arrays';
import {type Row} from '../data/rows';
import {type Address, withValues} from '../state/address';
import {within} from '../statistics/interval';
import {level, type Pair} from '../statistics/ranking';
import {type Standing, type Standings} from '../statistics/standings';
import {finished} from '../statistics/support';
import {meanOverSeeds} from '../statistics/teacher_means';
import {type Context} from './context';
import {type Child, make, name, scrolled} from './dom';
import {countedText, familyText, type Group, groupName, groupsOf, groupTitle} from './standings';
import {derCell} from './standings_table';
import {duration, missing, numberCell, percent, plural, points, pText, range} from './words';

export const mostCompared = 4;

interface Line {
  readonly label: Child;
  readonly of: (row: Standing) => HTMLElement;
}

function meanLine(label: string, of: (row: Standing) => Standing['asr']): Line {
  return {
    label,
    of: row => {
      const estimate = of(row);
      return estimate
        ? numberCell(percent(estimate.mean), range(estimate.interval, percent))
        : numberCell(missing('no number over the cells that all finished'));
    },
  };
}

const overall: readonly Line[] = [
  meanLine('ASR %, mean over attacks', row => row.asr),
  {
    label: 'ASR %, worst attack',
    of: row =>
      row.worst
        ? numberCell(percent(row.worst.mean), ' ', name(row.worst.attack))
        : numberCell(missing('not finished')),
  },
  meanLine('ASR − floor, points', row => row.aboveFloor),
  meanLine('ACC %', row => row.acc),
  {label: 'DER %', of: row => derCell(row, 'no number over the cells that all finished')},
  {
    label: 'Time a cell',
    of: row =>
      numberCell(
        row.seconds === undefined
          ? missing('not measured on one kind of device')
          : `${duration(row.seconds)} ${row.device}`,
      ),
  },
  {label: 'Finished', of: row => numberCell(`${String(row.finished)} of ${String(row.planned)}`)},
];

/** Of one defence under one attack, over the seeds where the ASR counts. */
export interface AttackMean {
  readonly mean: number | undefined;
  /** Over so many of the cells of the attack. */
  readonly over: number;
  readonly of: number;
  /** The lowest of several over the same seeds; that proves nothing. */
  readonly lowest: boolean;
  /** Why there is no mean. */
  readonly reason: string;
}

function whyNoMean(own: readonly Row[]): string {
  if (own.some(finished)) return 'finished only where the ASR does not count';
  const failed = own.find(row => row.reason !== '');
  return failed?.reason ?? 'no score';
}

/** In the order of `defenses`. `rows`: of one group. */
export function attackMeans(
  attack: string,
  defenses: readonly string[],
  rows: readonly Row[],
): AttackMean[] {
  const all = rows.filter(row => row.attack === attack && row.status !== 'attack_failed');
  // As in the standings, a place is out for all defences.
  const out = new Set(all.filter(row => finished(row) && !row.counts).map(row => row.place.key));
  const of = new Set(all.map(row => row.place.key)).size;
  const columns = defenses.map(defense => {
    const own = rows.filter(row => row.attack === attack && row.defense === defense);
    const counted = own.filter(row => finished(row) && !out.has(row.place.key));
    const mean = meanOverSeeds(counted, row => row.asr);
    const seeds = counted.map(row => row.place.key).sort(compareText);
    return {mean, over: counted.length, seeds: seeds.join('\n\n'), reason: whyNoMean(own)};
  });
  const known = columns.filter(column => column.mean !== undefined);
  const same = known.length > 1 && new Set(known.map(column => column.seeds)).size === 1;
  const lowest = Math.min(...known.flatMap(column => column.mean ?? []));
  return columns.map(({mean, over, reason}) => ({
    mean,
    over,
    of,
    lowest: same && mean === lowest,
    reason,
  }));
}

function attackCell({mean, over, of, lowest, reason}: AttackMean): HTMLElement {
  if (mean === undefined) return numberCell(missing(reason));
  const text = percent(mean);
  const cell = numberCell(lowest ? make('strong', {}, text) : text);
  if (over < of) cell.append(make('span', {class: 'ci'}, ` over ${String(over)} of ${String(of)}`));
  return cell;
}

function attackRow(attack: string, defenses: readonly string[], rows: readonly Row[]): HTMLElement {
  return make(
    'tr',
    {},
    make('th', {scope: 'row'}, 'ASR %, ', name(attack)),
    ...attackMeans(attack, defenses, rows).map(attackCell),
  );
}

// No two fractions differ by more than 1: as `dfkd compare` says it.
function withinBounds(pair: Pair): Pair {
  const {difference} = pair;
  if (!difference?.interval) return pair;
  return {...pair, difference: {...difference, interval: within(difference.interval, -1, 1)}};
}

/** The pairs of the chosen defences, adjusted over all pairs of the table. */
export function chosenPairs(standings: Standings, defenses: readonly string[]): Pair[] {
  const chosen = (entrant: number) => defenses.includes(standings.entrants[entrant] ?? '');
  return standings.pairs.filter(pair => chosen(pair.a) && chosen(pair.b)).map(withinBounds);
}

function pairsText({pairs, entrants, rows}: Standings): string {
  const tested = plural(pairs.filter(pair => pair.p !== undefined).length, 'pair');
  const control = rows.some(row => row.control && entrants.includes(row.defense));
  const all = plural(entrants.length - Number(control), 'defence');
  const who = `the ${all}${control ? ' and the undefended student' : ''}`;
  return `Holm's adjustment is over all ${tested} of ${who} compared here, chosen or not.`;
}

/** Why a lower ASR is no better defence; nothing if it is. */
export function collapseOf(pair: Pair, {entrants, rows}: Standings): string {
  const lower = entrants[(pair.difference?.mean ?? 0) < 0 ? pair.a : pair.b];
  const collapsed = rows.find(row => row.defense === lower)?.collapsed ?? 0;
  if (collapsed === 0) return '';
  const where = `${lower ?? ''} collapsed in ${plural(collapsed, 'cell')}`;
  return `; ${where}: a low ASR there is no defence`;
}

function pairText(pair: Pair, standings: Standings): HTMLElement {
  const names = standings.entrants;
  const [a, b] = [names[pair.a] ?? '', names[pair.b] ?? ''];
  const item = make('li', {}, name(a), ' − ', name(b), ': ');
  if (!pair.difference) item.append('no cell in common');
  else {
    const {mean, interval, cells} = pair.difference;
    item.append(`${points(mean)} points`);
    const around = range(interval, points);
    if (around) item.append(around);
    item.append(` over ${String(cells)} cells`);
    if (pair.holm === undefined) item.append('; fewer than 3 teacher seeds, so no test');
    else {
      const told = pair.holm < level ? '' : ', not told apart';
      item.append(`; Holm p ${pText(pair.holm)}${told}${collapseOf(pair, standings)}`);
    }
  }
  return item;
}

const caption =
  'Means over seeds, teachers weighing alike, 95 % intervals, over the cells of the standings; ' +
  'those of an attack over the cells where the ASR counts. Bold: the lowest of an attack, if all ' +
  'are over the same seeds.';

function groupView(
  group: Group,
  context: Context,
  address: Address,
  defenses: readonly string[],
): HTMLElement {
  const {standings, rows} = group;
  const there = defenses.filter(defense => standings.rows.some(row => row.defense === defense));
  const pairs = chosenPairs(standings, there);
  const family = familyText(group, context);
  const counted = countedText(group, context, address);
  const attacks = [...new Set(rows.filter(row => !row.unattacked).map(row => row.attack))];
  const lines = overall.map(line =>
    make(
      'tr',
      {},
      make('th', {scope: 'row'}, line.label),
      ...there.flatMap(defense => {
        const row = standings.rows.find(one => one.defense === defense);
        return row ? [line.of(row)] : [];
      }),
    ),
  );
  const heads = there.map(defense => make('th', {scope: 'col', class: 'n'}, name(defense)));
  const corner = make('th', {scope: 'col'}, 'Measure');
  const table = make(
    'table',
    {class: 'numbers compare'},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {}, corner, ...heads)),
    make(
      'tbody',
      {},
      ...lines,
      ...attacks.sort(compareText).map(attack => attackRow(attack, there, rows)),
    ),
  );
  return make(
    'section',
    {class: 'group'},
    groupTitle(group, context),
    counted === '' ? null : make('p', {class: 'banner'}, counted),
    scrolled(`Comparison with ${groupName(group, context)}`, table),
    make('ul', {}, ...pairs.map(pair => pairText(pair, standings))),
    make('p', {class: 'facts'}, pairsText(standings)),
    family === '' ? null : make('p', {class: 'facts'}, family),
  );
}

/** The groups in which any of the chosen defences is, computed over all defences. */
export function comparedGroups(
  context: Context,
  address: Address,
  defenses: readonly string[],
): Group[] {
  return groupsOf(context, withValues(address, 'defense', [])).filter(({rows}) =>
    rows.some(row => defenses.includes(row.defense)),
  );
}

/** The chosen defences are those of the address's `defense`. */
export function compareView(context: Context, address: Address): HTMLElement {
  const defenses = (address.values.get('defense') ?? []).slice(0, mostCompared);
  const view = make('div', {class: 'recomputed'});
  if (defenses.length < 2) {
    view.append(make('p', {}, 'Choose two to four defences to see them side by side.'));
    return view;
  }
  for (const group of comparedGroups(context, address, defenses)) {
    view.append(groupView(group, context, address, defenses));
  }
  return view;
}
