// The table of cells: one row each, a window of them at a time.
import {countAt} from '../data/counts';
import {type Count, type Row} from '../data/rows';
import {wilson} from '../statistics/interval';
import {cellLink, type Context, statusText} from './context';
import {type Child, make, name} from './dom';
import {type MoreColumns} from './more_columns';
import {type TableColumn} from './table';
import {duration, missing, numberCell, percent, plural, range} from './words';

function whyMissing(row: Row, context: Context): string {
  return row.reason || statusText(context.site, row.status);
}

function percentCell(
  value: number | undefined,
  row: Row,
  context: Context,
  rest?: Child,
): HTMLElement {
  const reason = row.status === 'ok' ? 'not measured here' : whyMissing(row, context);
  return value === undefined ? numberCell(missing(reason)) : numberCell(percent(value), rest);
}

function intervalOf(count: Count | undefined): Child {
  return range(count && wilson(count.hits, count.of), percent);
}

/** Of a share of images; one that is measured otherwise has no interval. */
type CountOf = (row: Row) => Count | undefined;

const noCount: CountOf = () => undefined;

function statusCell(row: Row, context: Context): HTMLElement {
  const text = make('span', {class: `status ${row.status}`}, statusText(context.site, row.status));
  const flags = row.flags.map(flag =>
    make('span', {class: 'tag', title: context.site.flags[flag]}, flag.replace(/_/g, ' ')),
  );
  const why = row.reason === '' ? null : make('span', {class: 'why'}, row.reason);
  return make('td', {class: 'state'}, text, ...flags.flatMap(flag => [' ', flag]), why);
}

function text(id: string, label: string, of: (row: Row) => string): TableColumn<Row> {
  return {name: id, label, value: of, cell: row => make('td', {}, name(of(row)))};
}

function attackCell(row: Row): HTMLElement {
  const label = make('span', {class: 'tag'}, `adapts to ${row.defense}`);
  return make('td', {}, name(row.attack), ...(row.adaptive ? [' ', label] : []));
}

function headOf(label: string, countOf: CountOf): Child {
  if (countOf === noCount) return label;
  return make('span', {}, `${label} `, make('span', {class: 'ci'}, '95 %'));
}

function share(
  context: Context,
  id: string,
  label: string,
  of: (row: Row) => number | undefined,
  countOf: CountOf = noCount,
): TableColumn<Row> {
  return {
    name: id,
    label: headOf(label, countOf),
    numeric: true,
    value: of,
    cell: row => percentCell(of(row), row, context, intervalOf(countOf(row))),
  };
}

/** The same of what is loaded later: its cells are filled where they stand. */
function laterShare(
  context: Context,
  more: MoreColumns,
  id: string,
  label: string,
  of: (row: Row) => number | undefined,
  countOf: CountOf = noCount,
): TableColumn<Row> {
  const column = share(context, id, label, of, countOf);
  const cell = (row: Row) => {
    const made = numberCell(null);
    more.fill(() => {
      const known = more.why === '' || row.status !== 'ok';
      const filled = known ? column.cell(row) : numberCell(missing(more.why));
      made.replaceChildren(...filled.childNodes);
    });
    return made;
  };
  return {...column, cell};
}

function namesOf(context: Context): TableColumn<Row>[] {
  return [
    {
      name: 'defense',
      label: 'Defence',
      value: row => row.defense,
      cell: row =>
        make('th', {scope: 'row'}, make('a', {href: cellLink(row, context)}, name(row.defense))),
    },
    {...text('attack', 'Attack', row => row.attack), cell: attackCell},
    text('distiller', 'Distiller', row => row.distiller),
    text('dataset', 'Data set', row => row.dataset),
    text('networks', 'Networks', row => `${row.teacherNetwork} → ${row.studentNetwork}`),
    {
      name: 'teacher_seed',
      label: 'Teacher seed',
      numeric: true,
      value: row => row.teacherSeed,
      cell: row => numberCell(String(row.teacherSeed)),
    },
    {
      name: 'student_seed',
      label: 'Student seed',
      numeric: true,
      value: row => row.studentSeed,
      cell: row => numberCell(String(row.studentSeed)),
    },
    {
      name: 'status',
      label: 'Status',
      value: row => statusText(context.site, row.status),
      cell: row => statusCell(row, context),
    },
  ];
}

// Those of cells.tpl.
function numbersOf(context: Context, more: MoreColumns): TableColumn<Row>[] {
  const floorCount: CountOf = row =>
    countAt(context.file.columns, ['floor', 'floor_of'], row.index);
  const ra: CountOf = row => more.countOf('ra', row);
  const raShare = (row: Row) => {
    const of = ra(row);
    return of && of.hits / of.of;
  };
  return [
    share(context, 'teacher_acc', 'Teacher ACC %', row => row.teacherAcc),
    share(context, 'teacher_asr', 'Teacher ASR %', row => row.teacherAsr),
    share(
      context,
      'acc',
      'ACC %',
      row => row.acc,
      row => row.accCount,
    ),
    share(
      context,
      'asr',
      'ASR %',
      row => row.asr,
      row => row.asrCount,
    ),
    share(context, 'floor', 'Floor %', row => row.floor, floorCount),
    laterShare(context, more, 'ra', 'RA %', raShare, ra),
    laterShare(context, more, 'agreement', 'Agreement %', row => more.numberOf('agreement', row)),
    {
      name: 'seconds',
      label: 'Time',
      numeric: true,
      value: row => row.seconds,
      cell: row =>
        numberCell(
          row.seconds === undefined
            ? missing(whyMissing(row, context))
            : `${duration(row.seconds)} ${row.device}`,
        ),
    },
  ];
}

const verification = text('verification', 'Verification', row => row.verification);

/** All numbers, and those names that tell the rows apart; what all rows share is in the caption. */
export function cellColumns(context: Context, more: MoreColumns): TableColumn<Row>[] {
  const several = (column: TableColumn<Row>) => {
    const first = context.rows[0];
    return first && context.rows.some(row => column.value(row) !== column.value(first));
  };
  const always = new Set(['defense', 'attack', 'status']);
  const names = namesOf(context).filter(column => always.has(column.name) || several(column));
  const verified = context.rows.some(row => row.verification !== '');
  return [...names, ...numbersOf(context, more), ...(verified ? [verification] : [])];
}

export function allColumnNames(context: Context, more: MoreColumns): Set<string> {
  const all = [...namesOf(context), ...numbersOf(context, more), verification];
  return new Set(all.map(column => column.name));
}

/** What the columns (cellColumns) do not say, because it is the same in all rows. */
export function cellsCaption(
  context: Context,
  columns: readonly TableColumn<Row>[],
  shown: number,
): string {
  const first = context.rows[0];
  const parts = [`${plural(shown, 'cell')} of ${String(context.rows.length)}`];
  const kept = new Set(columns.map(column => column.name));
  if (first && !kept.has('dataset')) parts.push(first.dataset);
  if (first && !kept.has('networks'))
    parts.push(`${first.teacherNetwork} → ${first.studentNetwork}`);
  if (first && !kept.has('distiller')) parts.push(first.distiller);
  if (first && !kept.has('teacher_seed')) parts.push(`teacher seed ${String(first.teacherSeed)}`);
  if (first && !kept.has('student_seed')) parts.push(`student seed ${String(first.studentSeed)}`);
  return `${parts.join(' · ')}. The defence links to all about a cell.`;
}
