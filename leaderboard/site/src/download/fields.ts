// The columns of scores.csv (leaderboard/pages/scores_csv.cc) for the cells of a view: the same
// names, order and values, so that what reads the one file reads the other. Names, units and
// meanings are those of the data.
import {at} from '../arrays';
import {type Field, type MoreFile} from '../data/format';
import {type Row} from '../data/rows';

export type Value = string | number | boolean | null;

export type Record_ = Readonly<Record<string, Value>>;

type Reader = (row: Row) => Value;

const orNull = (value: number | string | undefined) => value ?? null;
const textOrNull = (value: string) => (value === '' ? null : value);

// What a planned cell has that has no score, too.
const planned: Readonly<Record<string, Reader>> = {
  cell: row => row.id,
  dataset: row => row.dataset,
  attack: row => row.attack,
  teacher_network: row => row.teacherNetwork,
  student_network: row => row.studentNetwork,
  distiller: row => row.distiller,
  defense: row => row.defense,
  teacher_seed: row => row.teacherSeed,
  student_seed: row => row.studentSeed,
  track: row => textOrNull(row.track),
  status: row => row.status,
};

// What only a score says.
const scored: Readonly<Record<string, Reader>> = {
  attack_plugin: row => textOrNull(row.attackPlugin),
  attack_family: row => textOrNull(row.attackFamily),
  distiller_plugin: row => textOrNull(row.distillerPlugin),
  defense_plugin: row => textOrNull(row.defensePlugin),
  access: row => textOrNull(row.access),
  evaluated_on: row => textOrNull(row.evaluatedOn),
  reason: row => textOrNull(row.reason),
  flags: row => row.flags.join(' '),
  gate: row => textOrNull(row.gate),
  acc: row => orNull(row.acc),
  acc_hits: row => orNull(row.accCount?.hits),
  acc_of: row => orNull(row.accCount?.of),
  asr: row => orNull(row.asr),
  asr_hits: row => orNull(row.asrCount?.hits),
  asr_of: row => orNull(row.asrCount?.of),
  floor: row => orNull(row.floor),
  teacher_acc: row => orNull(row.teacherAcc),
  teacher_asr: row => orNull(row.teacherAsr),
  clean_teacher_acc: row => orNull(row.cleanAcc),
  seconds: row => orNull(row.seconds),
  verification: row => textOrNull(row.verification),
};

// Of a further column; positions become what they point to.
function further(name: string, {ids, columns}: MoreFile): Reader {
  const column = columns[name];
  const names = ids[name];
  return row => {
    const value = Array.isArray(column)
      ? ((column as readonly (number | null)[])[row.index] ?? null)
      : ((column as number | null | undefined) ?? null);
    return names && value !== null ? at(names, value) : value;
  };
}

// Of images.
function countedShare(name: string, more: MoreFile): Reader {
  const hits = further(`${name}_hits`, more);
  const of = further(`${name}_of`, more);
  return row => {
    const [h, n] = [hits(row), of(row)];
    return typeof h === 'number' && typeof n === 'number' && n > 0 ? h / n : null;
  };
}

function ofScore({name, unit}: Field, more: MoreFile): Reader {
  const known = scored[name];
  if (known) return known;
  if (name === 'ra') return countedShare('ra', more);
  const value = further(name, more);
  if (unit !== 'true/false') return value;
  return row => {
    const said = value(row);
    return said === null ? null : said === 1;
  };
}

function readerOf(field: Field, more: MoreFile): Reader {
  if (field.name === 'matrix') return () => more.name;
  const always = planned[field.name];
  if (always) return always;
  const value = ofScore(field, more);
  return row => (row.status === 'absent' ? null : value(row));
}

/** One a row, with a member a column. */
export function recordsOf(rows: readonly Row[], more: MoreFile): Record_[] {
  const readers = more.fields.map(field => [field.name, readerOf(field, more)] as const);
  return rows.map(row => Object.fromEntries(readers.map(([name, of]) => [name, of(row)])));
}
