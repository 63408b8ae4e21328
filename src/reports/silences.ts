import { intersect } from '../model/intervals.js';
import type { DaySilenceCause } from '../model/day-record.js';
import type { ReportUnit } from './period.js';
import { ratio } from './presence.js';
import { lengthMs } from './spans.js';

/** How long trackers did not say where their units were, while those were on duty, by cause. */
export interface SilenceTimes {
  readonly cause: DaySilenceCause;
  readonly episodes: number;
  readonly silentMs: number;
  /** Share of the units' time on duty; null where there was none. */
  readonly share: number | null;
}

/** One row for each cause that occurred, in the order of their names. */
export function silencesOf(units: readonly ReportUnit[]): SilenceTimes[] {
  const dutyMs = units.reduce((sum, { duty }) => sum + lengthMs(duty), 0);
  const byCause = new Map<DaySilenceCause, { episodes: number; silentMs: number }>();
  for (const { duty, silences } of units) {
    for (const { cause, fromMs, toMs } of silences) {
      const silentMs = lengthMs(intersect([fromMs, toMs], duty));
      if (silentMs === 0) continue;
      const known = byCause.get(cause) ?? { episodes: 0, silentMs: 0 };
      byCause.set(cause, { episodes: known.episodes + 1, silentMs: known.silentMs + silentMs });
    }
  }
  return [...byCause]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cause, times]) => ({ cause, ...times, share: ratio(times.silentMs, dutyMs) }));
}
