// What stands folded up below the standings of a group: the second table of standings.tpl, without
// the probabilities of its last column.
import {type Address} from '../state/address';
import {type Standing, type Standings} from '../statistics/standings';
import {type Context} from './context';
import {make, name, scrolled} from './dom';
import {
  cellsLink,
  type NamedGroup,
  quietly,
  scoredStandings,
  whyNoMean,
  whyNoNumber,
  whyNoRank,
  withKnown,
} from './standings_table';
import {estimateCell, missing, numberCell, points} from './words';

/** From where to where its rank lies on a further attack; undefined: it has none. */
export function unseenText({unseenRank}: Standing): string | undefined {
  if (!unseenRank) return undefined;
  const {low, high} = unseenRank;
  return low === high ? String(low) : `${String(low)}–${String(high)}`;
}

/** Why there is none: no rank, or a single attack. */
export function whyNoUnseen(row: Standing, standings: Standings): string {
  if (row.rank === undefined) return whyNoRank(row, standings);
  return 'a single attack says nothing of a further one';
}

function unseenCell(row: Standing, standings: Standings): HTMLElement {
  return numberCell(unseenText(row) ?? missing(whyNoUnseen(row, standings)));
}

function aboveCell({aboveFloor: above, asr}: Standing, reason: string): HTMLElement {
  if (!above) return numberCell(missing(reason));
  const {mean, interval} = above;
  const range = interval && ` ${points(interval.low)} to ${points(interval.high)}`;
  const cell = numberCell(points(mean), range ? make('span', {class: 'ci'}, range) : null);
  return withKnown(cell, above, asr);
}

function frontCell(row: Standing): HTMLElement {
  const {onFront, cells, collapsed} = row;
  if (onFront !== undefined) return numberCell(onFront ? 'yes' : 'no');
  const others = "over other cells, or somebody's cost is not known on the same kind of device";
  return numberCell(
    missing(cells === 0 ? whyNoNumber(row) : collapsed > 0 ? 'utility collapse' : others),
  );
}

const heads = [
  'Defence',
  'Rank, further attack',
  'Transfer ratio %',
  'Above the floor, points',
  'On the front of ACC, ASR, cost',
];

// The row of the first table has links to the same cells, at which the keyboard stops.
function furtherRow(row: Standing, standings: Standings, href: string): HTMLElement {
  const cells = [
    unseenCell(row, standings),
    withKnown(
      estimateCell(row.transfer, row.asr ? 'not recorded' : whyNoMean(row)),
      row.transfer,
      row.asr,
    ),
    aboveCell(row, row.asr ? 'no floor is recorded' : whyNoMean(row)),
    frontCell(row),
  ];
  const head = make('th', {scope: 'row'}, name(row.defense));
  return make('tr', {}, head, ...cells.map(cell => quietly(cell, href)));
}

function captionOf({rows, unseenProbability}: Standings): string {
  const unseen = rows.some(row => row.unseenRank)
    ? 'On a further attack, drawn as these were, the rank lies in the range with a ' +
      `probability of ${(100 * unseenProbability).toFixed(0)} % at least. `
    : '';
  return (
    `${unseen}The transfer ratio is the ASR in relation to the teacher's; above the floor is ` +
    "the ASR minus that of a clean teacher's student. On the front is whom no other beats in " +
    'ACC, ASR and cost at once, the undefended student included.'
  );
}

export function furtherTable(group: NamedGroup, context: Context, address: Address): HTMLElement {
  const {name: title, standings} = group;
  const shown = scoredStandings(standings, group.rows);
  const linkOf = (row: Standing) => cellsLink(row, group, context, address);
  return make(
    'details',
    {class: 'further'},
    make('summary', {}, 'On a further attack, transfer, front'),
    scrolled(
      `More of the defences with ${title}, filtered`,
      make(
        'table',
        {class: 'more'},
        make('caption', {}, captionOf(standings)),
        make('thead', {}, make('tr', {}, ...heads.map(head => make('th', {scope: 'col'}, head)))),
        make('tbody', {}, ...shown.map(row => furtherRow(row, standings, linkOf(row)))),
      ),
    ),
  );
}
