/**
 * The quantile `q` (0 to 1) of values in ascending order, between two of them by linear interpolation, as spreadsheets compute
 * PERCENTILE.INC. Null when there are no values.
 */
export function quantile(ascending: readonly number[], q: number): number | null {
  if (ascending.length === 0) return null;
  const at = q * (ascending.length - 1);
  const low = Math.floor(at);
  const below = ascending[low] as number;
  const above = ascending[Math.min(low + 1, ascending.length - 1)] as number;
  return below + (above - below) * (at - low);
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation over mean, of the values themselves and not of a sample; null for fewer than two, and where the mean is 0. */
export function variation(values: readonly number[]): number | null {
  const middle = mean(values);
  if (values.length < 2 || middle === null || middle === 0) return null;
  const squares = values.reduce((sum, value) => sum + (value - middle) * (value - middle), 0);
  return Math.sqrt(squares / values.length) / middle;
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
