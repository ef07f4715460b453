// against_cpp SITE FILE PROGRAM SCORES: computes standings over the cells that 1,000 random filters
// leave of a matrix of a site, and compares every number with what the C++ program
// (tests/browser/standings_of.cc) says of the same cells; and of two defences in each what stands
// side by side with what `dfkd compare` says. Then the heat maps of the page without a script, and
// how the benchmark is cited.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {runInThisContext} from 'node:vm';

import {at, groupBy} from '../src/arrays';
import {type MatrixFile, type SiteFile} from '../src/data/format';
import {type Row, rowsOf} from '../src/data/rows';
import {type Address, startOf, withValues} from '../src/state/address';
import {choicesOf, countsFlagged, filteredRows, filters, groupOf} from '../src/state/filters';
import {type Estimate, type Worst} from '../src/statistics/design';
import {type Interval} from '../src/statistics/interval';
import {headlineOf, type Lower} from '../src/statistics/headline';
import {type Pair, type RankRange} from '../src/statistics/ranking';
import {type Standing, type Standings, standingsOf} from '../src/statistics/standings';
import {benchmarkBibtex} from '../src/view/cell';
import {heatCaption, heatMapOf, heatText} from '../src/view/heat_map';
import {differenceOf} from './difference';
import {type Comparison, sidesDiffer, type Tally, type Two} from './side_by_side';

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
  return below(4) > 0 ? address : withValues(address, 'flagged', ['counted']);
}

interface Asked {
  readonly rows: readonly Row[];
  readonly pair: Two | null;
  readonly flagged: boolean;
}

// Two that have a score; every other time the second is the undefended student, if it is there.
function randomPair(rows: readonly Row[]): Two | null {
  const scored = rows.filter(row => row.status !== 'absent');
  const defenses = [...new Set(scored.map(row => row.defense))].sort();
  if (defenses.length < 2) return null;
  const control = scored.find(row => row.defensePlugin === 'none')?.defense;
  const second = below(2) === 0 ? control : undefined;
  const b = second ?? at(defenses, below(defenses.length));
  const others = defenses.filter(defense => defense !== b);
  return [at(others, below(others.length)), b];
}

// One group that a random filter leaves; filters that leave nothing are drawn again.
function randomGroup(all: readonly Row[]): Asked {
  for (;;) {
    const address = randomAddress(all);
    const groups = [...groupBy(filteredRows(all, address), groupOf).values()];
    if (groups.length === 0) continue;
    const rows = at(groups, below(groups.length));
    return {rows, pair: randomPair(rows), flagged: countsFlagged(address)};
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
const input = JSON.stringify(
  groups.map(({rows, pair, flagged}) => ({cells: rows.map(({id}) => id), pair, flagged})),
);
const answer = spawnSync(program, [scores], {input, encoding: 'utf8', maxBuffer: 1 << 30});
if (answer.status !== 0) throw new Error(`${program}: ${answer.stderr}`);
const expected = JSON.parse(answer.stdout) as readonly {compare: Comparison | null}[];
let ranked = 0;
let tested = 0;
let harmed = 0;
let failed = 0;
const tally: Tally = {
  attacks: 0,
  inTable: 0,
  adjusted: 0,
  alone: 0,
  accuracies: 0,
  seconds: 0,
  relative: 0,
};
groups.forEach(({rows: group, pair}, i) => {
  const standings = standingsOf(group);
  ranked += standings.rows.filter(row => row.rank !== undefined).length;
  tested += standings.pairs.filter(one => one.holm !== undefined).length;
  harmed += headlineOf(standings).worse.length;
  const theirs = at(expected, i);
  const sides = pair && sidesDiffer(group, pair, standings, theirs.compare, tally);
  const found = [
    differenceOf('', standingsJson(standings), theirs),
    pair && sides && `${pair.join(' minus ')}: ${sides}`,
  ];
  for (const text of found) {
    if (text && ++failed <= 5)
      console.error(`filter ${String(i)}, ${String(group.length)} cells: ${text}`);
  }
});
const counts = `${String(ranked)} ranks, ${String(tested)} tested pairs, ${String(harmed)} harmed`;
console.log(`${String(tries)} filters, ${counts}: ${String(failed)} differ`);
console.log(`side by side: ${JSON.stringify(tally)}`);
failed += heatMapsDiffer(rows, about);
if (!readFileSync(`${site}/references.bib`, 'utf8').startsWith(benchmarkBibtex(about))) {
  console.error('references.bib cites the benchmark in another way');
  ++failed;
}
// Of filters that leave nothing to rank, nobody who does harm, or no two over the same cells,
// equality would say little.
const fewest = Math.min(...Object.values<number>({...tally}));
if (failed > 0 || ranked < tries || tested < tries || harmed === 0 || fewest < tries / 50)
  process.exit(1);
