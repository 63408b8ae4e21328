import type { TraceRow } from '../../model/trace.js';
import type { Features } from '../map/features.js';

/** The way of so long before an instant stands out, ms. */
export const RECENT_MS = 1_800_000;

interface Line {
  readonly isChosen: boolean;
  readonly points: (readonly [number, number])[];
}

/** The way of a unit up to an instant, as lines that end at each hole: nobody knows where it was in one. */
export function traceLines(trace: readonly TraceRow[], atMs: number): Features<{ isChosen: boolean }> {
  const lines: Line[] = [];
  let line: Line | null = null as Line | null;
  for (const row of trace) {
    if (row.type === 'hole') {
      line = null;
      continue;
    }
    if (row.lng === null || row.lat === null || row.eventTimeMs > atMs) continue;
    const isChosen = row.eventTimeMs > atMs - RECENT_MS;
    const point = [row.lng, row.lat] as const;
    if (line?.isChosen !== isChosen) {
      // Where the way begins to stand out, both lines have the point.
      line?.points.push(point);
      line = { isChosen, points: [] };
      lines.push(line);
    }
    line.points.push(point);
  }
  return {
    type: 'FeatureCollection',
    features: lines
      .filter(({ points }) => points.length > 1)
      .map(({ isChosen, points }) => ({
        type: 'Feature' as const,
        geometry: { type: 'LineString', coordinates: points },
        properties: { isChosen },
      })),
  };
}
