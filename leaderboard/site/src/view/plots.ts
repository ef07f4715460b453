// The charts of a group as leaderboard/pages/svg.cc draws them: ACC over ASR, and means with their
// intervals. A test compares both.
import {type Interval} from '../statistics/interval';
import {frontOf} from '../statistics/ranking';
import {type Standing} from '../statistics/standings';
import {make, makeSvg, shielded} from './dom';
import {percent, plural} from './words';

const width = 640;
const height = 320;
const margin = {left: 52, right: 110, top: 16, bottom: 44};
const labelHeight = 15;
// Of a dot with its interval; the room for its name.
const dotHeight = 20;
const dotLeft = 180;
const mostTicks = 20;

type Scale = (value: number) => number;
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly at: Scale;
}
type Point = readonly [number, number];

function axisOf([from, to]: Point, start: number, end: number): Axis {
  return {from, to, at: value => start + ((value - from) / (to - from)) * (end - start)};
}

const pixel = (value: number) => value.toFixed(1);

// About five round steps. They are counted: where a step is below what a number resolves there,
// adding it would lead nowhere.
export function ticksOf({from, to}: Axis): number[] {
  const rough = (to - from) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find(one => one * power >= rough) ?? 10;
  const step = factor * power;
  const first = Math.ceil(from / step);
  const ticks: number[] = [];
  for (let i = 0; i < mostTicks && (first + i) * step <= to + step * 1e-9; ++i)
    ticks.push((first + i) * step);
  return ticks.map(tick => Number(tick.toPrecision(4)));
}

// Room around the points, rounded to 5 points, at least 10 wide, inside [0, 100].
function rangeOf(percents: readonly number[]): Point {
  let from = Math.floor((Math.min(...percents) - 2) / 5) * 5;
  const to = Math.ceil((Math.max(...percents) + 2) / 5) * 5;
  if (to - from < 10) from = to - 10;
  return [Math.max(0, from), Math.min(100, Math.max(to, 10))];
}

function verticalGrid(x: Axis, bottom: number): SVGElement[] {
  return ticksOf(x).flatMap(tick => {
    const at = pixel(x.at(tick));
    const ends = {x1: at, x2: at, y1: pixel(bottom), y2: pixel(margin.top)};
    const text = {class: 'tick', x: at, y: pixel(bottom + 18), 'text-anchor': 'middle'};
    return [makeSvg('line', {class: 'grid', ...ends}), makeSvg('text', text, String(tick))];
  });
}

function horizontalGrid(y: Axis): SVGElement[] {
  return ticksOf(y).flatMap(tick => {
    const at = y.at(tick);
    const ends = {x1: pixel(margin.left), x2: pixel(width - margin.right)};
    const text = {x: pixel(margin.left - 8), y: pixel(at + 4), 'text-anchor': 'end'};
    return [
      makeSvg('line', {class: 'grid', ...ends, y1: pixel(at), y2: pixel(at)}),
      makeSvg('text', {class: 'tick', ...text}, String(tick)),
    ];
  });
}

function bottomText(text: string, left: number, right: number, below: number): SVGElement {
  const at = {x: pixel((left + right) / 2), y: pixel(below - 6), 'text-anchor': 'middle'};
  return makeSvg('text', {class: 'axis', ...at}, text);
}

function sideText(text: string): SVGElement {
  const at = pixel((height - margin.bottom + margin.top) / 2);
  const turned = {'text-anchor': 'middle', transform: `rotate(-90 14 ${at})`};
  return makeSvg('text', {class: 'axis', x: '14', y: at, ...turned}, text);
}

interface Label {
  readonly x: number;
  y: number;
  readonly text: string;
  readonly style: string;
}

// Moves labels down until they do not cover one another, then up where they left the picture.
function labelTexts(labels: Label[]): SVGElement[] {
  labels.sort((a, b) => a.y - b.y);
  labels.reduce((above, label) => {
    label.y = Math.max(label.y, above + labelHeight);
    return label.y;
  }, -Infinity);
  labels.reduceRight((lowest, label) => {
    label.y = Math.min(label.y, lowest);
    return label.y - labelHeight;
  }, height - margin.bottom);
  return labels.map(({x, y, text, style}) =>
    makeSvg('text', {class: `label ${style}`, x: pixel(x), y: pixel(y + 4)}, text),
  );
}

const shapes: readonly (readonly Point[])[] = [
  [],
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [0, -1.2],
    [1.1, 0.8],
    [-1.1, 0.8],
  ],
  [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  [
    [0, 1.2],
    [1.1, -0.8],
    [-1.1, -0.8],
  ],
  [
    [-0.4, -1.2],
    [0.4, -1.2],
    [0.4, -0.4],
    [1.2, -0.4],
    [1.2, 0.4],
    [0.4, 0.4],
    [0.4, 1.2],
    [-0.4, 1.2],
    [-0.4, 0.4],
    [-1.2, 0.4],
    [-1.2, -0.4],
    [-0.4, -0.4],
  ],
];

function pointsText(points: readonly Point[]): string {
  return points.map(([x, y]) => `${pixel(x)},${pixel(y)} `).join('');
}

// Each defence has a shape of its own, so that colour says nothing alone.
function shape(which: number, x: number, y: number, r: number, style: string): SVGElement {
  const corners = shapes[which % shapes.length] ?? [];
  if (corners.length === 0) {
    return makeSvg('circle', {class: style, cx: pixel(x), cy: pixel(y), r});
  }
  const points = pointsText(corners.map(([dx, dy]): Point => [x + r * dx, y + r * dy]));
  return makeSvg('polygon', {class: style, points});
}

function drawing(title: string, said: string, tall: number, parts: SVGElement[]): SVGElement {
  const label = shielded(`${title}. ${said}`);
  const box = `0 0 ${String(width)} ${String(tall)}`;
  return makeSvg('svg', {class: 'chart', viewBox: box, role: 'img', 'aria-label': label}, ...parts);
}

interface Mark {
  readonly label: string;
  readonly asr: number;
  readonly acc: number;
  readonly singles: readonly Point[];
  /** Why it is compared with nobody; nothing if it is. */
  readonly aside: string;
}

// A low ASR of a collapsed student is no defence, and who is ranked apart has means over other
// cells than those that are compared, who have the most. leaderboard/pages/matrix_page.cc says the
// same.
function whyAside(row: Standing, rows: readonly Standing[]): string {
  if (row.collapsed > 0) return `utility collapse in ${plural(row.collapsed, 'cell')}`;
  const shared = Math.max(...rows.map(({cells}) => cells));
  return row.cells === shared ? '' : `over ${String(row.cells)} of ${String(shared)} cells`;
}

// Who stands aside is in brackets, and the axis explains them where there are any.
const labelOf = (defense: string, aside: string) => (aside ? `(${defense})` : defense);
const asideText = (aside: string) => (aside ? `, not compared: ${aside}` : '');

function asrAxis(marks: readonly {readonly aside: string}[]): string {
  const brackets = marks.some(({aside}) => aside !== '');
  return `ASR % (lower is better)${brackets ? '; in brackets: not compared' : ''}`;
}

export function marksOf(rows: readonly Standing[], withSingles: boolean): Mark[] {
  return rows.flatMap(row => {
    const {defense, asr, acc, singles} = row;
    if (!asr || !acc) return [];
    const aside = whyAside(row, rows);
    const label = labelOf(defense, aside);
    return [{label, asr: asr.mean, acc: acc.mean, singles: withSingles ? singles : [], aside}];
  });
}

/** Of each mark, whether it is on the line: nobody who is compared beats it in both. */
export function onLine(marks: readonly Mark[]): boolean[] {
  const compared = marks.filter(({aside}) => aside === '');
  const front = frontOf(compared.map(({asr, acc}) => [asr, -acc]));
  const best = new Set(compared.filter((_, i) => front[i]));
  return marks.map(mark => best.has(mark));
}

function frontLine(marks: readonly Mark[], best: readonly boolean[], x: Axis, y: Axis): SVGElement {
  const joined = marks.filter((_, i) => best[i]).sort((a, b) => a.asr - b.asr);
  const points = joined.map(({asr, acc}): Point => [x.at(100 * asr), y.at(100 * acc)]);
  return makeSvg('polyline', {class: 'line front', points: pointsText(points)});
}

/** ACC over ASR; nothing without a mean. `withSingles`: the cells behind the means as well. */
export function paretoPlot(
  title: string,
  rows: readonly Standing[],
  withSingles: boolean,
): SVGElement | null {
  const marks = marksOf(rows, withSingles);
  if (marks.length === 0) return null;
  const all = marks.flatMap(({asr, acc, singles}): Point[] => [[asr, acc], ...singles]);
  const right = width - margin.right;
  const x = axisOf(rangeOf(all.map(([asr]) => 100 * asr)), margin.left, right);
  const y = axisOf(rangeOf(all.map(([, acc]) => 100 * acc)), height - margin.bottom, margin.top);
  const best = onLine(marks);
  const place = ([asr, acc]: Point): Point => [x.at(100 * asr), y.at(100 * acc)];
  const single = (i: number) => (point: Point) => shape(i, ...place(point), 2.6, 'single');
  const labels = marks.map(({label, asr, acc}, i): Label => {
    const [left, top] = place([asr, acc]);
    return {x: left + 11, y: top, text: label, style: best[i] ? 'best' : ''};
  });
  const said = marks.map(
    ({label, asr, acc, aside}) =>
      `${label}: ASR ${percent(asr)} %, ACC ${percent(acc)} %${asideText(aside)}.`,
  );
  return drawing(title, said.join(' '), height, [
    ...horizontalGrid(y),
    ...verticalGrid(x, height - margin.bottom),
    bottomText(asrAxis(marks), margin.left, right, height),
    sideText('ACC % (higher is better)'),
    frontLine(marks, best, x, y),
    ...marks.flatMap(({singles}, i) => singles.map(single(i))),
    ...marks.map(({asr, acc}, i) =>
      shape(i, ...place([asr, acc]), 6, best[i] ? 'mark best' : 'mark'),
    ),
    ...labelTexts(labels),
  ]);
}

interface Dot {
  readonly label: string;
  readonly value: number;
  readonly interval: Interval | undefined;
  readonly aside: string;
}

function dotLine({label, value, interval}: Dot, x: Axis, y: number): SVGElement[] {
  const level = {y1: pixel(y), y2: pixel(y)};
  const text = {x: pixel(dotLeft - 8), y: pixel(y + 4), 'text-anchor': 'end'};
  const parts = [
    shape(0, x.at(100 * value), y, 4, 'mark best'),
    makeSvg('text', {class: 'label', ...text}, label),
  ];
  if (!interval) return parts;
  const ends = {x1: pixel(x.at(100 * interval.low)), x2: pixel(x.at(100 * interval.high))};
  return [makeSvg('line', {class: 'line plain', ...ends, ...level}), ...parts];
}

function controlLine(value: number, x: Axis, bottom: number): SVGElement {
  const at = pixel(x.at(100 * value));
  const ends = {x1: at, x2: at, y1: pixel(bottom), y2: pixel(margin.top)};
  return makeSvg('line', {class: 'line front', ...ends});
}

function spoken({label, value, interval, aside}: Dot): string {
  const around = interval ? `, ${percent(interval.low)} to ${percent(interval.high)} %` : '';
  return `${label}: ${percent(value)} %${around}${asideText(aside)}.`;
}

function dotsOf(rows: readonly Standing[]): Dot[] {
  return rows.flatMap((row): Dot[] => {
    const {defense, asr} = row;
    if (!asr) return [];
    const aside = whyAside(row, rows);
    return [{label: labelOf(defense, aside), value: asr.mean, interval: asr.interval, aside}];
  });
}

/** Mean ASR with intervals, one below the other; nothing without a mean. */
export function meansPlot(title: string, rows: readonly Standing[]): SVGElement | null {
  const dots = dotsOf(rows);
  if (dots.length === 0) return null;
  const ends = dots.flatMap(({value, interval}) =>
    interval ? [value, interval.low, interval.high] : [value],
  );
  const [tall, right] = [margin.top + dotHeight * dots.length + margin.bottom, width - margin.top];
  const bottom = tall - margin.bottom;
  const x = axisOf(rangeOf(ends.map(end => 100 * end)), dotLeft, right);
  const control = rows.filter(row => row.control && row.asr).at(-1)?.asr;
  return drawing(title, dots.map(spoken).join(' '), tall, [
    ...verticalGrid(x, bottom),
    bottomText(asrAxis(dots), dotLeft, right, tall),
    ...(control ? [controlLine(control.mean, x, bottom)] : []),
    ...dots.flatMap((dot, i) => dotLine(dot, x, margin.top + dotHeight * (i + 0.5))),
  ]);
}

/** A chart with what it shows. */
export function plotFigure(svg: SVGElement | null, caption: string): HTMLElement | null {
  return svg ? make('figure', {}, svg, make('figcaption', {}, caption)) : null;
}
