import { setImmediate as nextRound } from 'node:timers/promises';
import { pointOf } from '../engine/track/points.js';
import { POSSIBLE_FOR_MS } from '../model/limits.js';
import type { LogId } from '../model/log-id.js';
import type { Shape } from '../model/plan.js';
import type { AreaPresence } from '../model/trace.js';
import { placeShape } from './area.js';
import { clearOfArea } from './clear-of-area.js';
import { type Instant, instantsOf } from './instants.js';
import { type PresencePoint, type PresenceQuestion, presenceSpans } from './presence-spans.js';
import {
  estimated,
  missingOf,
  type QueryFacts,
  type QueryRange,
  type RecordSource,
  refuseUnknownUnits,
} from './query.js';
import { type UnitStretch, unitStretches } from './unit-stretches.js';

/** Units that are answered until the event loop goes round. */
const UNITS_A_ROUND = 256;

/** A shape, or a place of the plan. */
export type PresenceArea = { readonly shape: Shape } | { readonly place: string };

export interface PresenceQuery extends QueryRange {
  readonly area: PresenceArea;
  /** Unit ids; null: all units of the plans of that time. */
  readonly units: readonly string[] | null;
  /** The last unit of the page before, and the log's last entry then. */
  readonly after: { readonly unit: string; readonly upTo: LogId } | null;
  readonly signal?: AbortSignal;
}

/** The rows of one unit; none: it surely was not there. */
export interface UnitPresence {
  readonly unit: string;
  readonly rows: readonly AreaPresence[];
}

export interface PresenceAnswer {
  readonly facts: QueryFacts;
  /** Unit by unit, sorted. */
  readonly units: AsyncGenerator<UnitPresence>;
}

/**
 * Who was in an area, who may have been, and of whom nobody knows, over a range of any age. Codes: `query-too-large` before anything is
 * read; `unit-unknown`; `place-unknown`, `place-changed`; those of FixHistory.
 */
export async function readPresence(source: RecordSource, query: PresenceQuery): Promise<PresenceAnswer> {
  const { fromMs, after, signal } = query;
  const nowMs = source.nowMs() + 1;
  const toMs = Math.max(fromMs, Math.min(query.toMs, nowMs));
  const wide = { fromMs: Math.max(0, fromMs - POSSIBLE_FOR_MS), toMs: Math.min(toMs + POSSIBLE_FOR_MS, nowMs) };
  const known = await source.plansSince(wide.fromMs);
  if (query.units !== null) refuseUnknownUnits(known.plans, query.units);
  const { area } = query;
  const shape = 'shape' in area ? area.shape : placeShape(known.plans, area.place, { fromMs, toMs });
  const all = unitStretches(known.plans, { units: query.units, ...wide });
  const trackers = new Set(known.plans.flatMap((plan) => plan.units.map(({ tracker }) => tracker))).size;
  const fixQuery = { stretches: all, detail: 'position', upTo: after?.upTo ?? null, trackers } as const;
  const estimate = await estimated(source, fixQuery, wide);
  const stretches = after === null ? all : all.filter(({ unit }) => unit > after.unit);
  // The ruler of a district is that of its middle: a plan without any unit asks about nobody.
  const ruler = known.plans.at(-1)?.ruler ?? { metresPerLngE7: 1, metresPerLatE7: 1 };
  const clearOf = clearOfArea({ shape, ruler, fromMs, toMs, wide }, stretches);
  const aborting = signal === undefined ? {} : { signal };
  const reading = await source.fixes.open({ ...fixQuery, stretches, clearOf, ...aborting });
  const question = { shape, ruler, fromMs, toMs, nowMs };
  return {
    facts: {
      fromMs,
      toMs,
      upTo: reading.upTo,
      estimate,
      missing: missingOf(wide, known.fromMs, reading),
    },
    units: unitByUnit(question, { stretches, clear: reading.clear }, instantsOf(reading.batches())),
  };
}

async function* unitByUnit(
  question: Omit<PresenceQuestion, 'unit' | 'points'>,
  { stretches, clear }: { readonly stretches: readonly UnitStretch[]; readonly clear: ReadonlySet<number> },
  instants: AsyncIterable<readonly Instant[]>,
): AsyncGenerator<UnitPresence> {
  const { shape, ruler, fromMs, toMs, nowMs } = question;
  // A unit that has left the plan before the range, or joins it later, was nobody's to ask about.
  const inRange = stretches.filter((stretch) => stretch.fromMs < toMs && stretch.toMs > fromMs);
  const units = [...new Set(inRange.map(({ unit }) => unit))];
  const wasAway = new Set([...clear].map((index) => (stretches[index] as UnitStretch).unit));
  let [next, points]: [number, PresencePoint[]] = [0, []];
  const end = async () => {
    const unit = units[next] as string;
    const rows = wasAway.has(unit) ? [] : await presenceSpans({ unit, shape, ruler, fromMs, toMs, nowMs, points });
    next += 1;
    points = [];
    // Of thousands of units that were away nothing is read in between.
    if (next % UNITS_A_ROUND === 0) await nextRound();
    return { unit, rows };
  };
  for await (const some of instants) {
    for (const one of some) {
      const stretch = stretches[one.stretch] as UnitStretch;
      while (next < units.length && (units[next] as string) < stretch.unit) yield await end();
      if (units[next] !== stretch.unit) continue;
      const point = pointOfInstant(one, stretch);
      if (point !== null) points.push(point);
    }
  }
  while (next < units.length) yield await end();
}

/** The surest of an instant's usable positions, or null. */
function pointOfInstant({ fixes }: Instant, stretch: UnitStretch): PresencePoint | null {
  const points = fixes
    .map(({ fix }) => pointOf(fix, stretch.area))
    .filter((point) => typeof point !== 'string')
    .sort((a, b) => a.sigmaM - b.sigmaM || a.lngE7 - b.lngE7 || a.latE7 - b.latE7);
  const [surest] = points;
  if (surest === undefined) return null;
  const { lngE7, latE7, sigmaM, eventTimeMs } = surest;
  const conflict = points.some((point) => point.lngE7 !== lngE7 || point.latE7 !== latE7);
  const { silentAfterMs, topSpeedMps } = stretch;
  return { atMs: eventTimeMs, lngE7, latE7, sigmaM, conflict, silentAfterMs, topSpeedMps };
}
