// Where two values differ by more than how they are written.

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
export function differenceOf(path: string, mine: unknown, theirs: unknown): string | undefined {
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
