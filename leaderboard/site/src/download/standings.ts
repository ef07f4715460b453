// Every field of a row of standings as a download has it, with what it means. Names are those of
// standings.json where it has the same.
import {type Row} from '../data/rows';
import {type Estimate} from '../statistics/design';
import {type Standing} from '../statistics/standings';
import {type Record_, type Value} from './fields';

interface StandingField {
  readonly name: string;
  readonly meaning: string;
  /** `first`: any cell of the group. */
  readonly of: (standing: Standing, first: Row) => Value;
}

const orNull = (value: Value | undefined) => value ?? null;

// A mean with its interval and the cells that it is over.
function estimate(
  name: string,
  meaning: string,
  of: (standing: Standing) => Estimate | undefined,
): StandingField[] {
  const part = (suffix: string, what: string, value: (one: Estimate) => number | undefined) => ({
    name: `${name}${suffix}`,
    meaning: what,
    of: (standing: Standing) => {
      const one = of(standing);
      return orNull(one && value(one));
    },
  });
  return [
    part('', meaning, one => one.mean),
    part('_low', `${name}: lower end of the 95 % interval`, one => one.interval?.low),
    part('_high', `${name}: upper end of the 95 % interval`, one => one.interval?.high),
    part('_cells', `${name}: over so many cells`, one => one.cells),
  ];
}

const groups: readonly StandingField[] = [
  {name: 'dataset', meaning: 'data set of the table', of: (_, first) => first.dataset},
  {name: 'teacher_network', meaning: 'network of teachers', of: (_, first) => first.teacherNetwork},
  {name: 'student_network', meaning: 'network of students', of: (_, first) => first.studentNetwork},
  {name: 'distiller', meaning: 'distiller of the table', of: (_, first) => first.distiller},
  {name: 'track', meaning: 'data that students may see', of: (_, first) => first.track},
  {
    name: 'side',
    meaning: 'what the distiller takes beside that',
    of: (_, first) => orNull(first.side),
  },
];

const places: readonly StandingField[] = [
  {name: 'defense', meaning: 'defence, as the matrix calls it', of: row => row.defense},
  {name: 'control', meaning: 'the undefended student', of: row => row.control},
  {
    name: 'reference',
    meaning: 'costs nothing, is no defence and has no rank',
    of: row => row.reference,
  },
  {name: 'attack_aware', meaning: 'chosen knowing the attack', of: row => row.attackAware},
  {name: 'rank', meaning: 'by mean ASR; empty: none', of: row => orNull(row.rank)},
  {name: 'rank_low', meaning: 'best possible rank', of: row => orNull(row.rankInterval?.low)},
  {name: 'rank_high', meaning: 'worst possible rank', of: row => orNull(row.rankInterval?.high)},
  {
    name: 'rank_apart',
    meaning: 'rank over fewer cells than the others',
    of: row => orNull(row.rankApart),
  },
  {
    name: 'best_probability',
    meaning: 'probability of the lowest mean ASR, in [0, 1]',
    of: row => orNull(row.bestProbability),
  },
];

const measures: readonly StandingField[] = [
  ...estimate('asr', 'mean attack success rate, in [0, 1]', row => row.asr),
  {name: 'worst', meaning: 'ASR of the worst attack', of: row => orNull(row.worst?.mean)},
  {name: 'worst_attack', meaning: 'which it is', of: row => orNull(row.worst?.attack)},
  ...estimate('acc', 'mean accuracy, in [0, 1]', row => row.acc),
  ...estimate('der', 'defence effectiveness rating, in [0, 1]', row => row.der),
  ...estimate('above_floor', 'ASR minus the floor', row => row.aboveFloor),
  ...estimate('transfer', "ASR in relation to the teacher's", row => row.transfer),
];

const rest: readonly StandingField[] = [
  {name: 'seconds', meaning: 'mean time of a cell, of `device`', of: row => orNull(row.seconds)},
  {name: 'device', meaning: 'CPU or GPU', of: row => row.device || null},
  {
    name: 'relative_seconds',
    meaning: 'in relation to no defence',
    of: row => orNull(row.relativeSeconds),
  },
  {name: 'finished', meaning: 'attacked cells that ended well', of: row => row.finished},
  {name: 'planned', meaning: 'attacked cells that were planned', of: row => row.planned},
  {name: 'collapsed', meaning: 'cells with a collapsed student', of: row => row.collapsed},
  {name: 'cells', meaning: 'cells that the means are over', of: row => row.cells},
];

export const standingFields: readonly StandingField[] = [
  ...groups,
  ...places,
  ...measures,
  ...rest,
];

/** `first`: any cell of the group of the standing. */
export function standingRecordOf(standing: Standing, first: Row): Record_ {
  return Object.fromEntries(standingFields.map(field => [field.name, field.of(standing, first)]));
}
