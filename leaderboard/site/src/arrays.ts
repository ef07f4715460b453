// What every module needs of arrays.

/** The element of an array at a place that is known to exist. */
export function at<Value>(values: readonly Value[], place: number): Value {
  const value = values[place];
  if (value === undefined)
    throw new RangeError(`no element ${String(place)} of ${String(values.length)}`);
  return value;
}

/** By code units, as the scores are sorted; for people there is Intl.Collator. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The values under a key each, in the order of their first appearance. */
export function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/** The arithmetic mean; undefined of none. */
export function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
