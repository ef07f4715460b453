// Data files are classic scripts, because file:// lets no page fetch: each puts its content under
// window.dfkd.
import {
  type CellFile,
  type MatrixFile,
  type MoreFile,
  type PicturesFile,
  type SiteFile,
} from './format';

type Files = Record<string, unknown>;

declare global {
  interface Window {
    dfkd?: Files;
  }
}

const schema = 'site.v2';

function loaded(path: string): unknown {
  return window.dfkd?.[path];
}

const pending = new Map<string, Promise<unknown>>();

function append(root: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${root}${path}.js`;
    script.addEventListener('load', () => {
      const file = loaded(path);
      if (file === undefined) reject(new Error(`${path}.js is not what it should be`));
      else resolve(file);
    });
    script.addEventListener('error', () => {
      reject(new Error(`${path}.js cannot be read`));
    });
    document.head.append(script);
  });
}

/** The content of a data file, loaded once. */
function load(root: string, path: string): Promise<unknown> {
  const there = loaded(path);
  if (there !== undefined) return Promise.resolve(there);
  const known = pending.get(path);
  if (known) return known;
  const file = append(root, path);
  pending.set(path, file);
  file.catch(() => pending.delete(path)); // another try may succeed
  return file;
}

function checkSchema(file: {schema: string}, path: string): void {
  if (file.schema !== schema) throw new Error(`${path}.js is of another version than this page`);
}

export function siteFile(): SiteFile | undefined {
  const file = loaded('data/site') as SiteFile | undefined;
  return file?.schema === schema ? file : undefined;
}

export async function matrixFile(root: string, file: string): Promise<MatrixFile> {
  const path = `data/${file}`;
  const content = (await load(root, path)) as MatrixFile;
  checkSchema(content, path);
  return content;
}

export async function moreFile(root: string, file: string): Promise<MoreFile> {
  const path = `data/${file}.more`;
  const content = (await load(root, path)) as MoreFile;
  checkSchema(content, path);
  return content;
}

export async function picturesFile(root: string, file: string): Promise<PicturesFile> {
  const path = `data/${file}.pictures`;
  const content = (await load(root, path)) as PicturesFile;
  checkSchema(content, path);
  return content;
}

/** All about the cell of a row that has a score. */
export async function cellFile(root: string, matrix: MatrixFile, row: number): Promise<CellFile> {
  const part = Math.floor(row / matrix.shard);
  const path = `data/${matrix.file}/${String(part)}`;
  const cell = ((await load(root, path)) as readonly CellFile[])[row - part * matrix.shard];
  if (!cell) throw new Error(`${path}.js does not hold the cell`);
  return cell;
}
