import type { AlertEvidence, DebtFacts } from '../../model/alert.js';
import { firstEndingAfter, intersect, normalise, pairsOf } from '../../model/intervals.js';
import { MAX_SURE_STRETCHES } from '../../model/limits.js';
import type { DebtRule, Intervals } from '../../model/plan.js';
import { judgedFromMs, type OutageInput } from '../agenda/after-outage.js';
import { earlier } from '../agenda/instants.js';
import type { Episode, Finding } from '../alerts/episodes.js';
import { type LimitInForce, limitAt } from '../plan/limits-over.js';
import type { PresenceSpan } from '../presence/presence.js';
import { addMark } from '../track/marks.js';
import {
  type Balance,
  type CreditTerms,
  fullBalance,
  type PaidDebt,
  riseMs,
  type RunningDebt,
  walkBalance,
} from './balance.js';

export interface DebtInput extends OutageInput {
  readonly nowMs: number;
  /** Before this, who was there is forgotten but for `remembered`. */
  readonly sinceMs: number;
  /** What remains known of the hours that began before `sinceMs` and were not over then; null: there were none. */
  readonly remembered: RememberedCredit | null;
  /** When the rule binds for the place. */
  readonly binds: Intervals;
  /** The rule over the versions of the plan. */
  readonly limits: readonly LimitInForce<DebtRule>[];
  /** Who was there, by (from, unit), and who may have been, of the kinds that count. */
  readonly covered: readonly PresenceSpan[];
  readonly possible: () => readonly PresenceSpan[];
  /** How much later than a presence it is sure that its unit had not left before. */
  readonly awaitedMs: number;
  /** Whether a unit does not report where it is now. */
  readonly isUnseen: (unitId: string) => boolean;
}

/** Who was surely there in the hours so far: for how long, and who was last. */
interface Presence {
  readonly presentMs: number;
  readonly lastMs: number | null;
  readonly lastUnit: string | null;
}

/** What remains known of binding hours: the two balances, and of a debt that goes on what its alert says. */
export interface RememberedCredit {
  readonly opensMs: number;
  /** With those who are proven to have been there, and with all who may have been. */
  readonly least: Balance;
  readonly most: Balance;
  readonly presence: Presence;
  /** Who may have been there since `most` was last full, sorted. */
  readonly units: readonly string[];
  /** What was known when the debt that goes on was owed; null: none is owed. */
  readonly raised: Raised | null;
  /** The last stretches of that debt in which it was sure and which are over, flat, and all of them together. */
  readonly sure: readonly number[];
  readonly sureMs: number;
}

interface Raised {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly presence: Presence;
}

export interface DebtFinding extends Finding {
  /** When it is told that nothing is left unless somebody comes, or was; null: somebody is there, or the rule does not bind. */
  readonly dueMs: number | null;
}

/**
 * Places whose balance came to nothing: it is full when the rule begins to bind, falls while nobody is there, and rises while somebody is. A
 * debt is told when it has stood for the grace, and is over when the balance is back at `clearMs`, or with the hours. It is `uncovered`
 * if even the balance with all who may have been there came to nothing, otherwise `unknown`.
 */
export function findDebts(input: DebtInput): DebtFinding {
  const { binds, nowMs, sinceMs } = input;
  const episodes: Episode[] = [];
  let nextMs: number | null = null;
  for (let i = firstEndingAfter(binds, sinceMs - 1); i < binds.length; i += 2) {
    const [opensMs, closesMs] = [binds[i] as number, binds[i + 1] as number];
    if (opensMs > nowMs) return { episodes, nextMs: earlier(nextMs, opensMs), dueMs: null };
    const hours = hoursOf(input, opensMs, closesMs);
    const goesOn = nowMs < closesMs;
    const { least, paid } = walkLeast(hours, Math.min(nowMs, closesMs), goesOn);
    const debts = [...paid, ...(least.debt === null ? [] : [{ ...least.debt, toMs: goesOn ? nowMs : closesMs }])];
    const owed = debts.filter(isOwed);
    for (const [i, debt] of owed.entries()) {
      const overMs = debt.fromMs === least.debt?.fromMs ? null : debt.toMs + input.awaitedMs;
      const open = goesOn && i === owed.length - 1 && (overMs === null || overMs > nowMs);
      nextMs = earlier(nextMs, tell(hours, debt, open, episodes));
      if (open) nextMs = earlier(nextMs, overMs);
    }
    if (goesOn) return { episodes, ...nextOf(hours, least, earlier(nextMs, closesMs)) };
  }
  return { episodes, nextMs, dueMs: null };
}

/** What remains known of the hours that are not over at `cutoffMs` when all that was before is forgotten. Null: there are none. */
export function rememberCredit(input: DebtInput, cutoffMs: number): RememberedCredit | null {
  const { binds, nowMs } = input;
  const i = firstEndingAfter(binds, cutoffMs - 1);
  const opensMs = binds[i] ?? cutoffMs;
  if (opensMs >= cutoffMs) return null;
  const hours = hoursOf(input, opensMs, binds[i + 1] as number);
  const untilMs = Math.min(cutoffMs, nowMs, hours.closesMs);
  // What is so at the very cutoff is found by who asks of later: what ends there is not final yet.
  const { least } = walkLeast(hours, untilMs, false);
  const { most, paid } = walkMost(hours, untilMs, false);
  const { debt } = least;
  const sure = debt === null ? { stretches: [], sureMs: 0 } : sureOf(hours, debt.fromMs, untilMs, paid, null);
  return {
    opensMs,
    least,
    most,
    presence: presenceBy(hours, untilMs),
    units: unitsBy(hours, most.fullMs, untilMs),
    raised: debt !== null && isOwed(debt) ? raisedOf(hours, debt.dueMs) : null,
    sure: sure.stretches.slice(-2 * MAX_SURE_STRETCHES),
    sureMs: sure.sureMs,
  };
}

/** Binding hours, and what is known of them. */
interface Hours {
  readonly input: DebtInput;
  readonly opensMs: number;
  readonly closesMs: number;
  /** What is known of them before `input.sinceMs`; null: all that is known came after. */
  readonly before: RememberedCredit | null;
  /** From when on presence is known. */
  readonly startMs: number;
  readonly terms: readonly CreditTerms[];
  /** When somebody was there, flat. */
  readonly covered: Intervals;
}

function hoursOf(input: DebtInput, opensMs: number, closesMs: number): Hours {
  const { remembered, limits, sinceMs } = input;
  const before = remembered?.opensMs === opensMs ? remembered : null;
  const startMs = before === null ? Math.max(opensMs, Math.min(sinceMs, closesMs)) : before.least.atMs;
  const terms = limits.map(({ fromMs, rule: { creditMs, worth, clearMs, graceMs } }) => ({
    fromMs,
    creditMs,
    worth,
    clearMs,
    graceMs,
  }));
  return { input, opensMs, closesMs, before, startMs, terms, covered: normalise(input.covered.map(pairOf)) };
}

function pairOf({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): readonly [number, number] {
  return [fromMs, toMs];
}

/** @param goesOn what is so at `toMs` counts, too */
function walkLeast(
  hours: Hours,
  toMs: number,
  goesOn: boolean,
): { readonly least: Balance; readonly paid: readonly PaidDebt[] } {
  const { before, covered, startMs, terms } = hours;
  const paid: PaidDebt[] = [];
  const from = before?.least ?? fullBalance(startMs, terms);
  return { least: walkBalance(from, covered, terms, toMs, paid, goesOn), paid };
}

/** An outage counts as presence: nobody knows who was there. */
function walkMost(
  hours: Hours,
  toMs: number,
  goesOn: boolean,
): { readonly most: Balance; readonly paid: readonly PaidDebt[] } {
  const { input, before, startMs, terms } = hours;
  const paid: PaidDebt[] = [];
  const covered = normalise([...input.covered, ...input.possible(), ...input.outages].map(pairOf));
  const from = before?.most ?? fullBalance(startMs, terms);
  return { most: walkBalance(from, covered, terms, toMs, paid, goesOn), paid };
}

type OwedDebt<Debt extends RunningDebt = PaidDebt> = Debt & { readonly dueMs: number };

function isOwed<Debt extends RunningDebt>(debt: Debt): debt is OwedDebt<Debt> {
  return debt.dueMs !== null;
}

/**
 * Adds the episode of a debt that is owed, once it may be told. Answers when to look again.
 *
 * @param open it goes on, or it is not sure yet that it is over
 */
function tell(hours: Hours, debt: OwedDebt, open: boolean, episodes: Episode[]): number | null {
  const { input, opensMs } = hours;
  // What an outage hides of the hours may come with the reports of that time, and keep the balance above nothing.
  const toldMs = judgedFromMs(opensMs, debt.dueMs, input);
  if (toldMs > input.nowMs) return toldMs;
  episodes.push(episodeOf(hours, debt, open));
  return null;
}

function episodeOf(hours: Hours, { fromMs, dueMs, toMs: untilMs }: OwedDebt, open: boolean): Episode {
  const { input, closesMs } = hours;
  const { most, paid } = walkMost(hours, untilMs, untilMs < closesMs);
  const { stretches, sureMs } = sureOf(hours, fromMs, untilMs, paid, most.debt);
  const isRunning = most.debt !== null;
  // Who is there for certain pays: that others may have paid before takes no certainty away.
  const certain = stretches.length > 0 && (!open || untilMs < input.nowMs || isRunning || coversNow(input) !== null);
  const limit = limitAt(input.limits, dueMs);
  const facts = raisedOf(hours, dueMs);
  const units = certain ? [] : unitsBy(hours, most.fullMs, untilMs);
  const unseenUnits = open ? units.filter(input.isUnseen) : [];
  const { lastUnit, lastMs } = facts.presence;
  return {
    fromMs,
    toMs: open ? null : untilMs,
    certainty: certain ? 'uncovered' : 'unknown',
    sure: stretches.slice(-2 * MAX_SURE_STRETCHES),
    sureMs,
    evidence: {
      ...(lastUnit === null ? {} : { lastUnit }),
      ...(lastMs === null ? {} : { lastSeenMs: lastMs }),
      ...(open ? {} : endOf(hours, untilMs)),
      ...(units.length === 0 ? {} : { possibleUnits: units }),
      ...(unseenUnits.length === 0 ? {} : { unseenUnits }),
      ...(limit === null ? {} : { debt: factsOf(limit.rule, facts), graceMs: limit.rule.graceMs }),
      ...(limit === null ? {} : { planVersion: limit.planVersion }),
    },
  };
}

function factsOf({ creditMs, worth, clearMs }: DebtRule, { leastMs, mostMs, presence }: Raised): DebtFacts {
  return { creditMs, worth, clearMs, leastMs, mostMs, presentMs: presence.presentMs };
}

/** What was known when a debt was owed. */
function raisedOf(hours: Hours, dueMs: number): Raised {
  const { before, closesMs } = hours;
  if (before !== null && before.raised !== null && before.least.debt?.dueMs === dueMs) return before.raised;
  return {
    leastMs: walkLeast(hours, dueMs, dueMs < closesMs).least.leftMs,
    mostMs: walkMost(hours, dueMs, dueMs < closesMs).most.leftMs,
    presence: presenceBy(hours, dueMs),
  };
}

/** The stretches of a debt in which even with all who may have been there nothing was left, and not enough was paid since. */
function sureOf(
  { before }: Hours,
  fromMs: number,
  toMs: number,
  paid: readonly PaidDebt[],
  running: RunningDebt | null,
): { readonly stretches: readonly number[]; readonly sureMs: number } {
  const isBefore = before !== null && before.least.debt?.fromMs === fromMs;
  const stretches = isBefore ? [...before.sure] : [];
  let sureMs = isBefore ? before.sureMs : 0;
  for (const one of [...paid, ...(running === null ? [] : [{ ...running, toMs }])]) {
    const within = intersect([one.fromMs, one.toMs], [fromMs, toMs]);
    for (const [startMs, endMs] of pairsOf(within)) {
      addMark(stretches, startMs, endMs);
      sureMs += endMs - startMs;
    }
  }
  return { stretches, sureMs };
}

/** Who was surely there in the hours, up to an instant. */
function presenceBy({ input, before, startMs, covered }: Hours, untilMs: number): Presence {
  let { presentMs, lastMs, lastUnit } = before?.presence ?? { presentMs: 0, lastMs: null, lastUnit: null };
  if (untilMs <= startMs) return { presentMs, lastMs, lastUnit };
  for (const [fromMs, toMs] of pairsOf(intersect(covered, [startMs, untilMs]))) presentMs += toMs - fromMs;
  for (const { unit, fromMs, toMs } of input.covered) {
    const endMs = Math.min(toMs, untilMs);
    if (fromMs >= untilMs || endMs <= startMs || (lastMs !== null && endMs <= lastMs)) continue;
    lastMs = endMs;
    lastUnit = unit;
  }
  return { presentMs, lastMs, lastUnit };
}

/** Who may have been there since the balance with them was last full, sorted. */
function unitsBy({ input, before, startMs }: Hours, fullMs: number, untilMs: number): readonly string[] {
  const units = new Set(before !== null && fullMs <= startMs ? before.units : []);
  for (const { unit, fromMs, toMs } of input.possible()) if (toMs >= fullMs && fromMs < untilMs) units.add(unit);
  return [...units].sort();
}

/** Who is surely there now; null: nobody. */
function coversNow({ covered, nowMs }: DebtInput): PresenceSpan | null {
  return covered.find(({ toMs }) => toMs >= nowMs) ?? null;
}

/** Who came last before a debt would have been over that there was not: whoever paid it did so before. */
export function lastThere({ covered }: Pick<DebtInput, 'covered'>, toMs: number | null): AlertEvidence {
  const last = covered.findLast(({ fromMs }) => toMs === null || fromMs < toMs);
  return last === undefined ? {} : { byUnit: last.unit, byEventTimeMs: last.fromMs };
}

/** Somebody's presence paid, or the hours are over. */
function endOf({ input, closesMs }: Hours, toMs: number): AlertEvidence {
  if (toMs === closesMs) return { ending: 'window' };
  const there = input.covered.find((span) => span.fromMs < toMs && span.toMs >= toMs);
  return there === undefined ? { ending: 'arrival' } : { ending: 'arrival', byUnit: there.unit, byEventTimeMs: toMs };
}

/** When to look again in hours that go on, though nothing happens there: who is there may go now, and may pay by staying. */
function nextOf(hours: Hours, least: Balance, closesMs: number | null): Pick<DebtFinding, 'nextMs' | 'dueMs'> {
  const { input, opensMs } = hours;
  const { nowMs, limits } = input;
  const rule = limitAt(limits, nowMs)?.rule;
  if (rule === undefined) return { nextMs: closesMs, dueMs: null };
  const { graceMs, clearMs, worth } = rule;
  const isThere = coversNow(input) !== null;
  const { debt } = least;
  const zeroMs = debt?.fromMs ?? nowMs + Math.max(0, least.leftMs);
  const dueMs = judgedFromMs(opensMs, debt?.dueMs ?? zeroMs + graceMs, input);
  let nextMs = dueMs > nowMs ? earlier(closesMs, dueMs) : closesMs;
  if (debt !== null && debt.dueMs !== null) {
    if (isThere) nextMs = earlier(nextMs, nowMs + riseMs(least.leftMs, clearMs, worth));
    const { most } = walkMost(hours, nowMs, true);
    // Even with all who may be there it comes to nothing no sooner; and they may pay.
    if (most.debt === null) nextMs = earlier(nextMs, nowMs + Math.max(1, most.leftMs));
    else {
      const wantedMs = most.debt.dueMs === null ? 1 : clearMs;
      nextMs = earlier(nextMs, nowMs + Math.max(1, riseMs(most.leftMs, wantedMs, worth)));
    }
  }
  return { nextMs, dueMs: isThere ? null : dueMs };
}
