// The table of cells: one row each, a window of them at a time.
import {type Row} from '../data/rows';
import {wilson} from '../statistics/interval';
import {cellLink, type Context, statusText} from './context';
import {type Child, make, name} from './dom';
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

function share(
  context: Context,
  id: string,
  label: string,
  of: (row: Row) => number | undefined,
): TableColumn<Row> {
  return {
    name: id,
    label,
    numeric: true,
    value: of,
    cell: row => percentCell(of(row), row, context),
  };
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

function numbersOf(context: Context): TableColumn<Row>[] {
  return [
    share(context, 'teacher_asr', 'Teacher ASR %', row => row.teacherAsr),
    share(context, 'acc', 'ACC %', row => row.acc),
    {
      name: 'asr',
      label: make('span', {}, 'ASR % ', make('span', {class: 'ci'}, '95 %')),
      numeric: true,
      value: row => row.asr,
      cell: row => {
        const count = row.asrCount;
        const interval = count && wilson(count.hits, count.of);
        return percentCell(row.asr, row, context, range(interval, percent));
      },
    },
    share(context, 'floor', 'Floor %', row => row.floor),
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
    text('verification', 'Verification', row => row.verification),
  ];
}

/** Those that tell the rows of the matrix apart; what all of them share stands in the caption. */
export function cellColumns(context: Context): TableColumn<Row>[] {
  const several = (column: TableColumn<Row>) => {
    const first = context.rows[0];
    return first && context.rows.some(row => column.value(row) !== column.value(first));
  };
  const always = new Set(['defense', 'attack', 'status', 'acc', 'asr', 'seconds']);
  return [...namesOf(context), ...numbersOf(context)].filter(
    column => always.has(column.name) || several(column),
  );
}

export function allColumnNames(context: Context): Set<string> {
  return new Set([...namesOf(context), ...numbersOf(context)].map(column => column.name));
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
  return `${parts.join(' · ')}. The defence links to all about a cell.`;
}
