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
