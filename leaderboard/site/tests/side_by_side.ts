// What the side-by-side view says of two defences, in the words of `dfkd compare` (ToJson in
// leaderboard/standings/compare.h), as far as both speak of the same cells: the program takes those
// that the two share, the view those of its table, which all that are compared share.
import {groupBy} from '../src/arrays';
import {type Row} from '../src/data/rows';
import {fewestTeachers} from '../src/statistics/design';
import {type Standing, type Standings, standingsOf} from '../src/statistics/standings';
import {finished, placesOf, type Support, supportOf} from '../src/statistics/support';
import {attackMeans, chosenPairs} from '../src/view/compare';
import {differenceOf} from './difference';

export type Two = readonly [string, string];

interface Cost {
  readonly a: number;
  readonly b: number;
  readonly times: number | null;
  readonly pairs: number;
}

interface Stratum {
  readonly attack: string;
  readonly asr: {readonly a: number; readonly b: number; readonly pairs: number} | null;
}

/** What is read of ToJson(Comparison) of one table. */
export interface Comparison {
  readonly asr: object | null;
  readonly acc: object | null;
  readonly costs: readonly Cost[];
  readonly strata: readonly Stratum[];
}

/** How often what was compared. */
export interface Tally {
  attacks: number;
  /** Pairs over the cells of the table, those of them that have a test, and pairs alone. */
  inTable: number;
  adjusted: number;
  alone: number;
  accuracies: number;
  seconds: number;
  relative: number;
}

type Keys = ReadonlySet<string>;

const equalKeys = (a: Keys, b: Keys) => a.size === b.size && [...a].every(key => b.has(key));
const keysOf = (rows: readonly Row[]): Set<string> => new Set(rows.map(row => row.place.key));
const both = (a: Keys, b: Keys) => new Set([...a].filter(key => b.has(key)));

/** Of the attacks with as many teachers as an interval takes; of all, if it is so for none. */
function thickOf(rows: readonly Row[]): Row[] {
  const thick = [...groupBy(rows, row => row.attack).values()].filter(
    of => new Set(of.map(row => row.teacherSeed)).size >= fewestTeachers,
  );
  return thick.length > 0 ? thick.flat() : [...rows];
}

class Cells {
  readonly finished: readonly Row[];
  readonly of: ReadonlyMap<string, readonly Row[]>;

  constructor(readonly rows: readonly Row[]) {
    this.finished = rows.filter(row => !row.unattacked && finished(row));
    this.of = groupBy(this.finished, row => row.defense);
  }

  /** Of the first, where the second is as well. */
  shared([a, b]: Two, counted: boolean): Row[] {
    const taken = (row: Row) => !counted || row.counts;
    const keys = keysOf((this.of.get(b) ?? []).filter(taken));
    return (this.of.get(a) ?? []).filter(row => taken(row) && keys.has(row.place.key));
  }
}

function countedKeys(support: Support, defense: string): Set<string> {
  const keys = new Set(placesOf(support, defense).list.map(place => place.key));
  return both(keys, new Set(support.counted.keys()));
}

// Whether every pair of the program's table is over the cells that it is over in the standings:
// then Holm's adjustment is over the same p-values.
function sameFamily(cells: Cells, support: Support, two: Two, entrants: readonly string[]) {
  const scored = supportOf(cells.rows.filter(row => row.status !== 'absent'));
  const family = new Set([...two, ...scored.compared, ...scored.nearly]);
  const attacks = new Set(thickOf(cells.shared(two, true)).map(row => row.attack));
  const own = (defense: string) =>
    keysOf((cells.of.get(defense) ?? []).filter(row => row.counts && attacks.has(row.attack)));
  return (
    entrants.every(defense => family.has(defense)) &&
    [...family].every(defense => equalKeys(own(defense), countedKeys(support, defense)))
  );
}

// The pair as the view shows it, but for Holm; undefined: over other cells, or nothing.
function pairIn(cells: Cells, two: Two, standings: Standings) {
  const support = supportOf(cells.rows);
  const [a, b] = two;
  const own = both(countedKeys(support, a), countedKeys(support, b));
  const [pair] = chosenPairs(standings, two);
  if (!pair?.difference || !equalKeys(own, keysOf(thickOf(cells.shared(two, true)))))
    return undefined;
  const turned = standings.entrants[pair.a] !== a;
  const {mean, interval, cells: pairs, attacks, teachers, degrees} = pair.difference;
  const ends =
    interval && (turned ? [-interval.high, -interval.low] : [interval.low, interval.high]);
  return {
    difference: turned ? -mean : mean,
    interval: ends ?? null,
    pairs,
    strata: attacks,
    teachers,
    degrees,
    p: pair.p ?? null,
  };
}

// In the table of all; where its cells are others, in one of the two alone over what they share.
function overall(cells: Cells, two: Two, standings: Standings, tally: Tally) {
  const inTable = pairIn(cells, two, standings);
  if (inTable) {
    ++tally.inTable;
    if (!sameFamily(cells, supportOf(cells.rows), two, standings.entrants)) return inTable;
    const holm = chosenPairs(standings, two)[0]?.holm ?? null;
    if (holm !== null) ++tally.adjusted;
    return {...inTable, holm};
  }
  const some = pairedRows(cells, two);
  const alone = pairIn(new Cells(some), two, standingsOf(some));
  if (alone) ++tally.alone;
  return alone;
}

// Of both, where both finished.
function pairedRows(cells: Cells, two: Two): Row[] {
  const keys = keysOf(cells.shared(two, false));
  return cells.finished.filter(row => two.includes(row.defense) && keys.has(row.place.key));
}

// By attack, over the cells that the program shows, whether or not their ASR counts.
function strataDiffer(cells: Cells, two: Two, theirs: Comparison, tally: Tally) {
  const paired = pairedRows(cells, two).map(row => ({...row, counts: true}));
  const attacks = [...new Set(paired.map(row => row.attack))].sort();
  tally.attacks += attacks.length;
  const mine = attacks.map(attack => {
    const [a, b] = attackMeans(attack, two, paired);
    return {attack, asr: {a: a?.mean, b: b?.mean, pairs: a?.over}};
  });
  const attacked = theirs.strata.filter(stratum => stratum.asr);
  return differenceOf('.strata', mine, attacked);
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

// A mean over all pairs: the program has one of each kind of device.
function timesOf(costs: readonly Cost[]): number | null {
  const known = costs.filter(cost => cost.times !== null);
  const pairs = sum(known.map(cost => cost.pairs));
  return pairs > 0 ? sum(known.map(cost => cost.pairs * (cost.times ?? 0))) / pairs : null;
}

// ACC and costs, where both rows are over the cells that the two share.
function rowsDiffer(
  cells: Cells,
  two: Two,
  standings: Standings,
  theirs: Comparison,
  tally: Tally,
) {
  const support = supportOf(cells.rows);
  const shared = keysOf(thickOf(cells.shared(two, false)));
  const same = two.every(defense =>
    equalKeys(shared, new Set(placesOf(support, defense).list.map(place => place.key))),
  );
  const rowOf = (defense: string) => standings.rows.find(row => row.defense === defense);
  const [a, b] = [rowOf(two[0]), rowOf(two[1])];
  if (!same || shared.size === 0 || !a?.acc || !b?.acc) return undefined;
  ++tally.accuracies;
  const found = differenceOf('.acc', {a: a.acc.mean, b: b.acc.mean}, theirs.acc);
  return found ?? costsDiffer(a, b, shared.size, theirs.costs, tally);
}

function costsDiffer(
  a: Standing,
  b: Standing,
  cells: number,
  costs: readonly Cost[],
  tally: Tally,
): string | undefined {
  const [cost] = costs;
  if (costs.length === 1 && cost?.pairs === cells) {
    ++tally.seconds;
    const found =
      differenceOf('.a.seconds', a.seconds, cost.a) ??
      differenceOf('.b.seconds', b.seconds, cost.b);
    if (found) return found;
  }
  if (!b.control) return undefined;
  ++tally.relative;
  return differenceOf('.relative.seconds', a.relativeSeconds ?? null, timesOf(costs));
}

/**
 * What the program says otherwise of two defences in the cells of a group; undefined: nothing.
 * `theirs`: null if it says that the two share no cell.
 */
export function sidesDiffer(
  rows: readonly Row[],
  two: Two,
  standings: Standings,
  theirs: Comparison | null,
  tally: Tally,
): string | undefined {
  const ended = rows.filter(
    row => finished(row) || (row.unattacked && row.status === 'ok' && row.acc !== undefined),
  );
  const ofA = keysOf(ended.filter(row => row.defense === two[0]));
  const shares = ended.some(row => row.defense === two[1] && ofA.has(row.place.key));
  if (!theirs) return shares ? 'the program says that the two share no cell' : undefined;
  if (!shares) return 'the program knows cells that the two share';
  const cells = new Cells(rows);
  const asr = overall(cells, two, standings, tally);
  return (
    strataDiffer(cells, two, theirs, tally) ??
    (asr && differenceOf('.asr', asr, theirs.asr)) ??
    rowsDiffer(cells, two, standings, theirs, tally)
  );
}
