import type { DwellShortRule } from '../model/plan.js';
import { COUNTED_VISIT_MS } from '../model/limits.js';
import type { PatrolMap } from './patrol-map.js';
import type { Hole } from './periods.js';
import { overlaps, type Span, spansWithin } from './spans.js';
import {
  type Absence,
  absencesOf,
  CONCEIVABLE,
  EXACT,
  type PresenceTable,
  SURE,
  type TrueStand,
  type TrueVisit,
} from './truth.js';

/** A short visit as a rule must find it. */
export interface ShortVisit extends TrueVisit {
  readonly rule: DwellShortRule;
}

/** What a day comes to, and whatever in it a server could honestly judge in two ways. */
export interface Verdicts {
  readonly absences: readonly Absence[];
  readonly shortVisits: readonly ShortVisit[];
  readonly longStands: readonly TrueStand[];
  /** Empty: every verdict is beyond doubt, and only what was meant to go wrong does. For people. */
  readonly doubts: readonly string[];
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Fixes are ten seconds apart: the bounds that a server sees differ from the true ones by up to two such intervals. */
const BOUND_MS = 25 * SECOND_MS;

/**
 * Judges the true day by the plan's rules with the doubt on either side: an absence, a short visit or a long stand is either
 * far from its threshold or was put there on purpose.
 */
export function judgeDay(
  map: PatrolMap,
  table: PresenceTable,
  visits: readonly TrueVisit[],
  stands: readonly TrueStand[],
  whole: Span,
  meant: { readonly holes: readonly Hole[]; readonly shortStays: number; readonly longStands: number },
): Verdicts {
  const doubts: string[] = [];
  const absences = judgeAbsences(map, table, whole, meant.holes, doubts);
  const shortVisits = judgeVisits(map, visits, doubts);
  const longStands = judgeStands(stands, doubts);
  if (shortVisits.length !== meant.shortStays)
    doubts.push(`${shortVisits.length} short visits, ${meant.shortStays} meant`);
  if (longStands.length !== meant.longStands)
    doubts.push(`${longStands.length} long stands, ${meant.longStands} meant`);
  return { absences, shortVisits, longStands, doubts };
}

function judgeAbsences(
  map: PatrolMap,
  table: PresenceTable,
  whole: Span,
  holes: readonly Hole[],
  doubts: string[],
): Absence[] {
  const meant = (absence: Absence): boolean =>
    holes.some((hole) => hole.place.id === absence.place && hole.rule === absence.rule && overlaps(hole, absence));
  const limitMs = ({ rule }: Absence): number => rule.thresholdMs + rule.graceMs;
  const lengthMs = ({ fromMs, toMs }: Absence): number => toMs - fromMs;
  const raised = absencesOf(map, table, whole, EXACT).filter((absence) => lengthMs(absence) >= limitMs(absence));
  const longest = absencesOf(map, table, whole, SURE);
  const shortest = absencesOf(map, table, whole, CONCEIVABLE);
  for (const absence of longest) {
    const share = lengthMs(absence) / limitMs(absence);
    if (share > 0.75 && !meant(absence))
      doubts.push(`${describe(absence)} alone for ${Math.round(share * 100)} % of the limit`);
  }
  for (const absence of raised) {
    const same = (other: Absence): boolean =>
      other.rule === absence.rule && other.place === absence.place && overlaps(other, absence);
    const plainBounds = longest.some(
      (other) => same(other) && absence.fromMs - other.fromMs < BOUND_MS && other.toMs - absence.toMs < BOUND_MS,
    );
    const longEnough = shortest.some(
      (other) =>
        same(other) && lengthMs(other) >= limitMs(other) + MINUTE_MS && other.fromMs - absence.fromMs < MINUTE_MS,
    );
    if (!plainBounds || !longEnough) doubts.push(`${describe(absence)} left alone with doubtful bounds`);
  }
  if (raised.length !== holes.length) doubts.push(`${raised.length} places left alone, ${holes.length} meant`);
  return raised;
}

function judgeVisits(map: PatrolMap, visits: readonly TrueVisit[], doubts: string[]): ShortVisit[] {
  const short: ShortVisit[] = [];
  for (const rule of map.plan.rules) {
    if (rule.kind !== 'dwell-short') continue;
    const windows = map.plan.schedules[rule.binds] ?? [];
    const binds = spansWithin(windows, 0, Number.MAX_SAFE_INTEGER);
    for (const visit of visits) {
      if (!rule.places.includes(visit.place)) continue;
      const verdict = judgeVisit(visit, rule.minVisitMs, binds);
      if (verdict === 'short') short.push({ ...visit, rule });
      if (verdict === 'doubt') doubts.push(`${describe(visit)} by ${visit.unit}: perhaps a short visit`);
    }
  }
  return short;
}

function judgeVisit(visit: TrueVisit, minVisitMs: number, binds: readonly Span[]): 'short' | 'fine' | 'doubt' {
  const lengthMs = visit.toMs - visit.fromMs;
  if (lengthMs < COUNTED_VISIT_MS - 10 * SECOND_MS || lengthMs > minVisitMs + 30 * SECOND_MS) return 'fine';
  const wide = { fromMs: visit.fromMs - BOUND_MS, toMs: visit.toMs + BOUND_MS };
  const judged = binds.some((window) => wide.fromMs >= window.fromMs && wide.toMs <= window.toMs);
  const perhapsJudged = binds.some((window) => visit.fromMs >= window.fromMs && visit.toMs <= window.toMs);
  if (!perhapsJudged) return 'fine';
  const clear = lengthMs > COUNTED_VISIT_MS + 2 * BOUND_MS && lengthMs < minVisitMs - 3 * BOUND_MS;
  return judged && clear ? 'short' : 'doubt';
}

function judgeStands(stands: readonly TrueStand[], doubts: string[]): TrueStand[] {
  const long: TrueStand[] = [];
  for (const stand of stands) {
    const lengthMs = stand.toMs - stand.fromMs;
    if (lengthMs > stand.maxStandMs + 2 * MINUTE_MS) long.push(stand);
    else if (lengthMs > 0.75 * stand.maxStandMs)
      doubts.push(`${stand.unit} perhaps stood too long at ${timeOf(stand.fromMs)}`);
  }
  return long;
}

function describe({ place, fromMs, toMs }: Span & { readonly place: string }): string {
  return `${place} ${timeOf(fromMs)}..${timeOf(toMs)}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}
