// Runs on every page of the site. Pages are complete without it; it adds what takes a computer:
// filters that recompute, sorting, pages of single cells.
import {matrixFile, moreFile, siteFile} from './data/load';
import {type SiteFile} from './data/format';
import {rowsOf} from './data/rows';
import {parseRedirect} from './state/address';
import {make} from './view/dom';
import {MatrixPage} from './view/matrix_page';

function note(text: string): void {
  const place = document.getElementById('app') ?? document.getElementById('main');
  place?.prepend(make('p', {class: 'banner', role: 'status'}, text));
}

// Links that name a matrix on the front page lead to its own.
function redirect(site: SiteFile, root: string): void {
  const link = parseRedirect(location.hash);
  if (!link) return;
  const matrix = site.matrices.find(one => [one.name, one.file].includes(link.matrix));
  if (matrix) location.replace(`${root}matrices/${matrix.file}.html${link.rest}`);
  else note(`There is no matrix “${link.matrix}” here any more.`);
}

async function startMatrix(site: SiteFile, root: string, name: string): Promise<void> {
  const app = document.getElementById('app');
  const main = document.getElementById('main');
  const matrix = site.matrices.find(one => one.file === name);
  if (!app || !main || !matrix) return;
  const file = await matrixFile(root, name);
  const rows = rowsOf(file, matrix.planned !== null);
  const more = () => moreFile(root, name);
  new MatrixPage({site, matrix, file, rows, root, more}, app, main);
}

function begin(): void {
  const {page, root = '', file = ''} = document.body.dataset;
  const site = siteFile();
  if (!site) return; // the note that interaction is missing stays
  if (page === 'home') {
    redirect(site, root);
    window.addEventListener('hashchange', () => {
      redirect(site, root);
    });
  }
  if (page !== 'matrix') {
    document.getElementById('no-app')?.remove();
    return;
  }
  startMatrix(site, root, file).then(
    () => document.getElementById('no-app')?.remove(),
    (error: unknown) => {
      note(error instanceof Error ? error.message : String(error));
    },
  );
}

begin();
