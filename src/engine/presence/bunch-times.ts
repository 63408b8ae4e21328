import { BUNCH_CLEAR_MS } from '../../model/limits.js';
import type { BunchingRule } from '../../model/plan.js';
import { dueUnder, type LimitInForce, limitAt } from '../plan/limits-over.js';
import { byUnit } from './bunches.js';
import type { Together, TogetherSpan } from './together.js';

/** A time in which a gap rule, or a window of a checkpoint, bound for a place, and nobody who counts for it can have been there. */
export interface UncoveredSpan {
  /** By formatPlacePast. */
  readonly key: string;
  readonly place: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A time in which a bunch was together, and a place uncovered, for as long as the rule allows. */
export interface BunchTime {
  /** Since when both had been so. */
  readonly beganMs: number;
  /** Since when both had been so for long enough, and until when. */
  readonly fromMs: number;
  readonly toMs: number;
  /** At its end. */
  readonly bunches: readonly (readonly string[])[];
  readonly uncovered: readonly string[];
}

export interface BunchInput {
  readonly limits: readonly LimitInForce<BunchingRule>[];
  readonly together: Together;
  readonly uncovered: readonly UncoveredSpan[];
  readonly untilMs: number;
  /** The last one before what is forgotten; null: there was none that a later one may go on with. */
  readonly remembered: BunchTime | null;
}

/** Oldest first, and whether the last goes on at `untilMs`. */
export interface BunchTimes {
  readonly times: readonly BunchTime[];
  readonly goesOn: boolean;
}

/**
 * Both must have lasted up to one instant: so each span counts from when it has lasted for as long as the rule of the time allows. What is
 * proven makes a time; whether it goes on is asked of what nothing has ended yet.
 */
export function bunchTimes(input: BunchInput): BunchTimes {
  const { together, untilMs, remembered } = input;
  const times: BunchTime[] = remembered === null ? [] : [remembered];
  for (const one of sweep(input, together.spans)) {
    const last = times.at(-1);
    const isSame = last !== undefined && (one.fromMs - last.toMs < BUNCH_CLEAR_MS || one.beganMs <= last.toMs);
    if (!isSame) times.push(one);
    else if (one.toMs >= last.toMs)
      times[times.length - 1] = { ...one, beganMs: Math.min(last.beganMs, one.beganMs), fromMs: last.fromMs };
  }
  const last = times.at(-1);
  const lasting = together.spans.map((span) => (together.goesOn(span) ? { ...span, toMs: untilMs } : span));
  const goesOn =
    last !== undefined &&
    sweep(input, lasting).some(({ fromMs, toMs }) => fromMs <= last.toMs && last.toMs <= toMs && toMs >= untilMs);
  return { times, goesOn };
}

/** A span, and from when on it counts. */
interface Lasting<Span> {
  readonly span: Span;
  readonly dueMs: number;
  readonly toMs: number;
}

function sweep(input: BunchInput, spans: readonly TogetherSpan[]): BunchTime[] {
  const units = lasting(input, spans);
  const gaps = lasting(input, input.uncovered);
  if (units.length === 0 || gaps.length === 0) return [];
  const bounds = [...new Set([...units, ...gaps].flatMap(({ dueMs, toMs }) => [dueMs, toMs]))].sort((a, b) => a - b);
  const times: BunchTime[] = [];
  for (const [i, fromMs] of bounds.slice(0, -1).entries()) {
    const toMs = bounds[i + 1] as number;
    const here = <Span>({ dueMs, toMs: endMs }: Lasting<Span>): boolean => dueMs <= fromMs && endMs >= toMs;
    const uncovered = gaps.filter(here).map(({ span }) => span);
    const atLeast = limitAt(input.limits, fromMs)?.rule.atLeast;
    if (uncovered.length === 0 || atLeast === undefined) continue;
    const together = bunchesOf(units.filter(here), input.together.bunchAt(toMs), atLeast);
    if (together.length === 0) continue;
    const bunches = together.map((bunch) => bunch.map(({ unit }) => unit));
    const facts = { toMs, bunches, uncovered: [...new Set(uncovered.map(({ place }) => place))].sort() };
    const last = times.at(-1);
    if (last?.toMs === fromMs) times[times.length - 1] = { ...last, ...facts };
    else times.push({ beganMs: beganMs(together, uncovered, atLeast), fromMs, ...facts });
  }
  return times;
}

function lasting<Span extends { readonly fromMs: number; readonly toMs: number }>(
  { limits }: BunchInput,
  spans: readonly Span[],
): Lasting<Span>[] {
  return spans.flatMap((span) => {
    const due = dueUnder(limits, span.fromMs);
    return due === null || due.dueMs >= span.toMs ? [] : [{ span, dueMs: due.dueMs, toMs: span.toMs }];
  });
}

/** Of units that stood in a bunch for long enough, those of each bunch, where they are still enough to be one. Each sorted by unit. */
function bunchesOf(
  units: readonly Lasting<TogetherSpan>[],
  bunchOf: ReadonlyMap<string, string>,
  atLeast: number,
): readonly (readonly TogetherSpan[])[] {
  if (units.length < atLeast) return [];
  const bunches = new Map<string, TogetherSpan[]>();
  for (const { span } of units) {
    const bunch = bunchOf.get(span.unit);
    if (bunch === undefined) continue;
    const members = bunches.get(bunch);
    if (members === undefined) bunches.set(bunch, [span]);
    else members.push(span);
  }
  return [...bunches.values()]
    .filter(({ length }) => length >= atLeast)
    .sort(([a], [b]) => byUnit(a as TogetherSpan, b as TogetherSpan));
}

/** The earliest instant since which enough of some bunch, and some place, had both been so. */
function beganMs(
  bunches: readonly (readonly TogetherSpan[])[],
  gaps: readonly UncoveredSpan[],
  atLeast: number,
): number {
  const gapMs = Math.min(...gaps.map(({ fromMs }) => fromMs));
  const starts = bunches.map((bunch) => bunch.map(({ fromMs }) => fromMs).sort((a, b) => a - b)[atLeast - 1] as number);
  return Math.max(gapMs, Math.min(...starts));
}
