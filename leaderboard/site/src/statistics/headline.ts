// The answer in one sentence, as far as the standings allow one: leaderboard/standings/headline.h.
import {type Estimate} from './design';
import {isDefense, provenBetter, provenLower, type Standing, type Standings} from './standings';

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

/** A defence that a cell keeps from the ranks, beside the first of those that have one. */
export interface Lower {
  readonly row: Standing;
  /** Its mean ASR minus that of the first, over the cells that count and both finished. */
  readonly difference: number;
  readonly proven: boolean;
}

export interface Headline {
  readonly kind: HeadlineKind;
  readonly best: readonly Standing[];
  /** Absent without a control, or if the two have no cell in common. */
  readonly against?: Against | undefined;
  /** Of all defences, which the control and the references are not: with a rank, and all. */
  readonly ranked: number;
  readonly defenses: number;
  /** Of `best`: those of which nobody proved that they are better than the control. */
  readonly unproven: readonly Standing[];
  /** Of all defences that did not collapse: those proven to be better than the control. */
  readonly proven: readonly Standing[];
  /** Of all defences: those proven to have a higher mean ASR than the control. */
  readonly worse: readonly Standing[];
  /**
   * Ranked apart, with a lower mean ASR than the first of `best` where both finished, and proven to
   * be better than it or than the control.
   */
  readonly apart: readonly Lower[];
  /**
   * Without a rank, because students collapsed, with a lower mean ASR than the first of `best`
   * where both finished. Nothing of them is a proof that they defend.
   */
  readonly collapsed: readonly Lower[];
  /** No defence has finished all planned cells, the most is `most`: an answer so far. */
  readonly soFar: boolean;
  readonly most: number;
}

// The mean ASR of a minus that of b over the cells that count and both finished, and their number.
function pairedDifference(
  {pairs, entrants}: Standings,
  a: Standing,
  b: Standing,
): Pick<Estimate, 'mean' | 'cells'> | undefined {
  for (const {a: first, b: second, difference} of pairs) {
    const names = [entrants[first], entrants[second]];
    const own = names.indexOf(a.defense);
    if (!difference || own < 0 || names[1 - own] !== b.defense) continue;
    return {mean: (own === 0 ? 1 : -1) * difference.mean, cells: difference.cells};
  }
  return undefined;
}

// Means of two rows are compared over the cells of their pair alone.
function againstControl(standings: Standings, best: Standing): Against | undefined {
  const control = standings.rows.find(row => row.control && row.asr);
  if (!control?.asr || !best.asr) return undefined;
  const paired = pairedDifference(standings, best, control);
  if (!paired) return undefined;
  const {mean, cells} = paired;
  const sameCells = cells === best.asr.cells && cells === control.asr.cells;
  return {control, difference: mean, cells, sameCells};
}

// One missing cell must not hide a winner.
function apartFrom(first: Standing, standings: Standings, control: Standing | undefined): Lower[] {
  return standings.rows.flatMap(row => {
    if (row.rankApart === undefined) return [];
    const paired = pairedDifference(standings, row, first);
    if (!paired || paired.mean >= 0) return [];
    const proven = provenBetter(standings, row.defense, first.defense);
    const helps = control && provenBetter(standings, row.defense, control.defense);
    return proven || helps ? [{row, difference: paired.mean, proven}] : [];
  });
}

// Not those alone that are proven to be lower: the lowest mean of a table is always told.
function collapsedBelow(first: Standing, standings: Standings): Lower[] {
  return standings.rows.flatMap(row => {
    if (!isDefense(row) || row.collapsed === 0) return [];
    const paired = pairedDifference(standings, row, first);
    if (!paired || paired.mean >= 0) return [];
    const proven = provenLower(standings, row.defense, first.defense);
    return [{row, difference: paired.mean, proven}];
  });
}

export function headlineOf(standings: Standings): Headline {
  const {rows} = standings;
  const defenses = rows.filter(isDefense);
  const facts = {
    ranked: rows.filter(row => row.rank !== undefined).length,
    defenses: defenses.length,
    soFar: standings.shared < standings.planned,
    most: Math.max(0, ...defenses.map(row => row.finished)),
  };
  const lowest = defenses.find(
    row => row.asr && row.collapsed === 0 && row.rankApart === undefined,
  );
  const nobody = {
    ...facts,
    best: [],
    unproven: [],
    proven: [],
    worse: [],
    apart: [],
    collapsed: [],
  };
  if (!lowest) return {...nobody, kind: 'none'};
  const best = rows.filter(row => row.rank === 1);
  if (best.length === 0) {
    const against = againstControl(standings, lowest);
    const collapsed = collapsedBelow(lowest, standings);
    return {...nobody, kind: 'few_teachers', best: [lowest], against, collapsed};
  }
  const first = best[0] ?? lowest;
  const against = againstControl(standings, first);
  const control = against?.control.defense;
  const better = (row: Standing) =>
    control !== undefined && provenBetter(standings, row.defense, control);
  const proven = defenses.filter(better);
  const unproven = against ? best.filter(row => !better(row)) : [];
  const worse = defenses.filter(
    row => control !== undefined && provenLower(standings, control, row.defense),
  );
  const apart = apartFrom(first, standings, against?.control);
  const collapsed = collapsedBelow(first, standings);
  const kind = against && proven.length === 0 ? 'none_helps' : 'best';
  return {...facts, kind, best, against, unproven, proven, worse, apart, collapsed};
}
