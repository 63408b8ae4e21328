import type { FixEstimate, FixHistory, FixQuery, FixReading } from '../log/fix-history.js';
import { BeatwatchError } from '../model/errors.js';
import type { LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';

/** Fixes that one query may read at about. */
export const MAX_QUERY_ROWS = 5_000_000;

/** What queries of the record read from. */
export interface RecordSource {
  readonly fixes: FixHistory;
  /** Plans that were in force from an event time on, oldest first; `fromMs`: from when on they are known. */
  plansSince(fromMs: number): Promise<{ readonly plans: readonly CompiledPlan[]; readonly fromMs: number }>;
  /** The clock of the district's log. */
  nowMs(): number;
  /** MAX_QUERY_ROWS unless given. */
  readonly maxRows?: number;
}

/** Event times `[fromMs, toMs)`, ms. */
export interface QueryRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an answer says about itself, whatever it holds. */
export interface QueryFacts {
  /** The range, ended now if it went on into the future. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The last log entry that the answer looks at. */
  readonly upTo: LogId;
  readonly estimate: FixEstimate;
  /** Event times whose plan, or log times whose entries, are not known any more. */
  readonly missing: readonly { readonly what: 'log' | 'plan'; readonly fromMs: number; readonly toMs: number }[];
}

/** Throws `query-too-large` with what it would read and the longest period that would pass, before anything is read. */
export async function estimated(
  { fixes, maxRows: limit = MAX_QUERY_ROWS }: RecordSource,
  query: FixQuery,
  { fromMs, toMs }: QueryRange,
): Promise<FixEstimate> {
  const estimate = await fixes.estimate(query);
  if (estimate.rows <= limit) return estimate;
  const longestMs = Math.floor(((toMs - fromMs) * limit) / estimate.rows / 60_000) * 60_000;
  const until = new Date(fromMs + longestMs).toISOString();
  throw new BeatwatchError(
    'query-too-large',
    `got a query that reads about ${estimate.rows} fixes (${estimate.bytes} bytes), expected at most ${limit}: ask for fewer units, or for at most ${longestMs / 60_000} minutes at a time (until ${until}), or export the archive`,
    { ...estimate, limit, longestMs },
  );
}

/** `missing` of an answer. */
export function missingOf(
  { fromMs, toMs }: QueryRange,
  plansFromMs: number,
  { goneBeforeMs, deleted }: Pick<FixReading, 'goneBeforeMs' | 'deleted'>,
): QueryFacts['missing'] {
  return [
    ...(plansFromMs > fromMs ? [{ what: 'plan' as const, fromMs, toMs: Math.min(toMs, plansFromMs) }] : []),
    ...(goneBeforeMs !== null && goneBeforeMs > fromMs ? [{ what: 'log' as const, fromMs, toMs: goneBeforeMs }] : []),
    ...deleted.map((times) => ({ what: 'log' as const, ...times })),
  ];
}

/** Throws `unit-unknown` for the first id that no plan of the range has. */
export function refuseUnknownUnits(plans: readonly CompiledPlan[], units: readonly string[]): void {
  const unknown = units.find((wanted) => !plans.some((plan) => plan.units.some(({ id }) => id === wanted)));
  if (unknown === undefined) return;
  throw new BeatwatchError(
    'unit-unknown',
    `got unit ${unknown}, expected one of a plan that was in force in this period`,
    { got: unknown },
  );
}
