import type { HeatRow } from './figures.js';
import type { DayReport } from './load.js';

/** The heat table of a settled day, by its report of presence; null: there is none. Hours in which nobody was asked for are null. */
export function settledHeat(
  report: DayReport | null,
  places: readonly string[],
  firstHour: number,
  hours: number,
): readonly HeatRow[] | null {
  const table = report?.reports.flatMap(({ tables }) => tables).find(({ name }) => name === 'presence-by-hour');
  if (table === undefined) return null;
  const shares = new Map<string, number>();
  for (const row of table.rows)
    if (typeof row.presenceRate === 'number') shares.set(`${row.place} ${Number(row.hour)}`, row.presenceRate);
  return places.map((place) => ({
    place,
    shares: Array.from({ length: hours }, (_, i) => shares.get(`${place} ${(firstHour + i) % 24}`) ?? null),
  }));
}
