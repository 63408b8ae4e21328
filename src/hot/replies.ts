import type { AlertVersion } from '../model/alert.js';
import type { CoverageRecord, Cursor, FixCounters, PositionRecord, TaskRecord, UnitRecord } from '../model/hot.js';
import { parseCursor, parseHot } from './cursor-json.js';

/** A district as of one instant (Q1). */
export interface LiveState {
  readonly cursor: Cursor | null;
  /** Every transition up to this number is in `openAlerts` (or closed); resume after it. Later ones may be, too. */
  readonly lastAlert: number;
  readonly openAlerts: readonly AlertVersion[];
  readonly coverage: readonly CoverageRecord[];
  readonly positions: readonly PositionRecord[];
  readonly units: readonly UnitRecord[];
  readonly tasks: readonly TaskRecord[];
}

/** A page of `alerts` or `visits`, or (Q2) word that what was asked for is not all there. */
export type StreamPage<Version> =
  | { readonly kind: 'page'; readonly versions: readonly Version[]; readonly last: number }
  | { readonly kind: 'resync'; readonly first: number; readonly last: number };

/** Versions in one page. */
export const MAX_PAGE = 1_000;

export function liveStateOf([cursorText, ...hashes]: readonly unknown[]): LiveState {
  const [openAlerts = [], coverage = [], positions = [], units = [], tasks = []] = hashes.map((hash) =>
    (hash as unknown[]).map(String),
  );
  const cursor = parseCursor(String(cursorText));
  return {
    cursor,
    lastAlert: cursor?.lastAlert ?? 0,
    openAlerts: recordsOf('alerts:open', openAlerts, (alert: AlertVersion) => alert.transition),
    coverage: recordsOf('coverage', coverage, (record: CoverageRecord) => record.place),
    positions: recordsOf('positions', positions, (record: PositionRecord) => record.unit),
    units: recordsOf('units', units, (record: UnitRecord) => record.unit),
    tasks: recordsOf('tasks', tasks, (record: TaskRecord) => record.taskId),
  };
}

/** Hash values in an order of their own: a hash has none. */
export function recordsOf<Value>(
  what: string,
  texts: readonly string[],
  orderOf: (value: Value) => string | number,
): readonly Value[] {
  return texts
    .map((text) => parseHot<Value>(what, text))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : orderOf(a) > orderOf(b) ? 1 : 0));
}

export function pageOf<Version>([firstId, lastId, entries]: readonly unknown[], after: number): StreamPage<Version> {
  const first = numberOf(firstId);
  const last = numberOf(lastId);
  // Ahead of the stream: the caller knew another one (a cleared Redis).
  if (after > last || (first > 0 && after + 1 < first)) return { kind: 'resync', first, last };
  const versions = (entries as readonly [unknown, readonly unknown[]][]).map(([, fields]) =>
    parseHot<Version>('stream', String(fields[1])),
  );
  return { kind: 'page', versions, last };
}

export function countersOf(fields: Readonly<Record<string, string>>): FixCounters {
  const count = (name: string) => Number(fields[name] ?? 0);
  const flags = Object.entries(fields).filter(([name]) => name.startsWith('flag:'));
  return {
    admitted: count('admitted'),
    duplicate: count('duplicate'),
    flagged: count('flagged'),
    refused: count('refused'),
    flags: Object.fromEntries(flags.map(([name, value]) => [name.slice('flag:'.length), Number(value)])),
  };
}

/** `17` of `17-0`; 0 of an empty stream. */
function numberOf(id: unknown): number {
  return Number(/^\d+/.exec(String(id))?.[0] ?? 0);
}
