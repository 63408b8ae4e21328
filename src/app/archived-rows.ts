import type { RowsOfKind } from '../formats/record-columns.js';
import type { VersionHistory } from '../log/version-history.js';
import type { Shape } from '../model/plan.js';
import { readPresence } from '../traces/presence-query.js';
import type { QueryFacts } from '../traces/query.js';
import { readTraces } from '../traces/trace-query.js';
import type { ArchivedRecord } from './archived-record.js';

const DAY_MS = 86_400_000;
/** Visits or alerts that are held at once: those of one day. */
const MOST_A_DAY = 100_000;

export interface RowsQuery {
  /** Event times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: all. */
  readonly units: readonly string[] | null;
  readonly places: readonly string[] | null;
  /** The last version of each, or every one. */
  readonly versions: 'latest' | 'all';
  readonly signal: AbortSignal;
}

/** Told what is not known any more, where something is, before the rows come. */
type OnMissing = (missing: QueryFacts['missing']) => void;

export async function* archivedTraces(
  record: ArchivedRecord,
  query: RowsQuery,
  onMissing: OnMissing,
): AsyncGenerator<RowsOfKind['traces']> {
  const { facts, steps } = await readTraces(record.source, { ...query, after: null });
  if (facts.missing.length > 0) onMissing(facts.missing);
  for await (const { rows } of steps) yield* rows;
}

/** Who was in a shape. */
export async function* archivedPresence(
  record: ArchivedRecord,
  query: RowsQuery,
  shape: Shape,
  onMissing: OnMissing,
): AsyncGenerator<RowsOfKind['presence']> {
  const { facts, units } = await readPresence(record.source, { ...query, area: { shape }, after: null });
  if (facts.missing.length > 0) onMissing(facts.missing);
  for await (const { rows } of units) yield* rows;
}

export function archivedVisits(
  { versions }: ArchivedRecord,
  query: RowsQuery,
  onMissing: OnMissing,
): AsyncGenerator<RowsOfKind['visits']> {
  return dayByDay(
    query,
    () => tellDeleted(versions.deleted('visits', query), onMissing),
    (day) => versions.visits(day),
    ({ visitId }) => visitId,
  );
}

export function archivedAlerts(
  { versions }: ArchivedRecord,
  query: RowsQuery,
  onMissing: OnMissing,
): AsyncGenerator<RowsOfKind['alerts']> {
  return dayByDay(
    query,
    () => tellDeleted(versions.deleted('alerts', query), onMissing),
    (day) => versions.alerts(day),
    ({ alertId }) => alertId,
  );
}

async function tellDeleted(found: ReturnType<VersionHistory['deleted']>, onMissing: OnMissing): Promise<void> {
  const deleted = await found;
  if (deleted.length > 0) onMissing(deleted.map(({ fromMs, toMs }) => ({ what: 'log', fromMs, toMs })));
}

type DayQuery = Parameters<ArchivedRecord['versions']['visits']>[0];

/** A day at a time; what lasts over several days comes once. */
async function* dayByDay<Version>(
  { fromMs, toMs, places, units, versions, signal }: RowsQuery,
  begin: () => Promise<void>,
  read: (day: DayQuery) => Promise<readonly (readonly Version[])[]>,
  idOf: (version: Version) => string,
): AsyncGenerator<Version> {
  await begin();
  const known = new Set<string>();
  const filter = { ...(places === null ? {} : { places }), ...(units === null ? {} : { units }), most: MOST_A_DAY };
  for (let from = fromMs; from < toMs; from += DAY_MS) {
    signal.throwIfAborted();
    for (const found of await read({ fromMs: from, toMs: Math.min(from + DAY_MS, toMs), ...filter })) {
      const last = found.at(-1);
      if (last === undefined || known.has(idOf(last))) continue;
      known.add(idOf(last));
      if (versions === 'all') yield* found;
      else yield last;
    }
  }
}
