import type { TraceHole, TraceRow } from '../../model/trace.js';
import { type VisitVersion, visitEndMs } from '../../model/visit.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import { isOpen } from '../alerts/order.js';

/** What is shown: what was told by an instant, or the last versions; null: those. */
export type ToldByMs = number | null;

/** The version of each visit or alert that stood by an instant of log time, or the last; in the order of their first versions. */
export function standing<Version extends { readonly atMs: number; readonly version: number }>(
  versions: readonly Version[],
  idOf: (version: Version) => string,
  byMs: ToldByMs,
): readonly Version[] {
  const found = new Map<string, Version>();
  for (const one of versions) {
    if (byMs !== null && one.atMs > byMs) continue;
    const known = found.get(idOf(one));
    if (known === undefined || known.version < one.version) found.set(idOf(one), one);
  }
  return [...found.values()];
}

export function standingVisits(versions: readonly VisitVersion[], byMs: ToldByMs): readonly VisitVersion[] {
  return standing(versions, ({ visitId }) => visitId, byMs).filter(({ state }) => state !== 'retracted');
}

/** Refused actions change nothing, so they are no version of what stood. */
export function standingAlerts(versions: readonly AlertAnswer[], byMs: ToldByMs): readonly AlertAnswer[] {
  return standing(
    versions.filter(({ change }) => change !== 'refused'),
    ({ alertId }) => alertId,
    byMs,
  );
}

/** Alerts that an instant falls into: as told then those that were open, as known now those whose time holds it. */
export function alertsAt(alerts: readonly AlertAnswer[], atMs: number, byMs: ToldByMs): readonly AlertAnswer[] {
  return alerts.filter(
    (alert) =>
      alert.condition !== 'retracted' &&
      alert.fromMs <= atMs &&
      (alert.toMs === null || alert.toMs > atMs || (byMs !== null && isOpen(alert))),
  );
}

/** Where a unit was last seen by an instant; `isHeard` false: it was not heard for longer than its silence allows. */
export interface SeenAt {
  readonly unit: string;
  readonly lng: number;
  readonly lat: number;
  readonly atMs: number;
  readonly isHeard: boolean;
}

/** Longer ago than this nobody shows where a unit was, ms. */
export const SEEN_FOR_MS = 300_000;

/** The last position of each unit up to an instant, at most SEEN_FOR_MS old. Nothing is put between two positions. */
export function seenAt(rows: readonly TraceRow[], atMs: number): readonly SeenAt[] {
  const last = new Map<string, Extract<TraceRow, { type: 'fix' }>>();
  const inHole = new Set<string>();
  for (const row of rows) {
    if (row.type === 'hole') {
      if (row.fromMs < atMs && row.toMs > atMs) inHole.add(row.unit);
    } else if (row.lng !== null && row.eventTimeMs <= atMs && row.eventTimeMs >= atMs - SEEN_FOR_MS) {
      const known = last.get(row.unit);
      if (known === undefined || known.eventTimeMs <= row.eventTimeMs) last.set(row.unit, row);
    }
  }
  return [...last.values()].map(({ unit, lng, lat, eventTimeMs }) => ({
    unit,
    lng: lng as number,
    lat: lat as number,
    atMs: eventTimeMs,
    isHeard: !inHole.has(unit),
  }));
}

/** One bar of the timeline. */
export interface Bar {
  readonly kind: 'visit' | 'cross' | 'gap' | 'doubt' | 'alert' | 'hole';
  readonly fromMs: number;
  /** Null: it goes on. */
  readonly toMs: number | null;
  /** The unit of a visit, the alert's id, or empty. */
  readonly of: string;
}

/** One row of the timeline: a place or a unit. */
export interface Lane {
  readonly id: string;
  readonly bars: readonly Bar[];
}

const GAPS: ReadonlySet<AlertAnswer['rule']> = new Set(['zone-gap', 'checkpoint-gap', 'route-gap']);

/**
 * The rows of a timeline, in the order of `ids`; those without a bar are left out.
 *
 * @param by whether a row is a place or a unit
 */
export function lanesOf(
  by: 'place' | 'unit',
  ids: readonly string[],
  o: {
    readonly visits: readonly VisitVersion[];
    readonly alerts: readonly AlertAnswer[];
    readonly holes: readonly TraceHole[];
  },
): readonly Lane[] {
  const lanes = new Map<string, Bar[]>(ids.map((id) => [id, []]));
  const add = (id: string | null, bar: Bar): void => {
    if (id === null) return;
    const bars = lanes.get(id) ?? [];
    bars.push(bar);
    lanes.set(id, bars);
  };
  for (const visit of o.visits) {
    const [id, of] = by === 'place' ? [visit.place, visit.unit] : [visit.unit, visit.place];
    add(id, { kind: visit.kind, fromMs: visit.innerFromMs, toMs: visitEndMs(visit), of });
  }
  for (const alert of o.alerts) {
    if (alert.condition === 'retracted') continue;
    const kind = !GAPS.has(alert.rule) ? 'alert' : alert.certainty === 'unknown' ? 'doubt' : 'gap';
    add(by === 'place' ? alert.place : alert.unit, { kind, fromMs: alert.fromMs, toMs: alert.toMs, of: alert.alertId });
  }
  if (by === 'unit') for (const { unit, fromMs, toMs } of o.holes) add(unit, { kind: 'hole', fromMs, toMs, of: '' });
  return [...lanes]
    .filter(([, bars]) => bars.length > 0)
    .map(([id, bars]) => ({ id, bars: bars.sort((a, b) => a.fromMs - b.fromMs) }));
}
