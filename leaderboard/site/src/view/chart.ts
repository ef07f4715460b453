// Curves over rounds as SVG; the numbers behind them are in the raw score.
import {makeSvg} from './dom';

export interface Series {
  readonly label: string;
  readonly style: string;
  readonly points: readonly (readonly [number, number | null])[];
}

const width = 640;
const height = 260;
const margin = {left: 52, right: 16, top: 14, bottom: 34};

type Scale = (value: number) => number;

function scaleOf(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  return value => from + ((value - low) / span) * (to - from);
}

// From here on toFixed writes an exponent, which no path can hold.
const largest = 1e21;

/** A gap where there is no number, or one that lies too far off to be drawn. */
export function pathOf(series: Series, x: Scale, y: Scale): string {
  let pen = 'M';
  return series.points
    .map(([round, value]) => {
      const [across, up] = [x(round), value === null ? NaN : y(value)];
      if (!(Math.abs(across) < largest && Math.abs(up) < largest)) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${across.toFixed(1)} ${up.toFixed(1)}`;
      pen = 'L';
      return step;
    })
    .join('');
}

function axis(y: Scale, ticks: readonly number[], format: (value: number) => string): SVGElement {
  return makeSvg(
    'g',
    {},
    ...ticks.flatMap(tick => {
      const at = y(tick);
      return [
        makeSvg('line', {class: 'grid', x1: margin.left, x2: width - margin.right, y1: at, y2: at}),
        makeSvg('text', {x: margin.left - 6, y: at + 4, 'text-anchor': 'end'}, format(tick)),
      ];
    }),
  );
}

/** The least and the largest of them; [0, 1] of none. No list of arguments: there may be many. */
export function boundsOf(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** `bounds`: of the values, if they are known; else those that occur. */
export function chart(
  title: string,
  series: readonly Series[],
  format: (value: number) => string,
  bounds?: readonly [number, number],
): SVGElement {
  const values = series.flatMap(one => one.points.flatMap(([, value]) => value ?? []));
  const rounds = series.flatMap(one => one.points.map(([round]) => round));
  const [low, high] = bounds ?? boundsOf(values);
  const [first, last] = boundsOf(rounds);
  const x = scaleOf(first, last, margin.left, width - margin.right);
  const y = scaleOf(low, high, height - margin.bottom, margin.top);
  const ends = series.map((one, i) =>
    makeSvg(
      'text',
      {class: `label ${one.style}`, x: margin.left + 8 + 90 * i, y: height - 8},
      one.label,
    ),
  );
  return makeSvg(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${String(width)} ${String(height)}`,
      role: 'img',
      'aria-label': title,
    },
    axis(y, [low, (low + high) / 2, high], format),
    ...series.map(one => makeSvg('path', {class: `line ${one.style}`, d: pathOf(one, x, y)})),
    ...ends,
    makeSvg(
      'text',
      {x: width - margin.right, y: height - 8, 'text-anchor': 'end'},
      `round ${String(last)}`,
    ),
  );
}
