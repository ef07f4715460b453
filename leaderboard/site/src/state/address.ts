// The state of a page in its address, by name: #fashion/cells?attack=blend_0.1,sig&sort=-asr. A
// name stays what it is when a matrix or a column joins; one that is not known any more is ignored,
// and said.

export type View = 'page' | 'standings' | 'cells' | 'compare' | 'cell';

export interface Address {
  /** The file name of the matrix. */
  readonly matrix: string;
  readonly view: View;
  /** The id of the cell whose page is shown. */
  readonly cell: string;
  /** All that stands behind the question mark: a name and its values. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

export function startOf(matrix: string): Address {
  return {matrix, view: 'page', cell: '', values: new Map()};
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken escape means itself
  }
}

// Letters of names that a person would type stay readable.
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/%20/g, '+').replace(/%2F/g, '/');
}

function valuesOf(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const part of query.split('&')) {
    const [name = '', ...rest] = part.split('=');
    const list = rest.join('=').split(',');
    const texts = list.filter(text => text !== '').map(text => decoded(text.replace(/\+/g, ' ')));
    if (name !== '' && texts.length > 0) values.set(decoded(name), texts);
  }
  return values;
}

function viewOf(path: string): View {
  if (path.startsWith('cell/')) return 'cell';
  return path === 'standings' || path === 'cells' || path === 'compare' ? path : 'page';
}

/**
 * Of the part behind '#'. What names no view (the anchor of a group) is the page as it is, of the
 * matrix that it begins with.
 */
export function parseAddress(hash: string): Address {
  const [path = '', ...rest] = hash.replace(/^#/, '').split('?');
  const [matrix = '', ...steps] = path.split('/');
  const view = viewOf(steps.join('/'));
  return {
    matrix: decoded(matrix),
    view,
    cell: view === 'cell' ? decoded(steps.slice(1).join('/')) : '',
    values: view === 'page' ? new Map() : valuesOf(rest.join('?')),
  };
}

/**
 * The part behind '#' of an address that leads to an anchor without scripts as well. Such a one
 * asks before the '#', as in "?attack=sig#fashion/cells"; for a cell, "?cell=<id>#fashion/cells".
 */
export function hashOf({search, hash}: {readonly search: string; readonly hash: string}): string {
  const query = search.replace(/^\?/, '');
  const {matrix, view} = parseAddress(hash);
  if (query === '' || hash.includes('?') || view === 'page' || view === 'cell') return hash;
  const [cell] = valuesOf(query).get('cell') ?? [];
  if (cell === undefined) return `${hash}?${query}`;
  return formatAddress({...startOf(matrix), view: 'cell', cell});
}

/** With the '#'. parseAddress of it is the same address. */
export function formatAddress(address: Address): string {
  const parts = [...address.values]
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${encoded(name)}=${values.map(encoded).join(',')}`);
  const matrix = `#${encodeURIComponent(address.matrix)}`;
  if (address.view === 'page') return matrix;
  const cell = address.view === 'cell' ? `/${encodeURIComponent(address.cell)}` : '';
  const query = parts.length > 0 ? `?${parts.join('&')}` : '';
  return `${matrix}/${address.view}${cell}${query}`;
}

/** The same with other values of one name; none takes it away. */
export function withValues(address: Address, name: string, values: readonly string[]): Address {
  const all = new Map(address.values);
  if (values.length > 0) all.set(name, values);
  else all.delete(name);
  return {...address, values: all};
}
