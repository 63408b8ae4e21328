import type { AlertVersion } from '../model/alert.js';
import type { DayAlert, DayChange, DayChangeReason, DayVisit } from '../model/day-record.js';
import { SILENT_FLOOR_MS } from '../model/limits.js';
import type { VisitVersion } from '../model/visit.js';
import type { FoldedDay } from './fold-day.js';

/** What the live fold told, each alert and each visit in its last version. */
export interface LiveFindings {
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
}

/** Rules that count from the tracker's words: live by when they came. */
const BY_WORDS: ReadonlySet<string> = new Set(['tracker-silence', 'tracker-useless', 'network-outage']);

/** Something that was found, live or in the record. `end` null: it goes on. */
interface Found {
  readonly key: string;
  readonly fromMs: number;
  readonly toMs: number | null;
  /** Equal texts are equal findings, once their times are compared. */
  readonly says: string;
  readonly times: readonly (number | null)[];
  readonly toleranceMs: number;
  readonly units: readonly string[];
  readonly place: string | null;
}

interface LiveFound extends Found {
  readonly id: string;
}

/**
 * Where a record and the live verdicts do not agree. Only what touches the day is compared, and only over the time that was folded: what began
 * before the fold or went on beyond it agrees there.
 */
export function changesOf(folded: FoldedDay, live: LiveFindings): readonly DayChange[] {
  const { record } = folded;
  const alerts = changes(
    live.alerts.filter(({ condition }) => condition !== 'retracted').map(liveAlert),
    record.alerts.map(alertFound),
    folded,
  );
  const visits = changes(
    live.visits.filter(({ state }) => state !== 'retracted').map(liveVisit),
    record.visits.map(settledVisit),
    folded,
  );
  return [
    ...alerts.map((change): DayChange => ({ about: 'alert', ...change })),
    ...visits.map((change): DayChange => ({ about: 'visit', ...change })),
  ];
}

function changes(live: readonly LiveFound[], settled: readonly Found[], folded: FoldedDay): Omit<DayChange, 'about'>[] {
  const { fromMs, toMs } = folded.record;
  const touching = live.filter((one) => one.fromMs < toMs && (one.toMs ?? toMs) >= fromMs);
  const byKey = new Map<string, LiveFound[]>();
  for (const one of touching) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one]);
  const out: Omit<DayChange, 'about'>[] = [];
  const taken = new Set<LiveFound>();
  for (const [index, one] of settled.entries()) {
    const others = (byKey.get(one.key) ?? []).filter((other) => !taken.has(other) && overlap(one, other));
    for (const other of others) taken.add(other);
    const [only] = others;
    if (only !== undefined && others.length === 1 && isSame(one, only, folded)) continue;
    const change = only === undefined ? 'added' : 'changed';
    const why = reasons([one, ...others], folded);
    out.push({ change, live: others.map(({ id }) => id), settled: index, why });
  }
  for (const other of touching) {
    if (taken.has(other)) continue;
    out.push({ change: 'removed', live: [other.id], settled: null, why: reasons([other], folded) });
  }
  return out;
}

function overlap(a: Found, b: Found): boolean {
  const slackMs = Math.max(a.toleranceMs, b.toleranceMs);
  return (
    a.fromMs <= (b.toMs ?? Number.MAX_SAFE_INTEGER) + slackMs &&
    b.fromMs <= (a.toMs ?? Number.MAX_SAFE_INTEGER) + slackMs
  );
}

function isSame(a: Found, b: Found, { foldedFromMs, foldedToMs }: FoldedDay): boolean {
  if (a.says !== b.says) return false;
  return a.times.every((time, i) => {
    const [left, right] = [time, b.times[i] ?? null].map((at) => within(at, foldedFromMs, foldedToMs));
    return left === right || Math.abs((left ?? 0) - (right ?? 0)) < a.toleranceMs;
  });
}

/** An instant before or after the time that was folded is not told from another one there. */
function within(atMs: number | null, fromMs: number, toMs: number): number | null {
  if (atMs === null) return null;
  return atMs >= toMs ? null : Math.max(atMs, fromMs);
}

function reasons(found: readonly Found[], { record, late }: FoldedDay): readonly DayChangeReason[] {
  const why: DayChangeReason[] = [];
  const units = new Set(found.flatMap((one) => one.units));
  for (const one of found) {
    for (const visit of one.place === null ? [] : record.visits)
      if (visit.place === one.place && overlap(one, settledVisit(visit))) units.add(visit.unit);
  }
  const isOfDistrict = found.some((one) => one.units.length === 0 && one.place === null);
  for (const [unit, fixes] of [...late].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (isOfDistrict || units.has(unit)) why.push({ is: 'late-fixes', unit, ...fixes });
  for (const [fromMs, toMs] of record.outages)
    if (found.some((one) => one.fromMs < toMs && (one.toMs ?? toMs) >= fromMs))
      why.push({ is: 'outage', fromMs, toMs });
  if (why.length > 0) return why;
  return [{ is: found.some(({ toleranceMs }) => toleranceMs > 0) ? 'log-time' : 'unexplained' }];
}

function alertFound(alert: DayAlert | AlertVersion): Found {
  const { rule, ruleId, subject, place, unit, certainty, fromMs, toMs, evidence } = alert;
  const { byUnit, lastUnit, possibleUnits = [], units = [] } = evidence;
  return {
    key: `${rule}|${ruleId}|${subject.kind}|${subject.id}`,
    fromMs,
    toMs,
    says: certainty,
    times: [fromMs, toMs],
    toleranceMs: BY_WORDS.has(rule) ? SILENT_FLOOR_MS : 0,
    units: [unit, byUnit, lastUnit, ...possibleUnits, ...units].filter((one) => typeof one === 'string'),
    place,
  };
}

function liveAlert(version: AlertVersion): LiveFound {
  return { ...alertFound(version), id: version.alertId };
}

function settledVisit({ kind, unit, place, ...visit }: DayVisit): Found {
  const { innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole } = visit;
  return {
    key: `${kind}|${unit}|${place}`,
    fromMs: innerFromMs,
    toMs: innerToMs,
    says: `${fromHole} ${toHole}`,
    times: [innerFromMs, innerToMs, outerFromMs, outerToMs],
    toleranceMs: 0,
    units: [unit],
    place: null,
  };
}

function liveVisit(version: VisitVersion): LiveFound {
  return { ...settledVisit(version), id: version.visitId };
}
