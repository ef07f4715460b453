// What the views of a matrix share: its rows, what the site says of its names, and how to go
// elsewhere.
import {type MatrixEntry, type MatrixFile, type MoreFile, type SiteFile} from '../data/format';
import {type Row} from '../data/rows';
import {type Address, formatAddress, type View} from '../state/address';

export interface Context {
  readonly site: SiteFile;
  readonly matrix: MatrixEntry;
  readonly file: MatrixFile;
  readonly rows: readonly Row[];
  /** "" or "../": the way to the folder of the site. */
  readonly root: string;
  readonly go: (address: Address, how: 'push' | 'replace') => void;
  readonly say: (text: string) => void;
  readonly more: () => Promise<MoreFile>;
}

/** A link to a view of the matrix. */
export function linkTo(
  context: Context,
  view: View,
  rest: Partial<Pick<Address, 'cell' | 'values'>> = {},
): string {
  return formatAddress({matrix: context.matrix.file, view, cell: '', values: new Map(), ...rest});
}

export function cellLink(row: Row, context: Context): string {
  return linkTo(context, 'cell', {cell: row.id});
}

export function statusText(site: SiteFile, status: string): string {
  return site.statuses[status] ?? status;
}
