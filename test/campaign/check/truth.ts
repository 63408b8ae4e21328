import { signedDistanceM } from '../../../src/geo/shape.js';
import type { Fix } from '../../../src/model/fix.js';
import type { PositionE7 } from '../../../src/model/position.js';
import { MAX_TRACK_SIGMA_M, POSSIBLE_FOR_MS } from '../../../src/model/limits.js';
import { intersect, normalise, subtract } from '../../../src/engine/lib/intervals.js';
import { coveredSpans, findWhereabouts, pairsOf, possibleSpans } from '../../../src/engine/lib/presence.js';
import type { Intervals } from '../../../src/model/plan.js';
import { at as placed, MINUTE, RULER, T0 } from '../../engine/support.js';
import { fixOf, gapLimitMs, placeOf, positionOf } from '../district.js';
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
    if (stay.kind === 'doubtful') return checkDoubtful(scenario, folded, stay, fixes);
    const place = plan.places.find(({ id }) => id === stay.place);
    if (place === undefined || !isClear(scenario, log, fixes, stay)) return [];
    const said = stay.kind === 'beside' ? checkBeside(folded, stay, plan, place, fixes) : checkInside(folded, stay);
    return said === null ? [] : [{ invariant: 'truth', detail: `${JSON.stringify(stay)}: ${said}` } as const];
  });
}

type Fixes = ReadonlyMap<string, readonly Fix[]>;

function inTimeByTracker(log: readonly TimedEntry[]): Fixes {
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
  if (there.length !== times.size || there.length < 5) return false;
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
function isStated({ statements = [] }: Scenario, { kind, unit, fromMs, toMs }: Stay): boolean {
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

/** Until the first fix from inside, and after the last, a unit in sight counts as where it was seen. */
const SIGHT_MS = 3 * MINUTE;

/**
 * A unit that is truly in a place is never left out for certain, however vague it is and however long it sleeps: at each instant it
 * is seen there or possible, and no gap there that stands calls it sure that nobody was. (A silence of which no doubt is
 * left is another matter: then the words say that the unit is not reporting.)
 */
function checkDoubtful(scenario: Scenario, { state, alerts }: Folded, stay: Stay, fixes: Fixes): Violation[] {
  const there = surelyThere(scenario, stay, fixes);
  if (there.length === 0) return [];
  const where = findWhereabouts(state);
  const spans = [...coveredSpans(state, where, stay.place), ...possibleSpans(state, where, stay.place)];
  const granted = spans
    .filter(({ unit }) => unit === stay.unit)
    .map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]);
  const known = intersect(there, [state.settledToMs, state.nowMs]);
  const leftOut = subtract(known, normalise(granted));
  const said = (what: string): Violation[] => [{ invariant: 'truth', detail: `${JSON.stringify(stay)}: ${what}` }];
  if (leftOut.length > 0) return said(`left out over ${leftOut}`);
  const last = new Map(alerts.map((alert) => [alert.alertId, alert]));
  for (const { rule, place, condition, transition, episodes } of last.values()) {
    if (condition === 'retracted' || !rule.endsWith('-gap') || place !== stay.place) continue;
    const sure = episodes.flatMap((episode) => episode.sure ?? []);
    const wrong = pairsOf(sure)
      .map((pair) => intersect(there, pair))
      .find((both) => both.length > 0);
    if (wrong !== undefined) return said(`alert ${transition} is sure of nobody over ${wrong}`);
  }
  return [];
}

/** When the unit was in the place beyond doubt, on duty, and had been heard of lately enough to be asked about. */
function surelyThere(scenario: Scenario, stay: Stay, fixes: Fixes): Intervals {
  const [plan] = scenario.plans;
  const unit = plan?.units.find(({ id }) => id === stay.unit);
  if (plan === undefined || unit === undefined) return [];
  const [fromMs, toMs] = [T0 + stay.fromMs + SIGHT_MS, T0 + stay.toMs - SIGHT_MS];
  if (toMs <= fromMs || scenario.plans.some(({ inForceMs }) => inForceMs > 0 && T0 + inForceMs < toMs + MINUTE))
    return [];
  const [dutyFromMs, dutyToMs] = unit.duty === null ? [T0, toMs] : [T0 + unit.duty[0], T0 + unit.duty[1]];
  const heard = (fixes.get(unit.tracker) ?? []).filter(isPosition);
  if (scenario.fixes.some((fix) => fix.tracker === unit.tracker && isUnheardOf(fix, heard))) return [];
  const heardMs = heard.map(({ eventTimeMs }) => eventTimeMs);
  const possibleForMs = plan.possibleForMs ?? POSSIBLE_FOR_MS;
  const bounds = [dutyFromMs, ...heardMs.filter((ms) => ms > dutyFromMs && ms < dutyToMs), dutyToMs];
  const lost = bounds.flatMap((ms, i): [number, number][] => {
    const pair: [number, number] = [(bounds[i - 1] ?? ms) + possibleForMs - SIGHT_MS, ms];
    return pair[0] < pair[1] ? [pair] : [];
  });
  return subtract(intersect([fromMs, toMs], [dutyFromMs, dutyToMs]), normalise(lost));
}

/** A position that the receiver had kept, of which the first saying never came: nothing tells it from a new one. */
function isUnheardOf({ at = [0, 0], kept, ms, accuracyDm = 0 }: FixSpec, heard: readonly Fix[]): boolean {
  const { lngE7, latE7 } = positionOf(at);
  const isSaid = ({ eventTimeMs, position }: Fix): boolean =>
    eventTimeMs < T0 + ms && position?.lngE7 === lngE7 && position.latE7 === latE7;
  return kept === true && accuracyDm <= 10 * MAX_TRACK_SIGMA_M && !heard.some(isSaid);
}

function isPosition({ satellites, accuracyDm }: Fix): boolean {
  return satellites !== 0 && (accuracyDm ?? 0) <= 10 * MAX_TRACK_SIGMA_M;
}
