// Numbers and counts of one row, out of the columns of a data file.
import {type Columns} from './format';
import {type Count} from './rows';

/** Of a row that has a score. */
export function numberAt(columns: Columns, name: string, row: number): number | undefined {
  const column = columns[name];
  if (!Array.isArray(column)) return (column as number | null | undefined) ?? undefined;
  return (column as readonly (number | null)[])[row] ?? undefined;
}

/** What a share of images is made of, by the columns of its hits and of what they are of. */
export function countAt(
  columns: Columns,
  [hitsName, ofName]: readonly [hits: string, of: string],
  row: number,
): Count | undefined {
  const hits = numberAt(columns, hitsName, row);
  const of = numberAt(columns, ofName, row);
  return hits === undefined || of === undefined || of === 0 ? undefined : {hits, of};
}
