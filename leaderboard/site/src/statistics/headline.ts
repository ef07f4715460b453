// The answer in one sentence, as far as the standings allow one: leaderboard/standings/headline.h.
import {provenLower, type Standing, type Standings} from './standings';

export type HeadlineKind = 'none' | 'unfinished' | 'few_teachers' | 'none_helps' | 'best';

export interface Headline {
  readonly kind: HeadlineKind;
  readonly best: readonly Standing[];
  readonly control?: Standing | undefined;
  /** Of `best`: those of which nobody proved that they are better than the control. */
  readonly unproven: readonly Standing[];
}

export function headlineOf(standings: Standings): Headline {
  const {rows} = standings;
  const control = rows.filter(row => row.control && row.asr).at(-1);
  const lowest = rows.find(
    row => !row.control && row.asr && row.collapsed === 0 && row.rankApart === undefined,
  );
  const none = {best: [], control, unproven: []};
  if (!lowest) return {...none, kind: 'none'};
  if (standings.shared < standings.planned) return {...none, kind: 'unfinished'};
  const best = rows.filter(row => row.rank === 1);
  if (best.length === 0) return {...none, kind: 'few_teachers', best: [lowest]};
  const unproven = control
    ? best.filter(row => !provenLower(standings, row.defense, control.defense))
    : [];
  const kind = unproven.length > 0 && unproven[0] === best[0] ? 'none_helps' : 'best';
  return {kind, best, control, unproven};
}
