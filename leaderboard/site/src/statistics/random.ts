// The random streams of bench/core/rng.h: what is drawn here is what the program draws. 64 bits are
// two halves, because whole numbers of this language end at 53.

interface Key {
  readonly high: number;
  readonly low: number;
}

/** Rng(0).Fork(name), by name. */
export const streams = {
  chances: {high: 0x5868a186, low: 0x7fb34456},
  splitHalf: {high: 0xa11eb9a9, low: 0x76ba8df6},
} as const satisfies Readonly<Record<string, Key>>;

/** The upper half of a product of two halves. */
function upper(a: number, b: number): number {
  const a1 = a >>> 16;
  const a0 = a & 0xffff;
  const b1 = b >>> 16;
  const b0 = b & 0xffff;
  const middle = a1 * b0 + Math.floor((a0 * b0) / 0x10000);
  const other = a0 * b1 + (middle % 0x10000);
  return a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000);
}

export class Rng {
  private stateHigh: number;
  private stateLow: number;
  // What `next` drew.
  private high = 0;
  private low = 0;

  constructor({high, low}: Key) {
    this.stateHigh = high;
    this.stateLow = low;
  }

  private shift(by: number): void {
    this.low = (this.low ^ ((this.low >>> by) | (this.high << (32 - by)))) >>> 0;
    this.high = (this.high ^ (this.high >>> by)) >>> 0;
  }

  private multiply(high: number, low: number): void {
    const carried = upper(this.low, low);
    this.high = (carried + Math.imul(this.high, low) + Math.imul(this.low, high)) >>> 0;
    this.low = Math.imul(this.low, low) >>> 0;
  }

  // SplitMix64.
  private next(): void {
    const low = this.stateLow + 0x7f4a7c15;
    this.stateHigh = (this.stateHigh + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
    this.stateLow = low >>> 0;
    this.high = this.stateHigh;
    this.low = this.stateLow;
    this.shift(30);
    this.multiply(0xbf58476d, 0x1ce4e5b9);
    this.shift(27);
    this.multiply(0x94d049bb, 0x133111eb);
    this.shift(31);
  }

  /** In [0, n). */
  below(n: number): number {
    this.next();
    return Math.floor((this.high * n) / 0x100000000);
  }

  /** In [0, 1), 53 bits. */
  uniform(): number {
    this.next();
    return (this.high * 0x200000 + (this.low >>> 11)) / 0x20000000000000;
  }

  /** Of the standard normal distribution, by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Of 0 … n - 1, by Fisher and Yates. */
  permutation(n: number): number[] {
    const order = Array.from({length: n}, (_, i) => i);
    for (let i = n - 1; i > 0; --i) {
      const j = this.below(i + 1);
      const [a = 0, b = 0] = [order[i], order[j]];
      order[i] = b;
      order[j] = a;
    }
    return order;
  }
}
