// The page of a cell: numbers, pictures, curves, options, cost, where it comes from, how to cite
// and repeat it.
import {cellFile, picturesFile} from '../data/load';
import {countAt} from '../data/counts';
import {type CellFile, type PictureSet, type ScoreEntry, type SiteFile} from '../data/format';
import {type Count, type Row} from '../data/rows';
import {bibtexOf} from '../download/files';
import {wilson} from '../statistics/interval';
import {shownPictures} from './cell_pictures';
import {chart, type Series} from './chart';
import {type Context, linkTo, statusText} from './context';
import {type Child, make, name, scrolled} from './dom';
import {saveButton} from './save';
import {duration, missing, percent} from './words';

type Json = Readonly<Record<string, unknown>>;

function member(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inside, step) =>
      typeof inside === 'object' && inside !== null ? (inside as Json)[step] : undefined,
    value,
  );
}

function numberAt(score: unknown, ...path: string[]): number | undefined {
  const value = member(score, ...path);
  return typeof value === 'number' ? value : undefined;
}

function textAt(score: unknown, ...path: string[]): string {
  const value = member(score, ...path);
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function tile(label: string, value: Child, note: Child = null): HTMLElement {
  return make(
    'div',
    {class: 'tile'},
    make('dt', {}, label),
    make('dd', {}, make('span', {class: 'big'}, value), note),
  );
}

function share(value: number | undefined, reason: string): Child {
  return value === undefined ? missing(reason) : `${percent(value)} %`;
}

/** What a share is of, with its interval where its images are counted. */
export function shareNote(what: string, count: Count | undefined): string {
  if (!count) return what;
  const {low, high} = wilson(count.hits, count.of);
  const interval = `95 %: ${percent(low)} – ${percent(high)}`;
  return what === '' ? interval : `${what}; ${interval}`;
}

/** Of a score, "[hits, of]". */
export function countIn(score: unknown, ...path: string[]): Count | undefined {
  const pair = member(score, ...path);
  if (!Array.isArray(pair)) return undefined;
  const [hits, of] = pair as readonly unknown[];
  return typeof hits === 'number' && typeof of === 'number' && of > 0 ? {hits, of} : undefined;
}

function tiles(row: Row, score: unknown, {file}: Context): HTMLElement {
  const floor = countAt(file.columns, ['floor', 'floor_of'], row.index);
  const ra = countIn(score, 'counts', 'student', 'true_label');
  const why = row.reason || 'not measured';
  const cost = row.seconds === undefined ? missing(why) : duration(row.seconds);
  return make(
    'dl',
    {class: 'tiles'},
    tile('ACC', share(row.acc, why), shareNote('clean test images', row.accCount)),
    tile('ASR', share(row.asr, row.unattacked ? 'no attack' : why), shareNote('', row.asrCount)),
    tile(
      'Floor',
      share(row.floor, 'no student of a clean teacher'),
      shareNote("a clean teacher's student", floor),
    ),
    tile(
      'RA',
      share(numberAt(score, 'student', 'ra'), why),
      shareNote('triggered, recognized', ra),
    ),
    tile('Agreement', share(numberAt(score, 'student', 'agreement'), why), 'with the teacher'),
    tile(
      'Teacher',
      share(numberAt(score, 'teacher', 'acc'), 'not measured'),
      row.teacherAsr === undefined ? 'ACC' : `ACC; ASR ${percent(row.teacherAsr)} %`,
    ),
    tile('Time', cost, row.device),
  );
}

function flagList(row: Row, context: Context): HTMLElement | null {
  if (row.flags.length === 0) return null;
  return make(
    'ul',
    {class: 'flags'},
    ...row.flags.map(flag =>
      make(
        'li',
        {},
        make('span', {class: 'tag'}, flag.replace(/_/g, ' ')),
        ' ',
        context.site.flags[flag] ?? '',
      ),
    ),
  );
}

function pictures(
  cell: CellFile,
  sets: readonly PictureSet[],
  row: Row,
  context: Context,
): HTMLElement | null {
  const shown = shownPictures(row, cell.score.media, sets);
  if (shown.length === 0) return null;
  const made = shown.map(({path, label, remark}) => {
    const text = remark === '' ? label : `${label}, ${remark}`;
    const image = make('img', {src: context.root + path, alt: text, loading: 'lazy'});
    return make('figure', {}, image, make('figcaption', {}, text));
  });
  return make('section', {}, make('h2', {}, 'Pictures'), make('div', {class: 'pictures'}, ...made));
}

function seriesOf(cell: CellFile, kind: string, label: string): Series {
  const values = cell.curves?.[kind] ?? [];
  const points = (cell.curves?.['round'] ?? []).flatMap((round, i): [number, number | null][] =>
    round === null ? [] : [[round, values[i] ?? null]],
  );
  return {label, style: kind, points};
}

function varies(points: readonly (readonly [number, number | null])[]): boolean {
  return new Set(points.map(([, value]) => value)).size > 1;
}

function curves(cell: CellFile): HTMLElement | null {
  const drawn: HTMLElement[] = [];
  const all = [seriesOf(cell, 'acc', 'ACC'), seriesOf(cell, 'asr', 'ASR')].filter(one =>
    varies(one.points),
  );
  const figure = (svg: SVGElement, caption: string) =>
    make('figure', {}, svg, make('figcaption', {}, caption));
  if (all.length > 0) {
    const svg = chart('ACC and ASR over rounds, in percent', all, percent, [0, 1]);
    drawn.push(figure(svg, 'ACC and ASR, in percent'));
  }
  for (const [label, points] of Object.entries(cell.log ?? {})) {
    if (!varies(points)) continue; // a constant says nothing that its number would not
    const format = (value: number) => Number(value.toPrecision(3)).toString();
    drawn.push(figure(chart(label, [{label: '', style: 'log', points}], format), label));
  }
  if (drawn.length === 0) return null;
  return make(
    'section',
    {},
    make('h2', {}, 'Over the rounds'),
    make('div', {class: 'small'}, ...drawn),
  );
}

function optionTable(title: string, entry: ScoreEntry): HTMLElement {
  const rows = Object.entries(entry.options).map(([option, value]) =>
    make(
      'tr',
      {},
      make('th', {scope: 'row'}, name(option)),
      make('td', {}, make('code', {}, typeof value === 'string' ? value : JSON.stringify(value))),
    ),
  );
  const caption = `${title}: ${entry.plugin}, revision ${String(entry.revision)}`;
  return make(
    'table',
    {},
    make('caption', {}, caption),
    make('tbody', {}, ...(rows.length > 0 ? rows : [make('tr', {}, make('td', {}, 'no options'))])),
  );
}

function options(cell: CellFile): HTMLElement {
  const tables = Object.entries(cell.score.entries).flatMap(([kind, entry]) => {
    if (!entry) return [];
    const parts = entry.parts ?? [];
    return (parts.length > 0 ? parts : [entry]).map(one => optionTable(kind, one));
  });
  return make(
    'details',
    {},
    make('summary', {}, 'Options, as they ran'),
    make('div', {class: 'options'}, ...tables),
  );
}

function fact(label: string, value: string): Child[] {
  if (value === '') return [];
  return [make('dt', {}, label), make('dd', {}, make('code', {}, value))];
}

function provenance(cell: CellFile, row: Row): HTMLElement {
  const {score} = cell;
  return make(
    'details',
    {},
    make('summary', {}, 'Where it comes from'),
    make(
      'dl',
      {class: 'facts-list'},
      ...fact('Digest', cell.digest),
      ...fact('Computed', textAt(score, 'provenance', 'created')),
      ...fact('Version', textAt(score, 'provenance', 'version')),
      ...fact('Commit', textAt(score, 'provenance', 'commit')),
      ...fact('Numerics', textAt(score, 'numerics')),
      ...fact('Data', textAt(score, 'data', 'fingerprint')),
      ...fact('Preset', textAt(score, 'preset')),
      ...fact('Evaluated on', row.evaluatedOn),
      ...fact('Verification', row.verification),
      ...fact('Costs', textAt(score, 'cost')),
    ),
    stageTable(score),
  );
}

function stageTable(score: unknown): HTMLElement {
  const keys = member(score, 'provenance', 'stages');
  const rows = Object.entries((keys ?? {}) as Json).map(([stage, key]) =>
    make(
      'tr',
      {},
      make('th', {scope: 'row'}, name(stage)),
      make('td', {}, make('code', {}, String(key))),
    ),
  );
  return scrolled(
    'Stages',
    make('table', {}, make('caption', {}, 'Stages and their keys'), make('tbody', {}, ...rows)),
  );
}

/** The entry of the benchmark, as leaderboard/pages/downloads.cc writes it. */
export function benchmarkBibtex({version, newest}: Pick<SiteFile, 'version' | 'newest'>): string {
  const day = newest.slice(0, 10);
  return [
    '@misc{dfkd_bench,',
    '  author = "{dfkd-bench authors}",',
    '  title = {dfkd-bench: data-free knowledge distillation from backdoored teachers},',
    `  year = {${day.slice(0, 4)}},`,
    `  note = {version ${version}, scores of ${day}},`,
    '}',
    '',
  ].join('\n');
}

function cellBibtex(row: Row, {site}: Context): string {
  const works = bibtexOf([row], site);
  return [benchmarkBibtex(site), works].filter(text => text !== '').join('\n');
}

function block(label: string, text: string): HTMLElement {
  return make('pre', {tabindex: 0, role: 'region', 'aria-label': label}, make('code', {}, text));
}

function citation(cell: CellFile, row: Row, context: Context): HTMLElement {
  const text = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;
  const box = make('section', {class: 'reproduce'}, make('h2', {}, 'Cite and reproduce'));
  box.append(make('p', {}, 'Permalink: ', make('a', {href: location.href}, name(location.href))));
  if (cell.command && cell.matrix_file) {
    box.append(
      make('p', {}, 'With the matrix file of this cell as ', make('code', {}, 'cell.json'), ':'),
      block('Command', cell.command),
    );
  } else {
    box.append(
      make(
        'p',
        {},
        'No command is known that computes this cell: its matrix file was not with the scores.',
      ),
    );
  }
  if (cell.verify)
    box.append(make('p', {}, 'Compute it anew and compare:'), block('Check', cell.verify));
  const buttons = make('p', {class: 'buttons'});
  if (cell.matrix_file)
    buttons.append(
      saveButton('Matrix file of this cell', 'cell.json', () => text(cell.matrix_file)),
      ' ',
    );
  buttons.append(
    saveButton('Raw score', 'score.json', () => text(cell.score)),
    ' ',
    saveButton('BibTeX', `${row.id}.bib`, () => cellBibtex(row, context)),
  );
  box.append(buttons);
  return box;
}

function titleOf(row: Row): HTMLElement {
  const label = make('span', {class: 'tag'}, `adapts to ${row.defense}`);
  const title = [name(row.defense), ' against ', name(row.attack)];
  return make('h1', {tabindex: -1}, ...title, ...(row.adaptive ? [' ', label] : []));
}

function head(row: Row, context: Context): Child[] {
  const networks = `${row.teacherNetwork} → ${row.studentNetwork}`;
  const seeds = `seeds ${String(row.teacherSeed)} (teacher) · ${String(row.studentSeed)} (student)`;
  return [
    make(
      'nav',
      {'aria-label': 'Breadcrumb'},
      make('a', {href: linkTo(context, 'cells')}, 'All cells of ', name(context.matrix.name)),
    ),
    titleOf(row),
    make(
      'p',
      {class: 'lede'},
      name(row.distiller),
      ' on ',
      name(row.dataset),
      ', ',
      name(networks),
      ', ',
      seeds,
    ),
    row.status === 'ok'
      ? null
      : make(
          'p',
          {class: 'banner bad'},
          make('strong', {}, statusText(context.site, row.status)),
          ' ',
          row.reason,
        ),
    flagList(row, context),
  ];
}

type Part = readonly [name: string, make: () => HTMLElement | null];

/**
 * Each for itself: what strangers wrote into one of them takes none of the others away. Where one
 * cannot be made stands a sentence.
 */
export function partsOf<Made>(
  parts: readonly (readonly [name: string, make: () => Made | null])[],
  instead: (sentence: string) => Made,
): Made[] {
  return parts.flatMap(([name, make]) => {
    try {
      return make() ?? [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [instead(`${name} cannot be shown: ${why}.`)];
    }
  });
}

function partsAfterLoading(
  cell: CellFile,
  sets: readonly PictureSet[],
  row: Row,
  context: Context,
): HTMLElement[] {
  const parts: readonly Part[] = [
    ['The numbers', () => tiles(row, cell.score, context)],
    ['How to cite and reproduce', () => citation(cell, row, context)],
    ['The pictures', () => pictures(cell, sets, row, context)],
    ['The curves', () => curves(cell)],
    ['The options', () => options(cell)],
    ['Where it comes from', () => provenance(cell, row)],
  ];
  return partsOf(parts, sentence => make('p', {class: 'banner bad'}, sentence));
}

/** Shows what the table knows at once, and the rest when it is loaded. */
export function cellView(row: Row, context: Context): HTMLElement {
  const view = make('article', {class: 'cell'}, ...head(row, context));
  if (row.index >= context.file.scores) {
    view.append(make('p', {}, 'The matrix plans this cell, and there is no score of it.'));
    return view;
  }
  const rest = make('div', {}, tiles(row, undefined, context));
  view.append(rest);
  // Without pictures of others a cell still has its numbers.
  const shared = picturesFile(context.root, context.file.file).then(
    ({sets}) => sets,
    () => [],
  );
  Promise.all([cellFile(context.root, context.file, row.index), shared]).then(
    ([cell, sets]) => {
      rest.replaceChildren(...partsAfterLoading(cell, sets, row, context));
    },
    (error: unknown) => {
      context.say(error instanceof Error ? error.message : String(error));
    },
  );
  return view;
}
