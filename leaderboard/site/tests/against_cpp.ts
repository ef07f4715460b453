// against_cpp SITE FILE PROGRAM SCORES: computes standings over the cells that 1,000 random filters
// leave of a matrix of a site, and compares every number with what the C++ program
// (tests/browser/standings_of.cc) says of the same cells.
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
import {type Pair, type RankRange} from '../src/statistics/ranking';
import {type Standing, type Standings, standingsOf} from '../src/statistics/standings';

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
    relative_seconds: orNull(row.relativeSeconds),
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

function standingsJson(standings: Standings) {
  return {
    shared: standings.shared,
    planned: standings.planned,
    counted: standings.counted,
    teachers: standings.teachers,
    thin: standings.thin,
    resolution: orNull(standings.resolution),
    split_half: orNull(standings.splitHalf),
    unseen_probability: standings.unseenProbability,
    rows: standings.rows.map(rowJson),
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

const {matrices} = contentOf('data/site') as SiteFile;
const plan = matrices.find(matrix => matrix.file === file)?.planned ?? null;
const rows = rowsOf(contentOf(`data/${file}`) as MatrixFile, plan !== null);
const groups = Array.from({length: tries}, () => randomGroup(rows));
const input = JSON.stringify(groups.map(group => group.map(row => row.id)));
const answer = spawnSync(program, [scores], {input, encoding: 'utf8', maxBuffer: 1 << 30});
if (answer.status !== 0) throw new Error(`${program}: ${answer.stderr}`);
const expected = JSON.parse(answer.stdout) as unknown[];
let ranked = 0;
let tested = 0;
let failed = 0;
groups.forEach((group, i) => {
  const standings = standingsOf(group);
  ranked += standings.rows.filter(row => row.rank !== undefined).length;
  tested += standings.pairs.filter(pair => pair.holm !== undefined).length;
  const found = differenceOf('', standingsJson(standings), expected[i]);
  if (found && ++failed <= 5)
    console.error(`filter ${String(i)}, ${String(group.length)} cells: ${found}`);
});
const counts = `${String(ranked)} ranks, ${String(tested)} tested pairs`;
console.log(`${String(tries)} filters, ${counts}: ${String(failed)} differ`);
// Of filters that leave nothing to rank equality would say little.
if (failed > 0 || ranked < tries || tested < tries) process.exit(1);
