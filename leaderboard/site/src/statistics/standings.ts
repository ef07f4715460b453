// The standings of a group over the rows that a filter left: leaderboard/standings/standings.h says
// what the numbers mean. The probability to be on the front takes long: the pages alone have it.
import {at, compareText, meanOf} from '../arrays';
import {type Place, type Row} from '../data/rows';
import {chancesToBeBest} from './chances';
import {type Estimate, fewestTeachers, type Worst} from './design';
import {defenseEffectiveness, type Interval, within} from './interval';
import {
  allPairs,
  frontOf,
  level,
  type Pair,
  type RankRange,
  ranksOf,
  toTheDigit,
  unseenRanksOf,
} from './ranking';
import {splitHalf} from './split_half';
import {detectableErrors, unitsToDetect} from './student';
import {
  finished,
  isControl,
  isReference,
  type Places,
  placesOf,
  type Support,
  supportOf,
  unitsOf,
} from './support';

export interface Standing {
  readonly defense: string;
  readonly control: boolean;
  /** What costs nothing and every defence should be better than, the control excepted. */
  readonly reference: boolean;
  readonly attackAware: boolean;
  readonly finished: number;
  readonly planned: number;
  readonly collapsed: number;
  readonly cells: number;
  readonly acc?: Estimate | undefined;
  readonly asr?: Estimate | undefined;
  readonly aboveFloor?: Estimate | undefined;
  readonly transfer?: Estimate | undefined;
  readonly der?: Estimate | undefined;
  readonly worst?: Worst | undefined;
  readonly seconds?: number | undefined;
  readonly relativeSeconds?: number | undefined;
  readonly device: string;
  /** How many of the cells the two are over. */
  readonly costCells: number;
  readonly relativeCells: number;
  /** (ASR, ACC) of the cells behind the means. */
  readonly singles: readonly (readonly [number, number])[];
  rank?: number;
  rankInterval?: RankRange;
  unseenRank?: RankRange;
  bestProbability?: number;
  rankApart?: number;
  onFront?: boolean;
}

/** Neither a control nor a reference: what is ranked and counted as a defence. */
export function isDefense({control, reference}: Standing): boolean {
  return !control && !reference;
}

export interface Standings {
  rows: Standing[];
  readonly shared: number;
  readonly planned: number;
  readonly counted: number;
  readonly teachers: number;
  readonly thin: readonly string[];
  readonly notTransferred: readonly string[];
  entrants: readonly string[];
  pairs: readonly Pair[];
  resolution?: number;
  seedsForAPoint?: number;
  splitHalf?: number | undefined;
  unseenProbability: number;
}

/** A defence with its rows, one a place each. */
interface Entrant {
  readonly defense: string;
  readonly cells: ReadonlyMap<string, Row>;
  readonly places: Places;
  readonly rows: readonly Row[];
  readonly counted: Places;
  readonly countedRows: readonly Row[];
}

// With what probability a table should find a difference, and which one, a percentage point.
const power = 0.8;
const point = 0.01;

type Measure = (row: Row, place: Place) => number | undefined;

const asrOf: Measure = row => row.asr;
const accOf: Measure = row => row.acc;

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

// Where it is known: the values, and at which positions.
function knownOf(places: Places, rows: readonly Row[], measure: Measure) {
  const [values, positions]: [number[], number[]] = [[], []];
  places.list.forEach((place, i) => {
    const value = measure(at(rows, i), place);
    if (value === undefined) return;
    values.push(value);
    positions.push(i);
  });
  return {values, positions};
}

function valuesOf(rows: readonly Row[], of: (row: Row) => number | undefined): number[] {
  const values: number[] = [];
  for (const row of rows) {
    const value = of(row);
    if (value !== undefined) values.push(value);
  }
  return values;
}

function meanOver(
  places: Places,
  rows: readonly Row[],
  measure: Measure,
  low: number,
  high: number,
): Estimate | undefined {
  const {values, positions} = knownOf(places, rows, measure);
  if (values.length === 0) return undefined;
  const estimate = places.at(positions).design().meanOf(values);
  return estimate.interval
    ? {...estimate, interval: within(estimate.interval, low, high)}
    : estimate;
}

function withoutError({mean, cells, attacks, teachers, degrees}: Estimate): Estimate {
  return {mean, cells, attacks, teachers, degrees};
}

function worstOf({places, rows}: Entrant): Worst {
  const worst = places.design().worstOf(rows.map(row => row.asr ?? 0));
  const interval: Interval | undefined = worst.interval && within(worst.interval, 0, 1);
  return interval ? {...worst, interval} : worst;
}

type Undefended = (place: Place) => Row | undefined;

function costOf({places, rows}: Entrant, undefended: Undefended) {
  const relative: number[] = [];
  const devices = new Set<string>();
  places.list.forEach((place, i) => {
    const row = at(rows, i);
    const before = undefended(place);
    devices.add(row.device);
    if (!before?.seconds || before.device !== row.device || row.seconds === undefined) return;
    relative.push(row.seconds / before.seconds);
  });
  const [device = ''] = devices.size === 1 ? devices : [];
  const known = device ? valuesOf(rows, row => row.seconds) : [];
  return {
    relativeSeconds: meanOf(relative),
    relativeCells: relative.length,
    device,
    seconds: meanOf(known),
    costCells: known.length,
  };
}

function numbersOf(entrant: Entrant, undefended: Undefended) {
  const {places, rows, counted, countedRows} = entrant;
  if (rows.length === 0) return {device: '', costCells: 0, relativeCells: 0};
  const der: Measure = (row, place) => {
    const before = undefended(place);
    if (before?.asr === undefined || before.acc === undefined) return undefined;
    if (row.asr === undefined || row.acc === undefined) return undefined;
    return defenseEffectiveness(before.asr, row.asr, before.acc, row.acc);
  };
  const transfer: Measure = row => (row.teacherAsr ? (row.asr ?? 0) / row.teacherAsr : undefined);
  const aboveFloor: Measure = row => difference(row.asr, row.floor);
  const rated = meanOver(counted, countedRows, der, 0, 1);
  return {
    acc: meanOver(places, rows, accOf, 0, 1),
    asr: meanOver(counted, countedRows, asrOf, 0, 1),
    aboveFloor: meanOver(counted, countedRows, aboveFloor, -1, 1),
    transfer: meanOver(counted, countedRows, transfer, 0, Infinity),
    // Of the control it is a half by definition: there is nothing to be uncertain of.
    der: rated && isControl(entrant.cells) ? withoutError(rated) : rated,
    worst: worstOf(entrant),
    ...costOf(entrant, undefended),
  };
}

function standingOf(entrant: Entrant, support: Support, undefended: Undefended): Standing {
  const rows = [...entrant.cells.values()];
  const done = rows.filter(row => finished(row) && support.planned.has(row.place.key));
  return {
    defense: entrant.defense,
    control: isControl(entrant.cells),
    reference: isReference(entrant.cells) && !isControl(entrant.cells),
    attackAware: rows.some(row => row.attackAware),
    finished: done.length,
    planned: support.planned.size,
    collapsed: done.filter(row => row.flags.includes('utility_collapse')).length,
    cells: entrant.rows.length,
    singles: entrant.rows.map(({asr = 0, acc = 0}) => [asr, acc]),
    ...numbersOf(entrant, undefended),
  };
}

function rowsOf(cells: ReadonlyMap<string, Row>, places: readonly Place[]): Row[] {
  const rows: Row[] = [];
  for (const {key} of places) {
    const row = cells.get(key);
    if (row) rows.push(row);
  }
  return rows;
}

function entrantOf(support: Support, defense: string): Entrant {
  const cells = support.byDefense.get(defense) ?? new Map<string, Row>();
  const places = placesOf(support, defense);
  const counted = places.where(({key}) => support.counted.has(key));
  const rows = rowsOf(cells, places.list);
  const countedRows = counted === places ? rows : rowsOf(cells, counted.list);
  return {defense, cells, places, rows, counted, countedRows};
}

// Of an even number the mean of the two in the middle.
function medianError(pairs: readonly Pair[]): number {
  const errors = pairs.flatMap(pair => pair.difference?.error ?? []).sort((a, b) => a - b);
  const {length} = errors;
  const [below, above] = [errors[Math.floor((length - 1) / 2)], errors[Math.floor(length / 2)]];
  return ((below ?? 0) + (above ?? 0)) / 2;
}

function columnOf({cells, counted}: Entrant, all: Places): Float64Array {
  const own = counted === all ? undefined : new Set(counted.list.map(place => place.key));
  return Float64Array.from(all.list, ({key}) =>
    own && !own.has(key) ? NaN : (cells.get(key)?.asr ?? NaN),
  );
}

function fillPairs(entrants: readonly Entrant[], counted: Places, standings: Standings): void {
  const some = entrants.filter(entrant => entrant.countedRows.length > 0);
  const columns = some.map(entrant => columnOf(entrant, counted));
  standings.entrants = some.map(entrant => entrant.defense);
  standings.pairs = allPairs(unitsOf(counted.list), columns, counted.design());
  const tested = standings.pairs.filter(pair => pair.p !== undefined).length;
  const {degrees} = counted.design();
  if (tested === 0 || degrees === 0) return;
  const [alpha, error] = [level / tested, medianError(standings.pairs)];
  standings.resolution = error * detectableErrors(alpha, power, degrees);
  // The error falls with the root of the seeds.
  const units = unitsToDetect(alpha, power, point / (error * Math.sqrt(degrees + 1)));
  standings.seedsForAPoint = Math.max(fewestTeachers, units);
}

// The pairs among some of the entrants, by their positions there; adjusted as in the whole table.
function pairsAmong(standings: Standings, some: readonly Entrant[]): Pair[] {
  const position = (entrant: number) =>
    some.findIndex(one => one.defense === standings.entrants[entrant]);
  return standings.pairs
    .map(pair => ({...pair, a: position(pair.a), b: position(pair.b)}))
    .filter(pair => pair.a >= 0 && pair.b >= 0);
}

function fillRanks(ranked: readonly Entrant[], standings: Standings): void {
  const first = ranked[0];
  if (!first || first.countedRows.length === 0) return;
  const design = first.counted.design();
  if (design.degrees === 0) return;
  const units = unitsOf(first.counted.list);
  const values = ranked.map(entrant => valuesOf(entrant.countedRows, row => row.asr));
  const means = values.map(own => design.meanOf(own).mean);
  const ranks = ranksOf(means, pairsAmong(standings, ranked));
  const unseen = unseenRanksOf(units, values);
  const chances = chancesToBeBest(
    values.map((own, i) => ({mean: at(means, i), byTeacher: design.bySeed(own)})),
    design.degrees,
  );
  standings.unseenProbability = unseen.probability;
  standings.splitHalf = splitHalf(units, values);
  ranked.forEach(({defense}, i) => {
    const row = standings.rows.find(one => one.defense === defense);
    if (!row) return;
    row.rank = at(ranks.rank, i);
    row.rankInterval = at(ranks.range, i);
    // Of a single attack the range would hold the next one with a probability of 0.
    if (unseen.probability > 0) row.unseenRank = at(unseen.range, i);
    row.bestProbability = at(chances, i);
  });
}

// By the sign of the difference over the cells that a pair shares, to a tenth of a percent.
function rankApart(row: Standing, standings: Standings): void {
  let better = 0;
  let known = false;
  for (const {a, b, difference: over} of standings.pairs) {
    const names = [standings.entrants[a], standings.entrants[b]];
    const own = names.indexOf(row.defense);
    if (!over || own < 0) continue;
    const other = standings.rows.find(one => one.defense === names[1 - own]);
    if (!other || !isDefense(other) || other.collapsed > 0) continue;
    known = true;
    if (toTheDigit((own === 0 ? 1 : -1) * over.mean) > 0) ++better;
  }
  if (known) row.rankApart = better + 1;
}

function costsAreKnown(entrants: readonly Entrant[]): boolean {
  const devices = new Set<string>();
  for (const {rows} of entrants) {
    for (const {seconds, device} of rows) {
      if (seconds === undefined) return false;
      devices.add(device);
    }
  }
  return devices.size === 1;
}

function fillFront(entrants: readonly Entrant[], standings: Standings): void {
  const first = entrants[0];
  if (!first || first.countedRows.length === 0 || !costsAreKnown(entrants)) return;
  const [all, counted] = [first.places.design(), first.counted.design()];
  const front = frontOf(
    entrants.map(({rows, countedRows}) => [
      counted.meanOf(valuesOf(countedRows, row => row.asr)).mean,
      -all.meanOf(valuesOf(rows, row => row.acc)).mean,
      all.meanOf(valuesOf(rows, row => row.seconds)).mean,
    ]),
  );
  entrants.forEach(({defense}, i) => {
    const row = standings.rows.find(one => one.defense === defense);
    if (row) row.onFront = at(front, i);
  });
}

function compareEntrants(
  support: Support,
  entrants: readonly Entrant[],
  standings: Standings,
): void {
  const counted = support.shared.where(({key}) => support.counted.has(key));
  fillPairs(entrants, counted, standings);
  const rowOf = (defense: string) => standings.rows.find(row => row.defense === defense);
  const compared = entrants.filter(
    ({defense}) => support.compared.has(defense) && rowOf(defense)?.collapsed === 0,
  );
  const mayBeRanked = (row: Standing | undefined) => row?.asr !== undefined && isDefense(row);
  fillRanks(
    compared.filter(({defense}) => mayBeRanked(rowOf(defense))),
    standings,
  );
  if (counted.design().degrees > 0) {
    for (const row of standings.rows) {
      if (support.nearly.has(row.defense) && !row.collapsed && mayBeRanked(row))
        rankApart(row, standings);
    }
  }
  fillFront(compared, standings);
}

// Defences of the plan of which there is no score at all.
function absentStandings(rows: readonly Row[], planned: number): Standing[] {
  const scored = new Set(rows.filter(row => row.status !== 'absent').map(row => row.defense));
  const absent = new Set(rows.map(row => row.defense).filter(defense => !scored.has(defense)));
  return [...absent].map(defense => ({
    defense,
    control: defense === 'none',
    reference: false,
    attackAware: false,
    finished: 0,
    planned,
    collapsed: 0,
    cells: 0,
    device: '',
    costCells: 0,
    relativeCells: 0,
    singles: [],
  }));
}

function sortRows(support: Support, rows: Standing[]): void {
  const order = (row: Standing) => [
    Number(row.cells === 0),
    Number(row.collapsed > 0),
    Number(!isDefense(row)),
    Number(row.control),
    Number(support.nearly.has(row.defense)),
    row.asr?.mean ?? row.worst?.mean ?? 0,
  ];
  rows.sort((a, b) => {
    const [x, y] = [order(a), order(b)];
    const place = x.findIndex((value, i) => value !== y[i]);
    return place < 0 ? 0 : at(x, place) - at(y, place);
  });
}

function fewestTeachersOf(counted: ReadonlyMap<string, Place>): number {
  const teachers = new Map<string, Set<number>>();
  for (const {attack, teacher} of counted.values()) {
    teachers.set(attack, (teachers.get(attack) ?? new Set()).add(teacher));
  }
  return teachers.size === 0 ? 0 : Math.min(...[...teachers.values()].map(seeds => seeds.size));
}

/** `rows`: of one group, absent cells of the plan included. */
export function standingsOf(rows: readonly Row[]): Standings {
  const support = supportOf(rows);
  const control = [...support.byDefense.values()].find(isControl);
  const undefended: Undefended = place => {
    const row = control?.get(place.key);
    return row && finished(row) ? row : undefined;
  };
  const entrants = [...support.byDefense.keys()].map(defense => entrantOf(support, defense));
  const standings: Standings = {
    rows: entrants.map(entrant => standingOf(entrant, support, undefended)),
    shared: support.places.size,
    planned: support.planned.size,
    counted: support.counted.size,
    teachers: fewestTeachersOf(support.counted),
    thin: [...support.thin].sort(compareText),
    notTransferred: [...support.notTransferred].sort(compareText),
    entrants: [],
    pairs: [],
    unseenProbability: 0,
  };
  compareEntrants(support, entrants, standings);
  if (standings.rows.length > 0) standings.rows.push(...absentStandings(rows, standings.planned));
  sortRows(support, standings.rows);
  return standings;
}

/** Whether the pairs prove that `a` has a lower ASR than `b`. */
export function provenLower(standings: Standings, a: string, b: string): boolean {
  return standings.pairs.some(pair => {
    if (pair.holm === undefined || pair.holm >= level || !pair.difference) return false;
    const [x, y] = [standings.entrants[pair.a], standings.entrants[pair.b]];
    return pair.difference.mean < 0 ? x === a && y === b : x === b && y === a;
  });
}

/** Whether they prove that `a` defends better: its ASR is lower, and no student of it collapsed. */
export function provenBetter(standings: Standings, a: string, b: string): boolean {
  const collapsed = standings.rows.some(row => row.defense === a && row.collapsed > 0);
  return !collapsed && provenLower(standings, a, b);
}

/** Whether any attack has the teacher seeds that an interval takes. */
export function canRank(standings: Standings): boolean {
  return standings.teachers >= fewestTeachers;
}
