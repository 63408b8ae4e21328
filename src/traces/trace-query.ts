import type { LogId } from '../model/log-id.js';
import { instantsOf } from './instants.js';
import {
  estimated,
  missingOf,
  type QueryFacts,
  type QueryRange,
  type RecordSource,
  refuseUnknownUnits,
} from './query.js';
import { stretchesBehind, type TracePlace, type TraceStep, traceSteps } from './trace-rows.js';
import { unitStretches } from './unit-stretches.js';

export interface TraceQuery extends QueryRange {
  /** Unit ids; null: all units of the plans of that time. */
  readonly units: readonly string[] | null;
  /** Where the page before ended, and the log's last entry then: pages together show the log as the first one saw it. */
  readonly after: { readonly place: TracePlace; readonly upTo: LogId } | null;
  readonly signal?: AbortSignal;
}

export interface TraceAnswer {
  readonly facts: QueryFacts;
  /** Rows by unit, then event time. */
  readonly steps: AsyncGenerator<TraceStep>;
}

/**
 * The traces of units over a range of any age. Codes: `query-too-large` before anything is read; `unit-unknown`; those of FixHistory.
 */
export async function readTraces(source: RecordSource, query: TraceQuery): Promise<TraceAnswer> {
  const { fromMs, after, signal } = query;
  const toMs = Math.max(fromMs, Math.min(query.toMs, source.nowMs() + 1));
  const known = await source.plansSince(fromMs);
  if (query.units !== null) refuseUnknownUnits(known.plans, query.units);
  const all = unitStretches(known.plans, { units: query.units, fromMs, toMs });
  const units = [...new Set(query.units ?? all.map(({ unit }) => unit))].sort();
  const trackers = new Set(known.plans.flatMap((plan) => plan.units.map(({ tracker }) => tracker))).size;
  const fixQuery = { stretches: all, detail: 'whole', upTo: after?.upTo ?? null, trackers } as const;
  const aborting = signal === undefined ? {} : { signal };
  const estimate = await estimated(source, fixQuery, { fromMs, toMs });
  const stretches = stretchesBehind(all, after?.place ?? null);
  const reading = await source.fixes.open({ ...fixQuery, stretches, ...aborting });
  const range = { stretches, fromMs, toMs, units, after: after?.place ?? null };
  return {
    facts: {
      fromMs,
      toMs,
      upTo: reading.upTo,
      estimate,
      missing: missingOf({ fromMs, toMs }, known.fromMs, reading),
    },
    steps: traceSteps(range, instantsOf(reading.batches())),
  };
}
