// What no defence can be blamed for and what it starts from, over the cells that the mean ASR of
// the table is over, as far as the undefended student finished them.
import {groupBy, meanOf} from '../arrays';
import {type Row} from '../data/rows';
import {supportOf} from './support';

export interface ReferenceRow {
  readonly name: string;
  readonly asr: number | undefined;
  readonly acc: number | undefined;
  readonly what: string;
}

// By attack, so that attacks weigh alike whatever their seeds.
function meanOfAttacks(
  rows: readonly Row[],
  valueOf: (row: Row) => number | undefined,
): number | undefined {
  const known = rows.filter(row => valueOf(row) !== undefined);
  const attacks = [...groupBy(known, row => row.attack).values()];
  return meanOf(attacks.flatMap(of => meanOf(of.flatMap(row => valueOf(row) ?? [])) ?? []));
}

/** Of one group; none where no undefended cell counts. */
export function referencesOf(rows: readonly Row[]): ReferenceRow[] {
  const places = supportOf(rows).counted;
  const counted = rows.filter(
    row => row.defensePlugin === 'none' && row.counts && places.has(row.place.key),
  );
  const asr = meanOfAttacks(counted, row => row.teacherAsr);
  if (asr === undefined) return [];
  const of = `${String(counted.length)} of ${String(places.size)}`;
  const over = counted.length === places.size ? '' : `; over ${of} cells`;
  return [
    {
      name: 'backdoored teacher',
      asr,
      acc: meanOfAttacks(counted, row => row.teacherAcc),
      what: `what the student is distilled from${over}`,
    },
    {
      name: 'clean teacher',
      asr: meanOfAttacks(counted, row => row.floor),
      acc: meanOfAttacks(counted, row => row.cleanAcc),
      what: `ASR of its student: the floor; ACC of the teacher itself${over}`,
    },
  ];
}
