// The rows of a matrix: one a cell, with or without a score, out of the columns of its data file.
import {at} from '../arrays';
import {type Column, type EntryId, type MatrixFile} from './format';

/** A cell of a group but for the defence: one attack, one teacher, one student. */
export interface Place {
  readonly key: string;
  readonly attack: string;
  readonly teacher: number;
  readonly student: number;
}

/** Right or hit, and of how many images. */
export interface Count {
  readonly hits: number;
  readonly of: number;
}

export interface Row {
  /** Position in the data file, and the name of the cell everywhere. */
  readonly index: number;
  readonly id: string;
  readonly place: Place;
  /** What it may be ranked with: data set, networks, distiller and track, a line each. */
  readonly group: string;
  readonly dataset: string;
  readonly attack: string;
  readonly teacherNetwork: string;
  readonly studentNetwork: string;
  readonly distiller: string;
  readonly defense: string;
  readonly teacherSeed: number;
  readonly studentSeed: number;
  readonly track: string;
  /** What the distiller takes beside its track, '' if nothing; undefined: nobody knows. */
  readonly side?: string | undefined;
  readonly attackPlugin: string;
  readonly distillerPlugin: string;
  readonly defensePlugin: string;
  readonly attackFamily: string;
  /** Whether the attack was built against this defence. */
  readonly adaptive: boolean;
  readonly access: string;
  readonly attackAware: boolean;
  /** Of the undefended student, or of the KD loss at temperature 1. */
  readonly reference: boolean;
  /** Without an attack: the cell says nothing of a defence. */
  readonly unattacked: boolean;
  /** Whether the file of the matrix plans it. */
  readonly planned: boolean;
  readonly status: string;
  readonly reason: string;
  readonly flags: readonly string[];
  readonly counts: boolean;
  readonly acc?: number | undefined;
  readonly accCount?: Count | undefined;
  readonly asr?: number | undefined;
  readonly asrCount?: Count | undefined;
  readonly floor?: number | undefined;
  readonly teacherAcc?: number | undefined;
  readonly teacherAsr?: number | undefined;
  readonly cleanAcc?: number | undefined;
  /** What is compared: seconds of the processors, or of the device. */
  readonly seconds?: number | undefined;
  readonly device: string;
  readonly gate: string;
  readonly day: string;
  readonly verification: string;
  readonly evaluatedOn: string;
}

type Cell<Value> = (row: number) => Value;

function cellsOf<Value>(column: Column<Value> | undefined): Cell<Value | null> {
  if (Array.isArray(column)) return row => (column as readonly (Value | null)[])[row] ?? null;
  return () => (column === undefined ? null : (column as Value | null));
}

class Reader {
  constructor(private readonly file: MatrixFile) {}

  number(name: string): Cell<number | undefined> {
    const cells = cellsOf<number>(this.file.columns[name]);
    return row => cells(row) ?? undefined;
  }

  /** What a column of positions points to. */
  named<Value>(name: string, values: readonly Value[], missing: Value): Cell<Value> {
    const cells = cellsOf<number>(this.file.columns[name]);
    return row => {
      const position = cells(row);
      return position === null ? missing : at(values, position);
    };
  }

  count(name: string): Cell<Count | undefined> {
    const hits = this.number(name);
    const of = this.number(`${name}_of`);
    return row => {
      const h = hits(row);
      const n = of(row);
      return h === undefined || n === undefined || n === 0 ? undefined : {hits: h, of: n};
    };
  }
}

function shareOf(count: Count | undefined): number | undefined {
  return count && count.hits / count.of;
}

const noEntry: EntryId = {id: '', safe: ''};

function entriesOf(reader: Reader, {ids}: MatrixFile) {
  return {
    dataset: reader.named('dataset', ids.dataset, noEntry),
    attack: reader.named('attack', ids.attack, noEntry),
    teacher: reader.named('teacher_network', ids.teacher_network, noEntry),
    student: reader.named('student_network', ids.student_network, noEntry),
    distiller: reader.named('distiller', ids.distiller, noEntry),
    defense: reader.named('defense', ids.defense, noEntry),
  };
}

function namesOf(reader: Reader, {ids}: MatrixFile) {
  return {
    track: reader.named('track', ids.track, ''),
    status: reader.named('status', ids.status, 'absent'),
    reason: reader.named('reason', ids.reason, ''),
    flags: reader.named<readonly string[]>('flags', ids.flags, []),
    device: reader.named('device', ids.device, ''),
    gate: reader.named('gate', ids.gate, ''),
    day: reader.named('day', ids.day, ''),
    verification: reader.named('verification', ids.verification, ''),
    evaluatedOn: reader.named('evaluated_on', ids.evaluated_on, ''),
  };
}

function measuresOf(reader: Reader) {
  const asrCount = reader.count('asr');
  const accCount = reader.count('acc');
  const floor = reader.count('floor');
  const teacherAcc = reader.count('teacher_acc');
  const teacherAsr = reader.count('teacher_asr');
  const counts = reader.number('counts');
  const reference = reader.number('reference');
  return {
    counts: (row: number) => counts(row) === 1,
    reference: (row: number) => reference(row) === 1,
    acc: (row: number) => shareOf(accCount(row)),
    accCount,
    asr: (row: number) => shareOf(asrCount(row)),
    asrCount,
    floor: (row: number) => shareOf(floor(row)),
    teacherAcc: (row: number) => shareOf(teacherAcc(row)),
    teacherAsr: (row: number) => shareOf(teacherAsr(row)),
    cleanAcc: reader.number('clean_acc'),
    seconds: reader.number('seconds'),
  };
}

function allAt<Cells extends Record<string, Cell<unknown>>>(
  cells: Cells,
  row: number,
): {[Name in keyof Cells]: ReturnType<Cells[Name]>} {
  const all: Record<string, unknown> = {};
  for (const name in cells) all[name] = cells[name]?.(row);
  return all as {[Name in keyof Cells]: ReturnType<Cells[Name]>};
}

/** As in leaderboard/pages/adaptive.cc: a list of defences is one plugin, joined by "+". */
export function isAdaptive(attack: EntryId, defense: EntryId): boolean {
  const against = attack.adapts_to ?? [];
  if (against.length === 0) return false;
  const runs = [...(defense.plugin ?? '').split('+'), ...(defense.parts ?? [])];
  return against.some(plugin => runs.includes(plugin));
}

function coordinatesOf(
  entries: ReturnType<typeof entriesOf>,
  row: number,
  teacherSeed: number,
  studentSeed: number,
  places: Map<string, Place>,
) {
  const {dataset, attack, teacher, student, distiller, defense} = allAt(entries, row);
  const safe = [dataset, attack, teacher, student, distiller, defense].map(entry => entry.safe);
  const key = `${attack.id}\n${String(teacherSeed)}\n${String(studentSeed)}`;
  // One for all rows that share it: to look it up compares no letters then.
  const place = places.get(key) ?? {
    key,
    attack: attack.id,
    teacher: teacherSeed,
    student: studentSeed,
  };
  places.set(key, place);
  return {
    id: [...safe, `t${String(teacherSeed)}`, `s${String(studentSeed)}`].join('-'),
    place,
    dataset: dataset.id,
    attack: attack.id,
    teacherNetwork: teacher.id,
    studentNetwork: student.id,
    distiller: distiller.id,
    defense: defense.id,
    side: distiller.side ?? undefined,
    attackPlugin: attack.plugin ?? '',
    distillerPlugin: distiller.plugin ?? '',
    defensePlugin: defense.plugin ?? '',
    attackFamily: attack.family ?? '',
    adaptive: isAdaptive(attack, defense),
    access: defense.access ?? '',
    attackAware: defense.attack_aware ?? false,
    unattacked: attack.none ?? false,
  };
}

/** The name of a group. */
export function groupKey(
  row: Pick<Row, 'dataset' | 'teacherNetwork' | 'studentNetwork' | 'distiller' | 'track'>,
): string {
  return [row.dataset, row.teacherNetwork, row.studentNetwork, row.distiller, row.track].join('\n');
}

/** All rows of a matrix; `hasPlan`: its file is known. */
export function rowsOf(file: MatrixFile, hasPlan: boolean): Row[] {
  const reader = new Reader(file);
  const entries = entriesOf(reader, file);
  const names = namesOf(reader, file);
  const measures = measuresOf(reader);
  const teacherSeeds = reader.number('teacher_seed');
  const studentSeeds = reader.number('student_seed');
  const places = new Map<string, Place>();
  const groups = new Map<string, string>();
  return Array.from({length: file.scores + file.absent}, (_, index) => {
    const teacherSeed = teacherSeeds(index) ?? 0;
    const studentSeed = studentSeeds(index) ?? 0;
    const coordinates = coordinatesOf(entries, index, teacherSeed, studentSeed, places);
    const named = allAt(names, index);
    const key = groupKey({...coordinates, track: named.track});
    const group = groups.get(key) ?? key;
    groups.set(key, group);
    return {
      index,
      teacherSeed,
      studentSeed,
      group,
      planned: hasPlan || index >= file.scores,
      ...coordinates,
      ...named,
      ...allAt(measures, index),
    };
  });
}
