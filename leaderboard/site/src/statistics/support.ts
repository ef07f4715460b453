// Over which cells the defences of a group are compared: leaderboard/standings/support.h says why.
import {type Place, type Row} from '../data/rows';
import {Design, fewestTeachers, type Unit} from './design';

type Cells = Map<string, Row>; // by Place.key

/**
 * Places in an order. Most defences have finished the same ones: they share the list and, because
 * it is made once, its design.
 */
export class Places {
  private made: Design | undefined;
  private readonly parts = new Map<string, Places>();

  constructor(readonly list: readonly Place[]) {}

  /** Those at some positions, which rise. */
  at(positions: readonly number[]): Places {
    if (positions.length === this.list.length) return this;
    const key = positions.join();
    const part = this.parts.get(key) ?? new Places(positions.flatMap(i => this.list[i] ?? []));
    this.parts.set(key, part);
    return part;
  }

  where(keep: (place: Place) => boolean): Places {
    const positions: number[] = [];
    this.list.forEach((place, i) => {
      if (keep(place)) positions.push(i);
    });
    return this.at(positions);
  }

  design(): Design {
    this.made ??= new Design(unitsOf(this.list));
    return this.made;
  }
}

export interface Support {
  /** Cells under an attack and behind the gate, finished or not, by the id of their defence. */
  readonly byDefense: Map<string, Cells>;
  readonly planned: Map<string, Place>;
  readonly places: Map<string, Place>;
  /** The same as a list. */
  shared: Places;
  readonly counted: Map<string, Place>;
  readonly compared: Set<string>;
  readonly nearly: Set<string>;
  readonly thin: Set<string>;
  readonly notTransferred: Set<string>;
}

const nearlyAll = 0.9;

/** Ended well, with an accuracy and under an attack with an ASR. */
export function finished(row: Row): boolean {
  return row.status === 'ok' && row.acc !== undefined && row.asr !== undefined;
}

/** Whether the defence is the undefended student. */
export function isControl(cells: ReadonlyMap<string, Row> | undefined): boolean {
  const first = cells?.values().next().value;
  return first?.defensePlugin === 'none';
}

/** Whether it is what costs nothing: the undefended student, or the KD loss at temperature 1. */
export function isReference(cells: ReadonlyMap<string, Row> | undefined): boolean {
  // The first may be a cell without a score, of which nobody knows it.
  return isControl(cells) || [...(cells?.values() ?? [])].some(row => row.reference);
}

function teacherOf(place: Place): string {
  return `${place.attack}\n${String(place.teacher)}`;
}

const beforeTheGate = new Set(['absent', 'attack_failed', 'not_applicable']);

// Under an attack and behind the gate: only such cells say something about a defence.
function speaksOfDefense(row: Row): boolean {
  return !row.unattacked && !beforeTheGate.has(row.status);
}

function plannedPlaces(rows: readonly Row[]): Map<string, Place> {
  const closed = new Set(
    rows.filter(row => row.status === 'attack_failed').map(row => teacherOf(row.place)),
  );
  const planned = new Map<string, Place>();
  for (const row of rows) {
    const {place} = row;
    const shut = closed.size > 0 && closed.has(teacherOf(place));
    const open = row.planned && !row.unattacked && !shut;
    if (open || speaksOfDefense(row)) planned.set(place.key, place);
  }
  return planned;
}

// The attacks of which there are fewer teachers here than an interval needs; none, if it is so for
// all.
function thinIn(places: Map<string, Place>): string[] {
  const teachers = new Map<string, Set<number>>();
  for (const {attack, teacher} of places.values()) {
    teachers.set(attack, (teachers.get(attack) ?? new Set()).add(teacher));
  }
  const thin = [...teachers]
    .filter(([, seeds]) => seeds.size < fewestTeachers)
    .map(([attack]) => attack);
  return thin.length === teachers.size ? [] : thin;
}

// One attack with two teachers would leave the others without an interval. Returns who is out.
function dropThin(places: Map<string, Place>): string[] {
  const thin = thinIn(places);
  for (const [key, {attack}] of places) {
    if (thin.includes(attack)) places.delete(key);
  }
  return thin;
}

function mostFinished(support: Support, counts: Map<string, number>): number {
  let most = 0;
  let references = 0;
  for (const [defense, count] of counts) {
    if (isReference(support.byDefense.get(defense))) references = Math.max(references, count);
    else most = Math.max(most, count);
  }
  return most || references;
}

function shareWith(cells: Cells, places: Map<string, Place>): void {
  for (const key of places.keys()) {
    const row = cells.get(key);
    if (!row || !finished(row)) places.delete(key);
  }
}

function findCompared(support: Support): void {
  const counts = new Map<string, number>();
  for (const [defense, cells] of support.byDefense) {
    counts.set(
      defense,
      [...cells].filter(([key, row]) => finished(row) && support.planned.has(key)).length,
    );
  }
  const most = mostFinished(support, counts);
  if (most === 0) return;
  const complete = most === support.planned.size;
  for (const [key, place] of support.planned) support.places.set(key, place);
  for (const [defense, count] of counts) {
    const nearly = count >= nearlyAll * most;
    if (complete ? count === most : nearly) {
      support.compared.add(defense);
      shareWith(support.byDefense.get(defense) ?? new Map<string, Row>(), support.places);
    } else if (nearly) {
      support.nearly.add(defense);
    }
  }
}

// A place is out for all defences, so that all are averaged over the same cells.
function findCounted(support: Support): void {
  for (const [key, place] of support.places) support.counted.set(key, place);
  for (const cells of support.byDefense.values()) {
    for (const [key, row] of cells) {
      if (finished(row) && !row.counts) support.counted.delete(key);
    }
  }
  dropThin(support.counted);
  for (const {attack} of support.places.values()) support.notTransferred.add(attack);
  for (const {attack} of support.counted.values()) support.notTransferred.delete(attack);
}

function sorted<Value>(map: Map<string, Value>): Map<string, Value> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `rows`: of one group, absent cells of the plan included. */
export function supportOf(rows: readonly Row[]): Support {
  const byDefense = new Map<string, Cells>();
  for (const row of rows) {
    if (!speaksOfDefense(row)) continue;
    const cells = byDefense.get(row.defense) ?? new Map<string, Row>();
    byDefense.set(row.defense, cells.set(row.place.key, row));
  }
  const support: Support = {
    byDefense: sorted(byDefense),
    planned: sorted(plannedPlaces(rows)),
    places: new Map(),
    shared: new Places([]),
    counted: new Map(),
    compared: new Set(),
    nearly: new Set(),
    thin: new Set(),
    notTransferred: new Set(),
  };
  for (const attack of dropThin(support.planned)) support.thin.add(attack);
  findCompared(support);
  // Of a plan of five seeds one may be there: what has an interval is decided by what is there.
  for (const attack of dropThin(support.places)) support.thin.add(attack);
  support.shared = new Places([...support.places.values()]);
  findCounted(support);
  return support;
}

/** What a defence is averaged over. */
export function placesOf(support: Support, defense: string): Places {
  if (!support.compared.has(defense) && !support.nearly.has(defense)) return new Places([]);
  const cells = support.byDefense.get(defense);
  return support.shared.where(({key}) => {
    const row = cells?.get(key);
    return row !== undefined && finished(row);
  });
}

export function unitsOf(places: readonly Place[]): Unit[] {
  return places.map(({attack, teacher}) => ({stratum: attack, teacher}));
}
