import type { AlertEvidence } from '../../../model/alert.js';
import { firstEndingAfter, intersect, normalise, pairsOf, subtract } from '../../../model/intervals.js';
import { MAX_SURE_STRETCHES, STRENGTH_CLEAR_MS } from '../../../model/limits.js';
import type { DutyStrengthRule, Intervals, StrengthRule } from '../../../model/plan.js';
import { earlier } from '../../agenda/instants.js';
import type { Episode, Finding } from '../../alerts/episodes.js';
import { dueUnder, type LimitInForce } from '../../plan/limits-over.js';
import type { PresenceSpan } from '../../presence/presence.js';
import { addMark } from '../../track/marks.js';
import { judgedFromMs, type OutageInput } from '../../agenda/after-outage.js';
import { type CountedSpan, type CountParts, countedSpans, fewestWithin, shortWithin } from './counted.js';

/** Of single places, or of units wherever they are. */
type AnyStrengthRule = StrengthRule | DutyStrengthRule;

export interface StrengthInput extends OutageInput {
  readonly nowMs: number;
  /** Before this, who was there is forgotten but for `remembered`. */
  readonly sinceMs: number;
  /** What remains known of a shortfall that began before `sinceMs` and was not over then; null: there was none. */
  readonly remembered: RememberedShortfall | null;
  /** When the rule binds for what it judges. */
  readonly binds: Intervals;
  /** The rule over the versions of the plan. */
  readonly limits: readonly LimitInForce<AnyStrengthRule>[];
  /** Who was there, or on hand, and who may have been, of those that count. */
  readonly covered: readonly PresenceSpan[];
  readonly possible: () => readonly PresenceSpan[];
  /** What a unit counts for: itself, or its crew. */
  readonly partsOf: CountParts;
}

/** A shortfall so far: short stretches with less than STRENGTH_CLEAR_MS of enough between them are one. */
export interface RememberedShortfall {
  readonly fromMs: number;
  /** The end of the last of its short stretches. */
  readonly toMs: number;
  /** The last stretches in which it was sure, flat, and all of them together. */
  readonly sure: readonly number[];
  readonly sureMs: number;
  /** The last two firm stretches, flat, and the longest of all: sure stretches with less than STRENGTH_CLEAR_MS between them are one. */
  readonly firm: readonly number[];
  readonly longestFirmMs: number;
  /** How many there were, and may have been, at the fewest. */
  readonly present: number;
  readonly atMost: number;
  /** Who may have been there, sorted. */
  readonly units: readonly string[];
}

/**
 * Too few at a place, or on hand: inside a binding window fewer than were wanted, for the rule's `holdMs`. The window's opening starts the count
 * anew. A shortfall is `uncovered` when with all who may have been there, too, there were too few for as long; otherwise it is
 * `unknown`: at risk. Enough for less than STRENGTH_CLEAR_MS ends no shortfall, so doubt as short as that takes no certainty away.
 */
export function findShortfalls(input: StrengthInput): Finding {
  const { nowMs, binds, sinceMs } = input;
  const episodes: Episode[] = [];
  let nextMs: number | null = null;
  for (let i = firstEndingAfter(binds, sinceMs - 1); i < binds.length; i += 2) {
    const opensMs = binds[i] as number;
    const closesMs = binds[i + 1] as number;
    if (opensMs > nowMs) {
      nextMs = earlier(nextMs, opensMs);
      break;
    }
    const goesOn = nowMs < closesMs;
    if (goesOn) nextMs = earlier(nextMs, closesMs);
    let isShortNow = false;
    for (const one of shortfallsIn(input, opensMs, Math.min(closesMs, nowMs))) {
      const isShort = goesOn && one.toMs === nowMs;
      isShortNow ||= isShort;
      const open = goesOn && nowMs - one.toMs < STRENGTH_CLEAR_MS;
      if (!open && one.toMs < sinceMs) continue;
      const due = dueUnder(input.limits, one.fromMs);
      if (due === null) continue;
      const dueMs = judgedFromMs(one.fromMs, due.dueMs, input);
      if (open && !isShort) nextMs = earlier(nextMs, one.toMs + STRENGTH_CLEAR_MS);
      if (dueMs > nowMs || one.toMs < due.dueMs) {
        if (isShort || one.toMs >= due.dueMs) nextMs = earlier(nextMs, dueMs);
        continue;
      }
      const { holdMs } = due.limit.rule;
      const firm = lastFirm(one);
      const isFirmYet = nowMs - firm.toMs < STRENGTH_CLEAR_MS;
      const certain = (open ? (isFirmYet ? firm.toMs - firm.fromMs : 0) : one.longestFirmMs) >= holdMs;
      if (open && certain && firm.toMs < nowMs) nextMs = earlier(nextMs, firm.toMs + STRENGTH_CLEAR_MS);
      // Once it is sure again, a firm stretch that is long enough is certain at once.
      if (open && !certain)
        nextMs = earlier(nextMs, isFirmYet ? Math.max(firm.fromMs + holdMs, nowMs + 1) : nowMs + holdMs);
      episodes.push(episodeOf(one, open, certain, closesMs, due.limit, input));
    }
    // Who is there now may go now: nothing else may happen until it falls due.
    if (goesOn && !isShortNow) nextMs = earlier(nextMs, dueUnder(input.limits, nowMs)?.dueMs ?? null);
  }
  return { episodes, nextMs };
}

/** An empty one where none was. */
function lastFirm({ firm, fromMs }: RememberedShortfall): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: firm.at(-2) ?? fromMs, toMs: firm.at(-1) ?? fromMs };
}

/** What remains known of a shortfall that is not over at `cutoffMs` when all that was before is forgotten. Null: there is none. */
export function rememberShortfall(input: StrengthInput, cutoffMs: number): RememberedShortfall | null {
  const { binds, nowMs } = input;
  const i = firstEndingAfter(binds, cutoffMs - 1);
  const opensMs = binds[i] ?? cutoffMs;
  if (opensMs >= cutoffMs) return null;
  const last = shortfallsIn(input, opensMs, Math.min(binds[i + 1] as number, nowMs, cutoffMs)).at(-1);
  if (last === undefined || cutoffMs - last.toMs >= STRENGTH_CLEAR_MS) return null;
  return { ...last, sure: last.sure.slice(-2 * MAX_SURE_STRETCHES) };
}

/** Of the firm stretches the last is asked about, and the end of the one before: flat. */
const KEPT_FIRM = 4;

/** The shortfalls of one window up to `untilMs`, oldest first. */
function shortfallsIn(input: StrengthInput, opensMs: number, untilMs: number): RememberedShortfall[] {
  const startMs = Math.max(opensMs, Math.min(input.sinceMs, untilMs));
  const before = opensMs < startMs ? input.remembered : null;
  const found: RememberedShortfall[] = before === null ? [] : [before];
  const present = countedSpans(input.covered, input.partsOf, 'least');
  const short = shortOver(input.limits, present, startMs, untilMs);
  // At most places there are enough most of the time.
  if (short.length === 0) return found;
  const atMost = countedSpans([...input.covered, ...input.possible()], input.partsOf, 'most');
  const outages = normalise(input.outages.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]));
  const sure = subtract(shortOver(input.limits, atMost, startMs, untilMs), outages);
  for (let i = 0; i < short.length; i += 2) {
    const [fromMs, toMs] = [short[i] as number, short[i + 1] as number];
    const more = stretchOf(input, fromMs, toMs, present, atMost, sure);
    const last = found.at(-1);
    if (last !== undefined && fromMs - last.toMs < STRENGTH_CLEAR_MS) found[found.length - 1] = joined(last, more);
    else found.push(more);
  }
  return found;
}

/** Each version of the rule is asked about its own time. */
function shortOver(
  limits: readonly LimitInForce<AnyStrengthRule>[],
  spans: readonly CountedSpan[],
  fromMs: number,
  toMs: number,
): Intervals {
  const pairs = limits.flatMap((limit) =>
    pairsOf(shortWithin(spans, limit.rule.atLeast, Math.max(fromMs, limit.fromMs), Math.min(toMs, limit.toMs))),
  );
  return normalise(pairs);
}

function stretchOf(
  input: StrengthInput,
  fromMs: number,
  toMs: number,
  present: readonly CountedSpan[],
  atMost: readonly CountedSpan[],
  sureAtAll: Intervals,
): RememberedShortfall {
  const sure = intersect(sureAtAll, [fromMs, toMs]);
  const firm = firmOf(sure);
  const units = new Set<string>();
  for (const span of input.possible()) if (span.fromMs < toMs && span.toMs > fromMs) units.add(span.unit);
  return {
    fromMs,
    toMs,
    sure,
    sureMs: lengthsOf(sure).reduce((sum, ms) => sum + ms, 0),
    firm: firm.slice(-KEPT_FIRM),
    longestFirmMs: Math.max(0, ...lengthsOf(firm)),
    present: fewestWithin(present, fromMs, toMs),
    atMost: fewestWithin(atMost, fromMs, toMs),
    units: [...units].sort(),
  };
}

function joined(a: RememberedShortfall, b: RememberedShortfall): RememberedShortfall {
  const sure = [...a.sure];
  for (const [fromMs, toMs] of pairsOf(b.sure)) addMark(sure, fromMs, toMs);
  const firm = firmOf([...a.firm, ...b.firm]);
  return {
    fromMs: a.fromMs,
    toMs: b.toMs,
    sure,
    sureMs: a.sureMs + b.sureMs,
    firm: firm.slice(-KEPT_FIRM),
    longestFirmMs: Math.max(a.longestFirmMs, b.longestFirmMs, ...lengthsOf(firm)),
    present: Math.min(a.present, b.present),
    atMost: Math.min(a.atMost, b.atMost),
    units: [...new Set([...a.units, ...b.units])].sort(),
  };
}

/** Flat, as the stretches are of which it is made. */
function firmOf(sure: Intervals): number[] {
  const firm: number[] = [];
  for (const [fromMs, toMs] of pairsOf(sure)) {
    const lastMs = firm.at(-1);
    if (lastMs !== undefined && fromMs - lastMs < STRENGTH_CLEAR_MS) firm[firm.length - 1] = toMs;
    else firm.push(fromMs, toMs);
  }
  return firm;
}

function lengthsOf(intervals: Intervals): number[] {
  return pairsOf(intervals).map(([fromMs, toMs]) => toMs - fromMs);
}

function episodeOf(
  one: RememberedShortfall,
  open: boolean,
  certain: boolean,
  closesMs: number,
  { rule, planVersion }: LimitInForce<AnyStrengthRule>,
  input: StrengthInput,
): Episode {
  const { present, atMost } = open ? countedNow(input) : one;
  const firm = lastFirm(one);
  const isRunning = open && firm.toMs === input.nowMs;
  const units = open ? whoMayBe(input, isRunning ? (one.firm.at(-3) ?? one.fromMs) : firm.toMs) : one.units;
  return {
    fromMs: one.fromMs,
    toMs: open ? null : one.toMs,
    certainty: certain ? 'uncovered' : 'unknown',
    sure: one.sure.slice(-2 * MAX_SURE_STRETCHES),
    sureMs: one.sureMs,
    evidence: {
      ...(open ? {} : endOf(one, closesMs, input)),
      ...(certain || units.length === 0 ? {} : { possibleUnits: units }),
      ...(isRunning ? { sureSinceMs: firm.fromMs } : {}),
      ...(open ? unrosteredNow(input) : {}),
      strength: { atLeast: rule.atLeast, counts: rule.counts, present, atMost, ...scopeOf(rule) },
      thresholdMs: rule.holdMs,
      planVersion,
    },
  };
}

function scopeOf(rule: AnyStrengthRule): Pick<NonNullable<AlertEvidence['strength']>, 'scope' | 'moved'> {
  if (rule.kind === 'strength') return {};
  return { scope: rule.scope, ...(rule.moved === null ? {} : { moved: rule.moved }) };
}

/** Units that are there, and on which nobody has a shift though a roster is kept; sorted. */
function unrosteredNow({ covered, partsOf, nowMs }: StrengthInput): Pick<AlertEvidence, 'unrostered'> {
  const units = covered
    .filter(
      ({ unit, toMs }) => toMs >= nowMs && partsOf(unit, nowMs - 1, nowMs).some(({ least, most }) => least < most),
    )
    .map(({ unit }) => unit);
  return units.length === 0 ? {} : { unrostered: [...new Set(units)].sort() };
}

/** Who may be there, and may have been since, and is not proven to be there now; sorted. */
function whoMayBe({ covered, possible, nowMs }: StrengthInput, sinceMs: number): readonly string[] {
  const present = new Set(covered.filter(({ toMs }) => toMs >= nowMs).map(({ unit }) => unit));
  const units = possible()
    .filter(({ unit, toMs }) => toMs > sinceMs && !present.has(unit))
    .map(({ unit }) => unit);
  return [...new Set(units)].sort();
}

/** How many there are now, and may be. */
function countedNow({
  covered,
  possible,
  partsOf,
  nowMs,
}: StrengthInput): Pick<RememberedShortfall, 'present' | 'atMost'> {
  const count = (spans: readonly PresenceSpan[], bound: 'least' | 'most'): number =>
    fewestWithin(countedSpans(spans, partsOf, bound), nowMs - 1, nowMs);
  return { present: count(covered, 'least'), atMost: count([...covered, ...possible()], 'most') };
}

/** Somebody came, or no strength is wanted any more. */
function endOf({ toMs }: RememberedShortfall, closesMs: number, { covered }: StrengthInput): AlertEvidence {
  if (toMs === closesMs) return { ending: 'window' };
  const came = covered.find(({ fromMs }) => fromMs === toMs);
  return came === undefined ? { ending: 'arrival' } : { ending: 'arrival', byUnit: came.unit, byEventTimeMs: toMs };
}
