// Rows for tests: what is not said is a finished cell of the undefended student.
import {groupKey, type Row} from '../src/data/rows';

export function row(attack: string, defense: string, seed: number, rest: Partial<Row> = {}): Row {
  const asr = rest.asr ?? 0.5;
  const made = {
    index: 0,
    id: [attack, defense, String(seed)].join('-'),
    place: {key: `${attack}\n${String(seed)}\n0`, attack, teacher: seed, student: 0},
    dataset: 'toy',
    attack,
    teacherNetwork: 'wrn-16-2',
    studentNetwork: 'wrn-16-1',
    distiller: 'zskt',
    defense,
    teacherSeed: seed,
    studentSeed: 0,
    track: 'synthesized',
    attackPlugin: attack,
    distillerPlugin: 'zskt',
    defensePlugin: defense,
    attackFamily: 'dirty label',
    adaptive: false,
    access: 'no data',
    attackAware: false,
    reference: false,
    unattacked: attack === 'none',
    planned: true,
    status: 'ok',
    reason: '',
    flags: [],
    counts: true,
    acc: 0.9,
    accCount: {hits: 900, of: 1000},
    asr,
    asrCount: {hits: Math.round(900 * asr), of: 900},
    seconds: 10,
    device: 'CPU',
    gate: 'passed',
    day: '2026-11-28',
    verification: '',
    evaluatedOn: 'test',
    ...rest,
  };
  return {...made, group: groupKey(made)};
}

/** The same of one of several students of a teacher. */
export function studentRow(
  attack: string,
  defense: string,
  seed: number,
  student: number,
  rest: Partial<Row> = {},
): Row {
  const key = [attack, String(seed), String(student)].join('\n');
  const place = {key, attack, teacher: seed, student};
  const id = [attack, defense, String(seed), String(student)].join('-');
  return row(attack, defense, seed, {id, place, studentSeed: student, ...rest});
}

/**
 * Under "sig" two students of each of three teachers, but one of the last. Of "abd" the mean ASR is
 * 0.4 over teachers and 0.3 over cells, of "none" 0.6 and 0.7; ACC is 1 - ASR, the floor half the
 * ASR, and the teacher has the ASR of its student.
 */
export function withoutOneStudent(rest: Partial<Row> = {}): Row[] {
  const asr = {abd: [0.1, 0.2, 0.9], none: [0.9, 0.8, 0.1]};
  return Object.entries(asr).flatMap(([defense, byTeacher]) =>
    byTeacher.flatMap((value, seed) =>
      (seed === 2 ? [0] : [0, 1]).map(student =>
        studentRow('sig', defense, seed, student, {
          asr: value,
          acc: 1 - value,
          floor: value / 2,
          teacherAsr: value,
          ...rest,
        }),
      ),
    ),
  );
}
