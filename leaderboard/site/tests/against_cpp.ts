// against_cpp SITE FILE PROGRAM SCORES: computes standings over the cells that 1,000 random filters
// leave of a matrix of a site, and compares every number with what the C++ program
// (tests/browser/standings_of.cc) says of the same cells. Then the heat maps of the page without a
// script, and how the benchmark is cited.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {runInThisContext} from 'node:vm';

import {at, groupBy} from '../src/arrays';
import {type MatrixFile, type SiteFile} from '../src/data/format';
import {type Row, rowsOf} from '../src/data/rows';
import {type Address, startOf, withValues} from '../src/state/address';
import {choicesOf, filteredRows, filters, groupOf} from '../src/state/filters';
import {type Estimate, type Worst} from '../src/statistics/design';
import {type Interval} from '../src/statistics/interval';
import {headlineOf, type Lower} from '../src/statistics/headline';
import {type Pair, type RankRange} from '../src/statistics/ranking';
import {type Standing, type Standings, standingsOf} from '../src/statistics/standings';
import {benchmarkBibtex} from '../src/view/cell';
import {heatCaption, heatMapOf, heatText} from '../src/view/heat_map';

const [site = '', file = '', program = '', scores = ''] = process.argv.slice(2);
const tries = 1000;

function contentOf(path: string): unknown {
  const files: Record<string, unknown> = {};
  Object.assign(globalThis, {window: {dfkd: files}});
  runInThisContext(readFileSync(`${site}/${path}.js`, 'utf8'));
  return files[path];
}

// A small linear congruential generator: equal filters at every run.
let state = 1;
function below(n: number): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * n);
}

function randomAddress(rows: readonly Row[]): Address {
  let address = startOf(file);
  for (const filter of filters) {
    if (below(3) > 0) continue;
    const choices = [...choicesOf(filter, rows).keys()];
    const chosen = choices.filter(() => below(2) === 0);
    address = withValues(address, filter.name, chosen);
  }
  return address;
}

// One group that a random filter leaves; filters that leave nothing are drawn again.
function randomGroup(rows: readonly Row[]): Row[] {
  for (;;) {
    const left = filteredRows(rows, randomAddress(rows));
    const groups = [...groupBy(left, groupOf).values()];
    if (groups.length > 0) return at(groups, below(groups.length));
  }
}

// As ToJson(Standings) writes them.
const orNull = (value: unknown) => value ?? null;
const ends = (range: Interval | RankRange | undefined) => (range ? [range.low, range.high] : null);
const estimateJson = (estimate: Estimate | undefined) =>
  estimate
    ? {
        mean: estimate.mean,
        interval: ends(estimate.interval),
        cells: estimate.cells,
        attacks: estimate.attacks,
        teachers: estimate.teachers,
      }
    : null;
const worstJson = (worst: Worst | undefined) =>
  worst ? {attack: worst.attack, asr: worst.mean, interval: ends(worst.interval)} : null;

function rowJson(row: Standing) {
  return {
    defense: row.defense,
    control: row.control,
    reference: row.reference,
    attack_aware: row.attackAware,
    finished: row.finished,
    planned: row.planned,
    collapsed: row.collapsed,
    cells: row.cells,
    rank: orNull(row.rank),
    rank_interval: ends(row.rankInterval),
    rank_apart: orNull(row.rankApart),
    unseen_rank: ends(row.unseenRank),
    best_probability: orNull(row.bestProbability),
    on_front: orNull(row.onFront),
    acc: estimateJson(row.acc),
    asr: estimateJson(row.asr),
    above_floor: estimateJson(row.aboveFloor),
    transfer: estimateJson(row.transfer),
    der: estimateJson(row.der),
    worst: worstJson(row.worst),
    seconds: orNull(row.seconds),
    device: row.device === '' ? null : row.device,
    cost_cells: row.costCells,
    relative_seconds: orNull(row.relativeSeconds),
    relative_cells: row.relativeCells,
  };
}

function pairJson(pair: Pair, entrants: readonly string[]) {
  return {
    a: at(entrants, pair.a),
    b: at(entrants, pair.b),
    difference: estimateJson(pair.difference),
    p: orNull(pair.p),
    holm: orNull(pair.holm),
  };
}

// As tests/browser/standings_of.cc writes it.
function headlineJson(standings: Standings) {
  const {kind, best, against, unproven, proven, worse, ...rest} = headlineOf(standings);
  const named = (rows: readonly Standing[]) => rows.map(row => row.defense);
  const lower = (rows: readonly Lower[]) =>
    rows.map(({row, ...how}) => ({defense: row.defense, ...how}));
  return {
    kind,
    best: named(best),
    control: orNull(against?.control.defense),
    difference: against?.difference ?? 0,
    cells: against?.cells ?? 0,
    same_cells: against?.sameCells ?? false,
    ranked: rest.ranked,
    defenses: rest.defenses,
    unproven: named(unproven),
    proven: named(proven),
    worse: named(worse),
    apart: lower(rest.apart),
    collapsed: lower(rest.collapsed),
    so_far: rest.soFar,
    most: rest.most,
  };
}

function standingsJson(standings: Standings) {
  return {
    shared: standings.shared,
    planned: standings.planned,
    counted: standings.counted,
    teachers: standings.teachers,
    thin: standings.thin,
    resolution: orNull(standings.resolution),
    seeds_for_a_point: orNull(standings.seedsForAPoint),
    split_half: orNull(standings.splitHalf),
    unseen_probability: standings.unseenProbability,
    rows: standings.rows.map(rowJson),
    headline: headlineJson(standings),
    pairs: standings.pairs.map(pair => pairJson(pair, standings.entrants)),
  };
}

// Numbers of the program have six digits behind the point, p-values four digits, and its seconds
// come from the scores, those of the site have six digits. A chance is a share of 10,000 draws, of
// which the last bit of a logarithm may decide one.
function equalNumbers(path: string, mine: number, theirs: number): boolean {
  const tolerance = /\.(p|holm)$/.test(path)
    ? 6e-4 * Math.abs(theirs)
    : /seconds$/.test(path)
      ? 1e-5 * Math.abs(theirs) + 1e-6
      : path.endsWith('.best_probability')
        ? 2e-4
        : 1e-6;
  return Math.abs(mine - theirs) <= tolerance;
}

/** The first place where two values differ; only members of the first are looked at. */
function differenceOf(path: string, mine: unknown, theirs: unknown): string | undefined {
  if (typeof mine === 'number' && typeof theirs === 'number') {
    if (equalNumbers(path, mine, theirs)) return undefined;
  } else if (typeof mine === 'object' && mine && typeof theirs === 'object' && theirs) {
    const other = theirs as Record<string, unknown>;
    if (Array.isArray(mine) && mine.length !== (theirs as unknown[]).length) {
      return `${path}: ${String(mine.length)} here, ${String((theirs as unknown[]).length)} there`;
    }
    for (const [name, value] of Object.entries(mine)) {
      const found = differenceOf(`${path}.${name}`, value, other[name]);
      if (found) return found;
    }
    return undefined;
  } else if (mine === theirs) {
    return undefined;
  }
  return `${path}: ${JSON.stringify(mine)} here, ${JSON.stringify(theirs)} there`;
}

// --- heat maps: the caption, and of each cell its class and what it shows, a line each

const entities: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"'};

function textOf(html: string): string {
  return html
    .replace(/<span class="vh">.*?<\/span>/gs, '')
    .replace(/<span class="seeds">.*?<\/span>/gs, '')
    .replace(/<span class="why">|<br>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot);/g, (_, entity: string) => entities[entity] ?? '')
    .replace(/&#39;/g, "'")
    .trim();
}

function partsOf(html: string, pattern: RegExp): string[][] {
  return [...html.matchAll(pattern)].map(found => found.slice(1));
}

// Of each group: its key, and the texts of its heat map.
function writtenHeatMaps(): Map<string, string[]> {
  const page = readFileSync(`${site}/matrices/${file}.html`, 'utf8');
  const maps = new Map<string, string[]>();
  for (const section of page.split('<section data-group ').slice(1)) {
    const key = ['dataset', 'teacher-network', 'student-network', 'distiller', 'track']
      .map(name =>
        textOf(partsOf(section, new RegExp(`data-${name}="([^"]*)"`, 'g'))[0]?.[0] ?? ''),
      )
      .join('\n');
    const [table = ''] = partsOf(section, /<table class="heatmap">(.*?)<\/table>/gs)[0] ?? [];
    const cells = partsOf(table, /<td class="(heat[^"]*)">(.*?)<\/td>/gs);
    const [caption = ''] = partsOf(table, /<caption>(.*?)<\/caption>/gs)[0] ?? [];
    maps.set(key, [
      textOf(caption),
      ...cells.map(
        ([style = '', shown = '']) => `${style.trim().replace(/ +/g, ' ')}: ${textOf(shown)}`,
      ),
    ]);
  }
  return maps;
}

function computedHeatMap(rows: readonly Row[], statuses: Pick<SiteFile, 'statuses'>): string[] {
  const {attacks, defenses, at: cellsAt} = heatMapOf(rows);
  const cells = attacks.flatMap(attack =>
    defenses.map(defense => {
      const {style, label, value, lines} = heatText(cellsAt(attack, defense), statuses);
      return `${style}: ${[`${label}${value ?? '–'}`, ...lines].join('\n')}`;
    }),
  );
  return [heatCaption(false), ...cells];
}

function heatMapsDiffer(rows: readonly Row[], statuses: Pick<SiteFile, 'statuses'>): number {
  const written = writtenHeatMaps();
  const computed = new Map(
    [...groupBy(rows, groupOf)].map(([key, group]) => [key, computedHeatMap(group, statuses)]),
  );
  let different = Number(written.size !== computed.size);
  for (const [key, texts] of computed) {
    const found = differenceOf('heat map', texts, written.get(key) ?? []);
    if (found && ++different <= 5) console.error(`${key.replace(/\n/g, ' ')}: ${found}`);
  }
  console.log(`${String(computed.size)} heat maps: ${String(different)} differ`);
  return different;
}

const about = contentOf('data/site') as SiteFile;
const plan = about.matrices.find(matrix => matrix.file === file)?.planned ?? null;
const rows = rowsOf(contentOf(`data/${file}`) as MatrixFile, plan !== null);
const groups = Array.from({length: tries}, () => randomGroup(rows));
const input = JSON.stringify(groups.map(group => group.map(row => row.id)));
const answer = spawnSync(program, [scores], {input, encoding: 'utf8', maxBuffer: 1 << 30});
if (answer.status !== 0) throw new Error(`${program}: ${answer.stderr}`);
const expected = JSON.parse(answer.stdout) as unknown[];
let ranked = 0;
let tested = 0;
let harmed = 0;
let failed = 0;
groups.forEach((group, i) => {
  const standings = standingsOf(group);
  ranked += standings.rows.filter(row => row.rank !== undefined).length;
  tested += standings.pairs.filter(pair => pair.holm !== undefined).length;
  harmed += headlineOf(standings).worse.length;
  const found = differenceOf('', standingsJson(standings), expected[i]);
  if (found && ++failed <= 5)
    console.error(`filter ${String(i)}, ${String(group.length)} cells: ${found}`);
});
const counts = `${String(ranked)} ranks, ${String(tested)} tested pairs, ${String(harmed)} harmed`;
console.log(`${String(tries)} filters, ${counts}: ${String(failed)} differ`);
failed += heatMapsDiffer(rows, about);
if (!readFileSync(`${site}/references.bib`, 'utf8').startsWith(benchmarkBibtex(about))) {
  console.error('references.bib cites the benchmark in another way');
  ++failed;
}
// Of filters that leave nothing to rank, or nobody who does harm, equality would say little.
if (failed > 0 || ranked < tries || tested < tries || harmed === 0) process.exit(1);
