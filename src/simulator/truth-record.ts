import type { GapRule } from '../model/plan.js';
import { DEFAULT_STEP_MS } from './driver.js';
import type { Fault } from './faults.js';
import type { Day } from './itineraries.js';
import type { Span } from './spans.js';
import type { TrueVisit } from './truth.js';

/** A place left alone for long enough that its gap rule must say so, once. */
export interface TrueNeglect {
  readonly rule: GapRule['kind'];
  readonly ruleId: string;
  readonly place: string;
  /** The last presence's end or the window's opening, whichever is later. */
  readonly fromMs: number;
  /** When somebody came; null when the window closed first. */
  readonly toMs: number | null;
  /** fromMs + threshold + grace + two ticks. */
  readonly raiseByMs: number;
}

export interface TrueShortStay extends TrueVisit {
  readonly ruleId: string;
}

export interface TrueLongStand extends Span {
  readonly ruleId: string;
  readonly unit: string;
  readonly raiseByMs: number;
}

/** What was true, whatever the trackers said. Times in ms, event time; everything sorted by its start. */
export interface Truth {
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly neglects: readonly TrueNeglect[];
  readonly shortStays: readonly TrueShortStay[];
  readonly longStands: readonly TrueLongStand[];
  readonly faults: readonly Fault[];
  /** Who was where: to the millisecond, by exact geometry; stays of one unit less than two minutes apart are one. */
  readonly visits: readonly TrueVisit[];
}

export function truthOf(seed: number, whole: Span, day: Day, faults: readonly Fault[], tickMs: number | null): Truth {
  const ticksMs = 2 * (tickMs ?? DEFAULT_STEP_MS);
  const { absences, shortVisits, longStands } = day.verdicts;
  return {
    seed,
    ...whole,
    neglects: absences
      .map(({ rule, place, fromMs, toMs, untilWindowEnd }) => ({
        rule: rule.kind,
        ruleId: rule.id,
        place,
        fromMs,
        toMs: untilWindowEnd ? null : toMs,
        raiseByMs: fromMs + rule.thresholdMs + rule.graceMs + ticksMs,
      }))
      .sort(byStart),
    shortStays: shortVisits
      .map(({ rule, unit, place, fromMs, toMs }) => ({ ruleId: rule.id, unit, place, fromMs, toMs }))
      .sort(byStart),
    longStands: longStands
      .map(({ ruleId, unit, fromMs, toMs, maxStandMs }) => {
        return { ruleId, unit, fromMs, toMs, raiseByMs: fromMs + maxStandMs + 2 * REPORT_MS + ticksMs };
      })
      .sort(byStart),
    faults,
    visits: [...day.visits].sort((a, b) => byStart(a, b) || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0)),
  };
}

/** The inner length is proven from the first report there to the first one past the threshold. */
const REPORT_MS = 11_000;

function byStart(a: { readonly fromMs: number }, b: { readonly fromMs: number }): number {
  return a.fromMs - b.fromMs;
}

/** The truth as NDJSON: a `fleet` line, then one line a fact. */
export function* truthLines(truth: Truth): Generator<string> {
  const { seed, fromMs, toMs } = truth;
  yield line('fleet', { seed, fromMs, toMs });
  for (const neglect of truth.neglects) yield line('neglect', neglect);
  for (const stay of truth.shortStays) yield line('short-stay', stay);
  for (const stand of truth.longStands) yield line('long-stand', stand);
  for (const { kind, ...fault } of truth.faults) yield line('fault', { kind, ...fault });
  for (const visit of truth.visits) yield line('visit', visit);
}

function line(type: string, fact: object): string {
  return `${JSON.stringify({ type, ...fact })}\n`;
}
