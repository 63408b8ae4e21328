import { formatLogId, isLogId, type LogId, parseLogId } from './log-id.js';
import { isId } from './roles.js';
import type { VisitKind } from './visit.js';

/** What a visit's id says. It is frozen. */
export interface VisitId {
  readonly kind: VisitKind;
  readonly place: string;
  readonly unit: string;
  /** Its inner start as first seen, event time, ms. */
  readonly fromMs: number;
  /** The entry that brought it. */
  readonly logId: LogId;
  /** 1, 2, 3 …: which of the visits that are otherwise the same. */
  readonly ordinal: number;
}

/** Stands before the id of a cross. */
const CROSS = 'cross';

/** `<place>:<unit>:<from>:<log id>`, `cross:` before it for a cross, and `:<ordinal>` after it from the second on. */
export function formatVisitId({ kind, place, unit, fromMs, logId, ordinal }: VisitId): string {
  const id = `${place}:${unit}:${fromMs}:${formatLogId(logId)}`;
  return `${kind === 'cross' ? `${CROSS}:` : ''}${id}${ordinal === 1 ? '' : `:${ordinal}`}`;
}

/** The first id of its kind that is not taken. */
export function newVisitId(id: Omit<VisitId, 'ordinal'>, taken: ReadonlySet<string>): string {
  for (let ordinal = 1; ; ordinal += 1) {
    const text = formatVisitId({ ...id, ordinal });
    if (!taken.has(text)) return text;
  }
}

/** Null: no visit has such an id. A place may be called `cross`: where the log's id stands tells them apart. */
export function parseVisitId(text: string): VisitId | null {
  const parts = text.split(':');
  const crosses = parts[0] === CROSS && !isLogId(parts[3] ?? '');
  const [place = '', unit = '', from = '', log = '', ordinal = '1', ...more] = crosses ? parts.slice(1) : parts;
  if (more.length > 0 || !isId(place) || !isId(unit) || !isLogId(log)) return null;
  const kind = crosses ? 'cross' : 'visit';
  const id: VisitId = { kind, place, unit, fromMs: Number(from), logId: parseLogId(log), ordinal: Number(ordinal) };
  const whole = Number.isSafeInteger(id.fromMs) && Number.isSafeInteger(id.ordinal);
  return whole && formatVisitId(id) === text ? id : null;
}
