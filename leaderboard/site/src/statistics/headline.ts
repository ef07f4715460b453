// The answer in one sentence, as far as the standings allow one: leaderboard/standings/headline.h.
import {provenLower, type Standing, type Standings} from './standings';

export type HeadlineKind = 'none' | 'few_teachers' | 'none_helps' | 'best';

/** The first of the best beside the control, over the cells that count and both finished. */
export interface Against {
  readonly control: Standing;
  /** Its mean ASR minus the control's. */
  readonly difference: number;
  readonly cells: number;
  /** Whether the means of both are over these cells and no others. */
  readonly sameCells: boolean;
}

export interface Headline {
  readonly kind: HeadlineKind;
  readonly best: readonly Standing[];
  /** Absent without a control, or if the two have no cell in common. */
  readonly against?: Against | undefined;
  /** Of all defences but the control: with a rank, and all. */
  readonly ranked: number;
  readonly defenses: number;
  /** Of `best`: those of which nobody proved that they are better than the control. */
  readonly unproven: readonly Standing[];
  /** Of all defences that did not collapse: those proven to be better than the control. */
  readonly proven: readonly Standing[];
  /** No defence has finished all planned cells, the most is `most`: an answer so far. */
  readonly soFar: boolean;
  readonly most: number;
}

// Means of two rows are compared over the cells of their pair alone.
function againstControl(standings: Standings, best: Standing): Against | undefined {
  const control = standings.rows.find(row => row.control && row.asr);
  if (!control?.asr || !best.asr) return undefined;
  for (const {a, b, difference} of standings.pairs) {
    const names = [standings.entrants[a], standings.entrants[b]];
    const own = names.indexOf(best.defense);
    if (!difference || own < 0 || names[1 - own] !== control.defense) continue;
    const {cells} = difference;
    return {
      control,
      difference: (own === 0 ? 1 : -1) * difference.mean,
      cells,
      sameCells: cells === best.asr.cells && cells === control.asr.cells,
    };
  }
  return undefined;
}

export function headlineOf(standings: Standings): Headline {
  const {rows} = standings;
  const defenses = rows.filter(row => !row.control);
  const facts = {
    ranked: rows.filter(row => row.rank !== undefined).length,
    defenses: defenses.length,
    soFar: standings.shared < standings.planned,
    most: Math.max(0, ...defenses.map(row => row.finished)),
  };
  const lowest = defenses.find(
    row => row.asr && row.collapsed === 0 && row.rankApart === undefined,
  );
  const nobody = {...facts, best: [], unproven: [], proven: []};
  if (!lowest) return {...nobody, kind: 'none'};
  const best = rows.filter(row => row.rank === 1);
  if (best.length === 0) {
    const against = againstControl(standings, lowest);
    return {...nobody, kind: 'few_teachers', best: [lowest], against};
  }
  const against = againstControl(standings, best[0] ?? lowest);
  const better = (row: Standing) =>
    against !== undefined && provenLower(standings, row.defense, against.control.defense);
  const proven = defenses.filter(row => row.collapsed === 0 && better(row));
  const unproven = against ? best.filter(row => !better(row)) : [];
  const kind = against && proven.length === 0 ? 'none_helps' : 'best';
  return {...facts, kind, best, against, unproven, proven};
}
