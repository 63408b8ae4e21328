import { signedDistanceM } from '../../../src/geo/shape.js';
import type { Fix } from '../../../src/model/fix.js';
import type { PositionE7 } from '../../../src/model/position.js';
import { at as placed, MINUTE, RULER, T0 } from '../../engine/support.js';
import { fixOf, gapLimitMs, placeOf } from '../district.js';
import type { FixSpec, PlaceSpec, PlanSpec, Scenario, Stay } from '../scenario.js';
import { type Folded, holesOf, type TimedEntry } from './decoded-log.js';
import { fixesInTime } from './ideal-log.js';
import type { Violation } from './violation.js';

/** A longer silence leaves room for doubt. */
const CLOSE_TOGETHER_MS = 75_000;
/** Nobody else within this of the place, as its receiver says. */
const ALONE_M = 120;
/** Standing still shows after some time, and its median after some more. */
const SETTLED_MS = 7 * MINUTE;

/**
 * What a unit truly did has come out, where its reports came through without a doubt: they are dense, its clock was right,
 * nothing was changed and no outage was in between. This asks of the verdicts more than that they do not depend on disorder.
 */
export function checkTruth(scenario: Scenario, log: readonly TimedEntry[], folded: Folded): Violation[] {
  const [plan] = scenario.plans;
  if (plan === undefined || scenario.stays.length === 0) return [];
  const fixes = inTimeByTracker(log);
  return scenario.stays.flatMap((stay) => {
    if (isStated(scenario, stay)) return [];
    if (stay.kind === 'useless') return checkUseless(scenario, log, folded, stay);
    if (stay.kind === 'doubtful') return [];
    const place = plan.places.find(({ id }) => id === stay.place);
    if (place === undefined || !isClear(scenario, log, fixes, stay)) return [];
    const said = stay.kind === 'beside' ? checkBeside(folded, stay, plan, place, fixes) : checkInside(folded, stay);
    return said === null ? [] : [{ invariant: 'truth', detail: `${JSON.stringify(stay)}: ${said}` } as const];
  });
}

export type Fixes = ReadonlyMap<string, readonly Fix[]>;

export function inTimeByTracker(log: readonly TimedEntry[]): Fixes {
  const fixes = new Map<string, Fix[]>();
  for (const { tracker, fix } of fixesInTime(log).values()) {
    const list = fixes.get(tracker) ?? [];
    fixes.set(tracker, list);
    list.push(fix);
  }
  for (const list of fixes.values()) list.sort((a, b) => a.eventTimeMs - b.eventTimeMs);
  return fixes;
}

function isClear(scenario: Scenario, log: readonly TimedEntry[], fixes: Fixes, stay: Stay): boolean {
  const [fromMs, toMs] = [T0 + stay.fromMs - MINUTE, T0 + stay.toMs];
  const unit = scenario.plans[0]?.units.find(({ id }) => id === stay.unit);
  if (unit === undefined || unit.duty !== null) return false;
  if (scenario.plans.some(({ inForceMs }) => inForceMs > 0 && T0 + inForceMs < toMs + MINUTE)) return false;
  if (holesOf(log).some(([from, to]) => from < toMs + MINUTE && to > fromMs)) return false;
  // What the scenario says of the unit, each fix once and at its own time, and nothing else.
  const said = scenario.fixes.filter(({ tracker }) => tracker === unit.tracker).map(fixOf);
  const there = (fixes.get(unit.tracker) ?? []).filter(({ eventTimeMs: t }) => t >= fromMs && t <= toMs);
  const times = new Set(
    said.filter(({ eventTimeMs: t }) => t >= fromMs && t <= toMs).map(({ eventTimeMs }) => eventTimeMs),
  );
  const heardTimes = new Set(there.map(({ eventTimeMs }) => eventTimeMs));
  if (heardTimes.size !== times.size || there.length < 5) return false;
  let beforeMs = fromMs + MINUTE;
  for (const { eventTimeMs, position, located } of there) {
    if (position === null || located === false) return false;
    if (eventTimeMs - beforeMs > CLOSE_TOGETHER_MS) return false;
    beforeMs = Math.max(beforeMs, eventTimeMs);
  }
  return toMs - beforeMs <= CLOSE_TOGETHER_MS && isOnTime(scenario.fixes, unit.tracker, fromMs, toMs);
}

/** No fix was dated by a clock that is wrong: the fixes in the list are in the order in which they were taken. */
function isOnTime(fixes: readonly FixSpec[], tracker: string, fromMs: number, toMs: number): boolean {
  let beforeMs = Number.NEGATIVE_INFINITY;
  for (const fix of fixes) {
    if (fix.tracker !== tracker) continue;
    const touches = T0 + fix.ms >= fromMs && T0 + fix.ms <= toMs;
    const touched = beforeMs >= fromMs && beforeMs <= toMs;
    const stepMs = T0 + fix.ms - beforeMs;
    if ((touches || touched) && (stepMs < 0 || stepMs > CLOSE_TOGETHER_MS) && beforeMs > fromMs) return false;
    beforeMs = T0 + fix.ms;
  }
  return true;
}

/** One visit spans the whole stay: neither the walk over the edge nor the drift was an exit. */
function checkInside({ visits }: Folded, stay: Stay): string | null {
  const last = new Map(visits.map((visit) => [visit.visitId, visit]));
  const [fromMs, toMs] = [T0 + stay.fromMs, T0 + stay.toMs];
  const here = [...last.values()].filter(
    ({ unit, place, kind, state, innerFromMs, innerToMs }) =>
      unit === stay.unit &&
      place === stay.place &&
      kind === 'visit' &&
      state !== 'retracted' &&
      innerFromMs < toMs &&
      (innerToMs ?? toMs) > fromMs,
  );
  const spans = here.filter(
    ({ innerFromMs, innerToMs }) =>
      innerFromMs <= fromMs + 2 * CLOSE_TOGETHER_MS && (innerToMs ?? toMs) >= toMs - 2 * CLOSE_TOGETHER_MS,
  );
  return spans.length === 1 ? null : `${here.length} visits, ${spans.length} of them span it`;
}

/**
 * Somebody said by radio, true or not, what bears on the stay: of a unit in doubt where it is, or is not; of any unit, that it is at some
 * place. Visits do not ask for it.
 */
export function isStated({ statements = [] }: Scenario, { kind, unit, fromMs, toMs }: Stay): boolean {
  return statements.some((one) => {
    const bears = kind === 'doubtful' ? one.unit === unit : kind === 'beside' && one.at !== null;
    return bears && one.atMs < toMs && one.atMs + one.lastsMs > fromMs;
  });
}

/** With nobody else near, a unit parked outside leaves the place with a gap. */
function checkBeside(
  { alerts }: Folded,
  stay: Stay,
  { rules, units }: PlanSpec,
  place: PlaceSpec,
  fixes: Fixes,
): string | null {
  const [fromMs, toMs] = [T0 + stay.fromMs + SETTLED_MS, T0 + stay.toMs];
  if (rules.binds !== null || toMs - fromMs < gapLimitMs(rules) + 2 * MINUTE) return null;
  const { shape } = placeOf(place);
  const isNear = (position: PositionE7): boolean => signedDistanceM(RULER, shape, position) < ALONE_M;
  const others = units.filter(({ id }) => id !== stay.unit);
  for (const { tracker } of others) {
    const near = (fixes.get(tracker) ?? []).some(
      ({ eventTimeMs: t, position }) => t > fromMs - 15 * MINUTE && t < toMs + MINUTE && isNear(position ?? placed(0)),
    );
    if (near) return null;
  }
  const last = new Map(alerts.map((alert) => [alert.alertId, alert]));
  const gaps = [...last.values()].filter(
    ({ rule, place: where, condition, fromMs: from, toMs: to }) =>
      rule === 'checkpoint-gap' &&
      where === stay.place &&
      condition !== 'retracted' &&
      from < toMs &&
      (to ?? toMs) > fromMs,
  );
  return gaps.length > 0 ? null : 'no gap alert stands for it';
}

/** The rule about useless trackers gives them ten minutes. */
const USELESS_WITHIN_MS = 11 * MINUTE;
/** One that says nothing for longer may count as silent. */
const TALKS_EACH_MS = 55_000;

/** A tracker that goes on talking and says nothing of where its unit is was told of. */
function checkUseless(scenario: Scenario, log: readonly TimedEntry[], { alerts }: Folded, stay: Stay): Violation[] {
  const unit = scenario.plans[0]?.units.find(({ id }) => id === stay.unit);
  const [fromMs, toMs] = [T0 + stay.fromMs + 2 * MINUTE, T0 + stay.toMs];
  if (unit === undefined || unit.duty !== null || scenario.plans.length > 1) return [];
  if (holesOf(log).some(([from, to]) => from < toMs && to > fromMs - 10 * MINUTE)) return [];
  let [sinceMs, wordMs, longestMs] = [fromMs, Number.NEGATIVE_INFINITY, 0];
  for (const { atMs, entry } of log) {
    if (entry.kind !== 'fixes' || atMs < fromMs || atMs > toMs) continue;
    const batches = entry.batches.filter(({ tracker }) => tracker === unit.tracker);
    const own = batches.flatMap(({ fixes }) => fixes);
    const isRefused = batches.some(({ rejected }) => rejected.length > 0);
    const isUseful = own.some(({ eventTimeMs }) => eventTimeMs < T0 + stay.fromMs && atMs - eventTimeMs < 2 * MINUTE);
    if (!isRefused && !own.some(({ backfill }) => backfill !== true)) continue;
    if (isUseful || atMs - wordMs > TALKS_EACH_MS) sinceMs = atMs;
    wordMs = atMs;
    longestMs = Math.max(longestMs, wordMs - sinceMs);
  }
  const isTold = alerts.some(
    (alert) => alert.rule === 'tracker-useless' && alert.unit === stay.unit && alert.fromMs < toMs,
  );
  if (longestMs < USELESS_WITHIN_MS || isTold) return [];
  return [
    { invariant: 'truth', detail: `${JSON.stringify(stay)}: it talked for ${longestMs} ms, and nothing is told` },
  ];
}
