// Attacks by defences: means over seeds, or what became of the cells.
import {compareText, groupBy, meanOf} from '../arrays';
import {type Row} from '../data/rows';
import {cellLink, type Context, linkTo, statusText} from './context';
import {make, name, scrolled} from './dom';
import {percent} from './words';

function linkOf(rows: readonly Row[], context: Context): string {
  const [first] = rows;
  if (!first) return '';
  if (rows.length === 1) return cellLink(first, context);
  const values = new Map([
    ['dataset', [first.dataset]],
    ['networks', [`${first.teacherNetwork}~${first.studentNetwork}`]],
    ['distiller', [first.distiller]],
    ['attack', [first.attack]],
    ['defense', [first.defense]],
  ]);
  return linkTo(context, 'cells', {values});
}

function badCell(rows: readonly Row[], context: Context): HTMLElement {
  const [first] = rows;
  if (!first) return make('td', {class: 'heat hatch'}, 'not planned');
  const link = make('a', {href: linkOf(rows, context)}, statusText(context.site, first.status));
  return make('td', {class: 'heat hatch'}, link, make('span', {class: 'why'}, first.reason));
}

function heatCell(rows: readonly Row[], context: Context): HTMLElement {
  const asr = meanOf(rows.flatMap(row => row.asr ?? []));
  const acc = meanOf(rows.flatMap(row => row.acc ?? []));
  if (asr === undefined || acc === undefined) return badCell(rows, context);
  const done = rows.filter(row => row.asr !== undefined).length;
  const flagged = rows.some(row => row.asr !== undefined && !row.counts);
  const flags = [...new Set(rows.flatMap(row => row.flags))].map(flag => flag.replace(/_/g, ' '));
  return make(
    'td',
    {class: flagged ? 'heat hatch' : `heat h${String(Math.round(10 * asr))}`},
    make('a', {href: linkOf(rows, context)}, `ASR ${percent(asr)}`),
    make('span', {class: 'why'}, `ACC ${percent(acc)}`),
    done < rows.length
      ? make('span', {class: 'why'}, `${String(done)} of ${String(rows.length)} seeds`)
      : null,
    flagged ? make('span', {class: 'why'}, flags.join(', ')) : null,
  );
}

/** `rows`: of one group. */
export function heatMap(rows: readonly Row[], group: string, context: Context): HTMLElement | null {
  const attacked = rows.filter(row => !row.unattacked);
  if (attacked.length === 0) return null;
  const cells = groupBy(attacked, row => `${row.attack}\n${row.defense}`);
  const attacks = [...new Set(attacked.map(row => row.attack))].sort(compareText);
  const defenses = [...new Set(attacked.map(row => row.defense))].sort(compareText);
  const head = make(
    'tr',
    {},
    make('th', {scope: 'col'}, 'Attack'),
    ...defenses.map(defense => make('th', {scope: 'col'}, name(defense))),
  );
  const body = attacks.map(attack =>
    make(
      'tr',
      {},
      make('th', {scope: 'row'}, name(attack)),
      ...defenses.map(defense => heatCell(cells.get(`${attack}\n${defense}`) ?? [], context)),
    ),
  );
  const caption =
    'Attacks × defences, in percent, mean over seeds. Darker is a higher ASR; hatched has no ' +
    'number, or one that does not count.';
  return scrolled(
    `Attacks and defences with ${group}`,
    make(
      'table',
      {class: 'heatmap'},
      make('caption', {}, caption),
      make('thead', {}, head),
      make('tbody', {}, ...body),
    ),
  );
}
