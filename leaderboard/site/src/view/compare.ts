// Up to four defences side by side: per attack, over all, by pairs.
import {compareText, meanOf} from '../arrays';
import {type Row} from '../data/rows';
import {type Address} from '../state/address';
import {level, type Pair} from '../statistics/ranking';
import {type Standing} from '../statistics/standings';
import {type Context} from './context';
import {type Child, make, name, scrolled} from './dom';
import {type Group, groupName, groupsOf, groupTitle} from './standings';
import {duration, missing, numberCell, percent, points, pText, range} from './words';

export const mostCompared = 4;

interface Line {
  readonly label: Child;
  readonly of: (row: Standing) => HTMLElement;
}

function meanLine(label: string, of: (row: Standing) => Standing['asr']): Line {
  return {
    label,
    of: row => {
      const estimate = of(row);
      return estimate
        ? numberCell(percent(estimate.mean), range(estimate.interval, percent))
        : numberCell(missing('no number over the cells that all finished'));
    },
  };
}

const overall: readonly Line[] = [
  meanLine('ASR %, mean over attacks', row => row.asr),
  {
    label: 'ASR %, worst attack',
    of: row =>
      row.worst
        ? numberCell(percent(row.worst.mean), ' ', name(row.worst.attack))
        : numberCell(missing('not finished')),
  },
  meanLine('ASR − floor, points', row => row.aboveFloor),
  meanLine('ACC %', row => row.acc),
  meanLine('DER %', row => row.der),
  {
    label: 'Time a cell',
    of: row =>
      numberCell(
        row.seconds === undefined
          ? missing('not measured on one kind of device')
          : `${duration(row.seconds)} ${row.device}`,
      ),
  },
  {label: 'Finished', of: row => numberCell(`${String(row.finished)} of ${String(row.planned)}`)},
];

function attackCell(rows: readonly Row[], lowest: number | undefined): HTMLElement {
  const asr = meanOf(rows.flatMap(row => row.asr ?? []));
  if (asr === undefined) return numberCell(missing(rows[0]?.reason ?? 'no score'));
  const text = percent(asr);
  return numberCell(asr === lowest ? make('strong', {}, text) : text);
}

// The lowest mean over the same seeds is printed bold; a bold number proves nothing.
function attackRow(attack: string, defenses: readonly string[], rows: readonly Row[]): HTMLElement {
  const cells = defenses.map(defense =>
    rows.filter(row => row.attack === attack && row.defense === defense),
  );
  const means = cells.flatMap(own => meanOf(own.flatMap(row => row.asr ?? [])) ?? []);
  const lowest = means.length > 1 ? Math.min(...means) : undefined;
  return make(
    'tr',
    {},
    make('th', {scope: 'row'}, 'ASR %, ', name(attack)),
    ...cells.map(own => attackCell(own, lowest)),
  );
}

function pairText(pair: Pair, names: readonly string[]): HTMLElement {
  const [a, b] = [names[pair.a] ?? '', names[pair.b] ?? ''];
  const item = make('li', {}, name(a), ' − ', name(b), ': ');
  if (!pair.difference) item.append('no cell in common');
  else {
    const {mean, interval, cells} = pair.difference;
    item.append(`${points(mean)} points`);
    const around = range(interval, points);
    if (around) item.append(around);
    item.append(` over ${String(cells)} cells`);
    if (pair.holm === undefined) item.append('; fewer than 3 teacher seeds, so no test');
    else {
      const told = pair.holm < level ? '' : ', not told apart';
      item.append(`; Holm p ${pText(pair.holm)}${told}`);
    }
  }
  return item;
}

function groupView(group: Group, context: Context, defenses: readonly string[]): HTMLElement {
  const {standings, rows} = group;
  const there = defenses.filter(defense => standings.rows.some(row => row.defense === defense));
  const attacks = [...new Set(rows.filter(row => !row.unattacked).map(row => row.attack))];
  const lines = overall.map(line =>
    make(
      'tr',
      {},
      make('th', {scope: 'row'}, line.label),
      ...there.flatMap(defense => {
        const row = standings.rows.find(one => one.defense === defense);
        return row ? [line.of(row)] : [];
      }),
    ),
  );
  const heads = there.map(defense => make('th', {scope: 'col', class: 'n'}, name(defense)));
  const corner = make('th', {scope: 'col'}, 'Measure');
  const table = make(
    'table',
    {class: 'numbers compare'},
    make('caption', {}, 'Means over seeds, 95 % intervals; bold: the lowest ASR of an attack.'),
    make('thead', {}, make('tr', {}, corner, ...heads)),
    make(
      'tbody',
      {},
      ...lines,
      ...attacks.sort(compareText).map(attack => attackRow(attack, there, rows)),
    ),
  );
  return make(
    'section',
    {class: 'group'},
    groupTitle(group, context),
    scrolled(`Comparison with ${groupName(group, context)}`, table),
    make('ul', {}, ...standings.pairs.map(pair => pairText(pair, standings.entrants))),
  );
}

/** The chosen defences are those of the address's `defense`; statistics are over them alone. */
export function compareView(context: Context, address: Address): HTMLElement {
  const defenses = (address.values.get('defense') ?? []).slice(0, mostCompared);
  const view = make('div', {class: 'recomputed'});
  if (defenses.length < 2) {
    view.append(make('p', {}, 'Choose two to four defences to see them side by side.'));
    return view;
  }
  const values = new Map(address.values).set('defense', defenses);
  for (const group of groupsOf(context, {...address, values})) {
    view.append(groupView(group, context, defenses));
  }
  return view;
}
