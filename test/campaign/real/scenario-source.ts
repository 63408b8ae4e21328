import { isRejected, parseFix, wireFixOf } from '../../../src/codec/fix-parser.js';
import type { Fix } from '../../../src/model/fix.js';
import type { DueWork, ReportSource } from '../../../src/simulator/report-source.js';
import { T0 } from '../../engine/support.js';
import { fixOf } from '../district.js';
import type { Delivery, Scenario } from '../scenario.js';
import { fixKey } from '../world/trackers.js';

/** What a scenario's trackers hand over, for the lockstep driver; it goes on only when everything of a step is acknowledged. */
export function scenarioSource(scenario: Scenario, acknowledged: Set<string>): ReportSource {
  const fixes = scenario.fixes.map(fixOf);
  const reports = scenario.deliveries.map(({ tracker, atMs, fixes: indices }: Delivery) => ({
    tracker,
    atMs: T0 + atMs,
    fixes: indices.map((index) => fixes[index] as Fix),
  }));
  return {
    fromMs: T0,
    toMs: T0 + scenario.endMs,
    nextAfter: (afterMs) => reports.find(({ atMs }) => atMs > afterMs)?.atMs ?? null,
    due: (afterMs, untilMs): DueWork => {
      const due = reports.filter(({ atMs }) => atMs > afterMs && atMs <= untilMs);
      for (const { tracker, fixes: sent } of due) {
        for (const fix of sent)
          if (!isRejected(parseFix(wireFixOf(fix), 0, untilMs))) acknowledged.add(fixKey(tracker, fix));
      }
      return { reports: due, cutLinks: [], more: false };
    },
  };
}
