// Runs on every page of the site. Pages are complete without it; it adds what takes a computer:
// filters that recompute, sorting, pages of single cells.
import {matrixFile, moreFile, siteFile} from './data/load';
import {type SiteFile} from './data/format';
import {rowsOf} from './data/rows';
import {hashOf, parseAddress} from './state/address';
import {make} from './view/dom';
import {MatrixPage} from './view/matrix_page';

function note(text: string): void {
  const place = document.querySelector('[data-app="filters"]') ?? document.getElementById('main');
  place?.prepend(make('p', {class: 'banner', role: 'status'}, text));
}

// Links that lead to an anchor without scripts ask before the '#'. Asked behind it, they load no
// page anew.
function takeQueries(): void {
  const hash = hashOf(location);
  if (hash !== location.hash) {
    try {
      history.replaceState(null, '', location.pathname + hash);
    } catch {
      location.hash = hash; // some browsers refuse the other for file://
    }
  }
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href^="?"]'))
    link.setAttribute('href', hashOf(link));
}

// A link that names a view of a matrix means the same on every page: it leads to the matrix's own.
function redirect(site: SiteFile, root: string, here: string): void {
  const {matrix, view} = parseAddress(location.hash);
  if (view === 'page' || matrix === here) return;
  const entry = site.matrices.find(one => [one.name, one.file].includes(matrix));
  if (!entry) {
    note(`There is no matrix “${matrix}” here any more.`);
    return;
  }
  const rest = location.hash.slice(location.hash.indexOf('/'));
  location.replace(`${root}matrices/${entry.file}.html#${entry.file}${rest}`);
}

async function startMatrix(site: SiteFile, root: string, name: string): Promise<void> {
  const app = document.querySelector<HTMLElement>('[data-app="filters"]');
  const section = app?.closest<HTMLElement>('[data-matrix]');
  const matrix = site.matrices.find(one => one.file === name);
  if (!app || !section || !matrix) return;
  const file = await matrixFile(root, name);
  const rows = rowsOf(file, matrix.planned !== null);
  const more = () => moreFile(root, name);
  new MatrixPage({site, matrix, file, rows, root, more}, app, section);
}

// On paper nothing unfolds.
function unfoldForPrint(): void {
  let folded: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll<HTMLDetailsElement>('details.further:not([open])')];
    for (const details of folded) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
}

function begin(): void {
  unfoldForPrint();
  const {page, root = '', file = ''} = document.body.dataset;
  const site = siteFile();
  if (!site) return;
  takeQueries();
  redirect(site, root, file);
  window.addEventListener('hashchange', () => {
    redirect(site, root, file);
  });
  if (page !== 'matrix') return;
  startMatrix(site, root, file).catch((error: unknown) => {
    note(error instanceof Error ? error.message : String(error));
  });
}

begin();
