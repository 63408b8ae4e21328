import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { AlertVersion } from '../model/alert.js';
import type { DayMark, SettledDay } from '../model/day-record.js';
import type { VisitVersion } from '../model/visit.js';

/** A visit or an alert as it was told, and the time that it is about. */
interface Told {
  readonly id: string;
  readonly fromMs: number;
  /** Null: it goes on. */
  readonly toMs: number | null;
}

/** Whether settled days hold what was told just as it was told: all days that it touches are settled, and none names it among what differs. */
export function isHeld(days: readonly SettledDay[], { id, fromMs, toMs }: Told): boolean {
  if (toMs === null) return false;
  let heldToMs = fromMs;
  for (const day of days) {
    if (day.toMs <= heldToMs || day.fromMs > toMs) continue;
    const mark = day.settlements.at(-1);
    if (day.fromMs > heldToMs || mark === undefined || !holds(mark, id)) return false;
    heldToMs = day.toMs;
  }
  return heldToMs > toMs;
}

/** One that differs in more than it names holds nothing for sure. */
function holds({ unheld, unheldInAll }: DayMark, id: string): boolean {
  return unheldInAll === unheld.length && !unheld.includes(id);
}

export function isAlertHeld(days: readonly SettledDay[], { alertId, condition, fromMs, toMs }: AlertVersion): boolean {
  return condition === 'cleared' && isHeld(days, { id: alertId, fromMs, toMs });
}

export function isVisitHeld(days: readonly SettledDay[], { visitId, state, ...visit }: VisitVersion): boolean {
  return state === 'closed' && isHeld(days, { id: visitId, fromMs: visit.innerFromMs, toMs: visit.innerToMs });
}

const Instant = Type.Integer({ description: 'Milliseconds since the Unix epoch, UTC.' });

export const DayMarkSchema = Type.Object({
  digest: Type.String({ description: 'SHA-256 of the record as canonical JSON.' }),
  foldVersion: Type.Integer(),
  readToMs: Type.Integer({ description: 'Log time up to which the log was read.' }),
  logId: Type.String({ description: 'Its first entry in the log.' }),
  atMs: Instant,
  parts: Type.Integer({ description: 'How many entries of the log hold it.' }),
  visits: Type.Integer(),
  alerts: Type.Integer(),
  changes: Type.Integer({ description: 'Differences to the live verdicts.' }),
  unheld: Type.Array(Type.String(), {
    description: 'Live alerts and visits, by id, that the record does not hold as they were told; the first 1,000.',
  }),
  unheldInAll: Type.Integer({ description: 'How many these are in all.' }),
} satisfies Record<keyof DayMark, TSchema>);

export const SettledDaySchema = Type.Object({
  day: Type.String({ description: 'The local date.' }),
  fromMs: Instant,
  toMs: Instant,
  settlements: Type.Array(DayMarkSchema, { description: 'Oldest first; those after the first are corrections.' }),
} satisfies Record<keyof SettledDay, TSchema>);
