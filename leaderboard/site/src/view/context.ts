// What the views of a matrix share: its rows, what the site says of its names, and how to go
// elsewhere.
import {type MatrixEntry, type MatrixFile, type MoreFile, type SiteFile} from '../data/format';
import {type Row} from '../data/rows';
import {type Address, formatAddress} from '../state/address';

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

/** A link inside the page of the matrix. */
export function linkTo(address: Partial<Address> & Pick<Address, 'view'>): string {
  return formatAddress({cell: '', values: new Map(), ...address});
}

export function cellLink(row: Row): string {
  return linkTo({view: 'cell', cell: row.id});
}

export function statusText(site: SiteFile, status: string): string {
  return site.statuses[status] ?? status;
}
