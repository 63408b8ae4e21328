import type { VisitVersion } from '../../model/visit.js';
import { visitEndMs } from '../../model/visit.js';

const HOUR_MS = 3_600_000;

/** A row of the heat table: shares of each hour, 0 to 1; null: nothing was asked for then, or it is to come. */
export interface HeatRow {
  readonly place: string;
  readonly shares: readonly (number | null)[];
}

/**
 * The share of each hour in which somebody was seen in a place: visits of several units that overlap count once, a cross counts nothing.
 *
 * @param nowMs an open visit has lasted until then; hours after it are null, and what visits say of later counts for nothing
 */
export function heatOf(
  visits: readonly VisitVersion[],
  places: readonly string[],
  o: { readonly fromMs: number; readonly hours: number; readonly nowMs: number },
): readonly HeatRow[] {
  return places.map((place) => {
    const spans = joined(
      visits
        .filter((visit) => visit.place === place && visit.kind === 'visit')
        .map((visit) => [visit.innerFromMs, Math.min(visitEndMs(visit) ?? o.nowMs, o.nowMs)] as const),
    );
    const shares = Array.from({ length: o.hours }, (_, hour) => {
      const [fromMs, toMs] = [o.fromMs + hour * HOUR_MS, o.fromMs + (hour + 1) * HOUR_MS];
      if (fromMs >= o.nowMs) return null;
      return coveredMs(spans, fromMs, toMs) / (Math.min(toMs, o.nowMs) - fromMs);
    });
    return { place, shares };
  });
}

type Span = readonly [fromMs: number, toMs: number];

/** Spans that overlap or touch become one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a[0] - b[0]);
  const found: [number, number][] = [];
  for (const [fromMs, toMs] of sorted) {
    const last = found.at(-1);
    if (last !== undefined && fromMs <= last[1]) last[1] = Math.max(last[1], toMs);
    else found.push([fromMs, toMs]);
  }
  return found;
}

function coveredMs(spans: readonly Span[], fromMs: number, toMs: number): number {
  return spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs)), 0);
}

/** How many visits lasted from `fromMin` to less than `toMin` minutes; null: and more. */
export interface DwellCount {
  readonly fromMin: number;
  readonly toMin: number | null;
  /** By what was seen inside, and by when the unit was surely outside. */
  readonly inner: number;
  readonly outer: number;
}

const EDGES_MIN = [0, 2, 5, 10, 16, 30] as const;

/** Closed visits by how long they lasted, at least and at most. Passages are no visits. */
export function dwellCounts(visits: readonly VisitVersion[]): readonly DwellCount[] {
  const lengths = visits
    .filter(({ kind, state }) => kind === 'visit' && state === 'closed')
    .map(({ innerFromMs, innerToMs, outerFromMs, outerToMs }) => {
      const endMs = innerToMs ?? innerFromMs;
      return { inner: endMs - innerFromMs, outer: (outerToMs ?? endMs) - (outerFromMs ?? innerFromMs) };
    });
  return EDGES_MIN.map((fromMin, i) => {
    const toMin = EDGES_MIN[i + 1] ?? null;
    const holds = (ms: number): boolean => ms >= fromMin * 60_000 && (toMin === null || ms < toMin * 60_000);
    return {
      fromMin,
      toMin,
      inner: lengths.filter(({ inner }) => holds(inner)).length,
      outer: lengths.filter(({ outer }) => holds(outer)).length,
    };
  });
}
