import { machine } from './machine.js';

/** The value below which this share of the values lies; `sorted` ascends. NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { median: quantile(sorted, 0.5), least: quantile(sorted, 0), most: quantile(sorted, 1) };
}

/** One thing that a bench measured in each of its runs. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One value a run. */
  readonly ours: readonly number[];
  /** What ran beside it: the value of the same run at the same index. Absent: nothing did. */
  readonly beside?: readonly number[];
  /** In words, for people. */
  readonly target?: string;
}

/** Prints a line for people and a line of JSON a figure; ratios are taken run by run. */
export function tellFigures(bench: string, seed: number, size: object, figures: readonly Figure[]): void {
  for (const { name, unit, ours, beside, target } of figures) {
    const own = spreadOf(ours);
    const other = beside === undefined ? undefined : spreadOf(beside);
    const ratio =
      beside === undefined ? undefined : spreadOf(ours.map((value, run) => value / (beside[run] as number)));
    const besides = other === undefined ? '' : `; beside ${textOf(other, unit)}; ratio ${textOf(ratio as Spread, '')}`;
    console.log(
      `  ${name.padEnd(34)} ${textOf(own, unit)}${besides}${target === undefined ? '' : `; target ${target}`}`,
    );
    const figure = { bench, figure: name, unit, runs: ours.length, ours: own, beside: other, ratio, target };
    console.log(JSON.stringify({ ...figure, size, seed, ...machine() }, briefly));
  }
}

function textOf({ median, least, most }: Spread, unit: string): string {
  const spread = least === most ? '' : ` (${round(least)} to ${round(most)})`;
  return `${round(median)}${spread}${unit === '' ? '' : ` ${unit}`}`;
}

function round(value: number): string {
  return value.toLocaleString('en-GB', { maximumSignificantDigits: 3 });
}

/** Four digits of a figure are more than two runs agree on. */
function briefly(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
