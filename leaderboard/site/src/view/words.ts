// Numbers and names for people.
import {type Estimate} from '../statistics/design';
import {type Interval} from '../statistics/interval';
import {type Child, make} from './dom';

/** 0.1234 as "12.3"; never "-0.0". Halves become even, as on the pages. */
export function percent(fraction: number): string {
  const value = 100 * fraction;
  const tie = Number.isInteger(4 * value) && !Number.isInteger(2 * value);
  const text = (tie ? (2 * Math.round(5 * value)) / 10 : value).toFixed(1);
  return text === '-0.0' ? '0.0' : text;
}

/** A difference of fractions, in points, with its sign. */
export function points(fraction: number): string {
  const text = percent(Math.abs(fraction));
  return text === '0.0' ? text : `${fraction < 0 ? '−' : '+'}${text}`;
}

/** A time as the pages print it. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 100) return `${String(whole)} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${two(whole % 60)} s`;
  return `${String(Math.floor(whole / 3600))} h ${two(Math.floor(whole / 60) % 60)} min`;
}

export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

export function plural(count: number, one: string): string {
  return `${String(count)} ${one}${count === 1 ? '' : 's'}`;
}

export function range(interval: Interval | undefined, text: (value: number) => string): Child {
  if (!interval) return null;
  return make('span', {class: 'ci'}, ` ${text(interval.low)} – ${text(interval.high)}`);
}

/** A dash with its reason, for pointers and for screen readers. */
export function missing(reason: string): HTMLElement {
  return make(
    'span',
    {class: 'null', title: reason},
    make('span', {'aria-hidden': 'true'}, '–'),
    make('span', {class: 'vh'}, `missing: ${reason}`),
  );
}

export function numberCell(value: Child, ...rest: Child[]): HTMLElement {
  return make('td', {class: 'n'}, value, ...rest);
}

export function estimateCell(estimate: Estimate | undefined, reason: string): HTMLElement {
  if (!estimate) return numberCell(missing(reason));
  return numberCell(percent(estimate.mean), range(estimate.interval, percent));
}
