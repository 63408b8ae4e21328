import { firstEndingAfter } from '../../model/intervals.js';
import type { Intervals } from '../../model/plan.js';

/** What a place's balance goes by from `fromMs` until the next terms begin. All whole numbers. */
export interface CreditTerms {
  readonly fromMs: number;
  readonly creditMs: number;
  /** What a millisecond of presence is worth. */
  readonly worth: number;
  readonly clearMs: number;
  readonly graceMs: number;
}

/** A balance that came to nothing at `fromMs`, and stayed there until `dueMs`: from then on it is owed. Null: it is not owed yet. */
export interface RunningDebt {
  readonly fromMs: number;
  readonly dueMs: number | null;
}

/** A debt that is over: paid up to `clearMs`, or above nothing again before it was owed. */
export interface PaidDebt extends RunningDebt {
  readonly toMs: number;
}

/** A balance at an instant. */
export interface Balance {
  readonly atMs: number;
  /** Between -`creditMs` and `creditMs`. */
  readonly leftMs: number;
  /** When it was last full. */
  readonly fullMs: number;
  /** Null: nothing is owed, or about to be. */
  readonly debt: RunningDebt | null;
}

export function fullBalance(atMs: number, terms: readonly CreditTerms[]): Balance {
  return { atMs, leftMs: terms[indexAt(terms, atMs)]?.creditMs ?? 0, fullMs: atMs, debt: null };
}

interface Walker {
  atMs: number;
  leftMs: number;
  fullMs: number;
  debt: RunningDebt | null;
  readonly paid: PaidDebt[];
}

/**
 * Brings a balance from its instant to `toMs`: a millisecond without presence takes one from it, one with presence adds `worth`. It is a
 * clamped linear function of whole milliseconds, so the cost is that of the bounds in between, and any cut of the time in two gives the same.
 *
 * @param covered when somebody was there
 * @param terms oldest first, at least one
 * @param paid gets the debts that end on the way
 * @param goesOn the hours go on at `toMs`, so what is so at that very instant counts
 */
export function walkBalance(
  before: Balance,
  covered: Intervals,
  terms: readonly CreditTerms[],
  toMs: number,
  paid: PaidDebt[],
  goesOn: boolean,
): Balance {
  const { atMs, leftMs, fullMs, debt } = before;
  const walker: Walker = { atMs, leftMs, fullMs, debt, paid };
  let t = indexAt(terms, atMs);
  let i = firstEndingAfter(covered, atMs);
  while (walker.atMs < toMs) {
    const now = terms[t] as CreditTerms;
    const termsEndMs = terms[t + 1]?.fromMs ?? toMs;
    const untilMs = Math.min(termsEndMs, toMs);
    clamp(walker, now);
    while (walker.atMs < untilMs) {
      const startsMs = covered[i] ?? untilMs;
      if (startsMs > walker.atMs) fall(walker, Math.min(startsMs, untilMs), now);
      else {
        const endsMs = covered[i + 1] as number;
        rise(walker, Math.min(endsMs, untilMs), now);
        if (endsMs <= walker.atMs) i += 2;
      }
    }
    if (untilMs === termsEndMs && untilMs < toMs) t += 1;
  }
  if (goesOn) {
    const now = terms[indexAt(terms, walker.atMs)] as CreditTerms;
    clamp(walker, now);
    look(walker, now);
  }
  return { atMs: walker.atMs, leftMs: walker.leftMs, fullMs: walker.fullMs, debt: walker.debt };
}

/** The terms in force at an instant; before all of them the first. */
function indexAt(terms: readonly CreditTerms[], atMs: number): number {
  let i = terms.length - 1;
  while (i > 0 && (terms[i] as CreditTerms).fromMs > atMs) i -= 1;
  return i;
}

function clamp(walker: Walker, { creditMs }: CreditTerms): void {
  walker.leftMs = Math.max(-creditMs, Math.min(creditMs, walker.leftMs));
  if (walker.leftMs === creditMs) walker.fullMs = walker.atMs;
}

/** What is so at the very instant. */
function look(walker: Walker, { graceMs, clearMs }: CreditTerms): void {
  const { atMs, leftMs } = walker;
  if (leftMs <= 0) walker.debt ??= { fromMs: atMs, dueMs: null };
  const { debt } = walker;
  if (debt === null) return;
  if (debt.dueMs === null && leftMs > 0) pay(walker, debt, atMs);
  else if (debt.dueMs === null && debt.fromMs + graceMs <= atMs) walker.debt = { fromMs: debt.fromMs, dueMs: atMs };
  else if (debt.dueMs !== null && leftMs >= clearMs) pay(walker, debt, atMs);
}

function pay(walker: Walker, debt: RunningDebt, toMs: number): void {
  walker.paid.push({ ...debt, toMs });
  walker.debt = null;
}

/** Nobody is there until `toMs`, which does not count itself. */
function fall(walker: Walker, toMs: number, terms: CreditTerms): void {
  look(walker, terms);
  const { atMs, leftMs } = walker;
  const { creditMs, graceMs } = terms;
  if (walker.debt === null && atMs + leftMs < toMs) walker.debt = { fromMs: atMs + leftMs, dueMs: null };
  const { debt } = walker;
  if (debt?.dueMs === null && debt.fromMs + graceMs < toMs)
    walker.debt = { fromMs: debt.fromMs, dueMs: debt.fromMs + graceMs };
  walker.leftMs = Math.max(-creditMs, leftMs - (toMs - atMs));
  walker.atMs = toMs;
}

/** Somebody is there until `toMs`, which does not count itself. */
function rise(walker: Walker, toMs: number, terms: CreditTerms): void {
  look(walker, terms);
  const { atMs, leftMs } = walker;
  const { creditMs, worth, graceMs } = terms;
  if (walker.debt?.dueMs === null) {
    const { fromMs } = walker.debt;
    const upMs = atMs + riseMs(leftMs, 1, worth);
    if (fromMs + graceMs < Math.min(upMs, toMs)) walker.debt = { fromMs, dueMs: fromMs + graceMs };
    else if (upMs < toMs) pay(walker, walker.debt, upMs);
  }
  const { debt } = walker;
  const clearMs = atMs + riseMs(leftMs, terms.clearMs, worth);
  if (debt !== null && debt.dueMs !== null && clearMs < toMs) pay(walker, debt, clearMs);
  walker.leftMs = Math.min(creditMs, leftMs + worth * (toMs - atMs));
  walker.atMs = toMs;
  if (walker.leftMs === creditMs) walker.fullMs = toMs;
}

/** How long somebody must be there until the balance is what is wanted, ms. */
export function riseMs(leftMs: number, wantedMs: number, worth: number): number {
  return Math.max(0, Math.ceil((wantedMs - leftMs) / worth));
}
