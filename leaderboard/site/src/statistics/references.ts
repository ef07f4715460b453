// What no defence can be blamed for, what it starts from, and free defences of other tracks, over
// the cells that the mean ASR of the table is over, as far as they are there.
import {compareText, groupBy} from '../arrays';
import {type Row} from '../data/rows';
import {finished, supportOf} from './support';
import {meanOverSeeds} from './teacher_means';

export interface ReferenceRow {
  readonly name: string;
  readonly asr: number | undefined;
  readonly acc: number | undefined;
  readonly what: string;
}

function over(cells: number, places: ReadonlyMap<string, unknown>): string {
  const of = `${String(cells)} of ${String(places.size)}`;
  return cells === places.size ? '' : `; over ${of} cells`;
}

// Of the teachers and their clean twins, as the cells of the undefended student say.
function teacherRows(rows: readonly Row[], places: ReadonlyMap<string, unknown>): ReferenceRow[] {
  const counted = rows.filter(
    row => row.defensePlugin === 'none' && row.counts && places.has(row.place.key),
  );
  const asr = meanOverSeeds(counted, row => row.teacherAsr);
  if (asr === undefined) return [];
  const some = over(counted.length, places);
  return [
    {
      name: 'backdoored teacher',
      asr,
      acc: meanOverSeeds(counted, row => row.teacherAcc),
      what: `what the student is distilled from${some}`,
    },
    {
      name: 'clean teacher',
      asr: meanOverSeeds(counted, row => row.floor),
      acc: meanOverSeeds(counted, row => row.cleanAcc),
      what: `ASR of its student: the floor; ACC of the teacher itself${some}`,
    },
  ];
}

// Defences of other tracks that cost nothing: the undefended student first, then by name.
function pinnedRows(
  pinned: readonly Row[],
  places: ReadonlyMap<string, unknown>,
  tracks: Readonly<Record<string, string>>,
): ReferenceRow[] {
  const ended = pinned.filter(row => finished(row) && places.has(row.place.key));
  const keyOf = ({defensePlugin, defense, track}: Row) =>
    [String(Number(defensePlugin !== 'none')), defense, track].join('\n');
  const all = [...groupBy(ended, keyOf)].sort(([a], [b]) => compareText(a, b));
  return all.flatMap(([, cells]) => {
    const [first] = cells;
    if (!first) return [];
    const what = first.defensePlugin === 'none' ? 'no defence' : 'the KD loss at temperature 1';
    const track = tracks[first.track] ?? first.track;
    return [
      {
        name: first.defense,
        asr: meanOverSeeds(cells, row => row.asr),
        acc: meanOverSeeds(cells, row => row.acc),
        what: `${what}, on another track (${track})${over(cells.length, places)}`,
      },
    ];
  });
}

/**
 * Of the rows of a group's dataset, networks and distiller on other tracks: what its own track has
 * no cell of and what every defence should be better than.
 */
export function pinnedBeside(rows: readonly Row[], others: readonly Row[]): Row[] {
  const scored = rows.filter(row => row.status !== 'absent');
  const own = new Set(scored.map(row => row.defense));
  const hasControl = scored.some(row => row.defensePlugin === 'none');
  return others.filter(row => {
    if (row.status === 'absent') return false;
    if (row.defensePlugin === 'none') return !hasControl;
    return row.reference && !own.has(row.defense);
  });
}

/**
 * Of one group; none where no undefended cell counts and nothing is pinned. `pinned`: pinnedBeside;
 * `tracks`: what they are called.
 */
export function referencesOf(
  rows: readonly Row[],
  pinned: readonly Row[] = [],
  tracks: Readonly<Record<string, string>> = {},
): ReferenceRow[] {
  const places = supportOf(rows).counted;
  return [...teacherRows([...rows, ...pinned], places), ...pinnedRows(pinned, places, tracks)];
}
