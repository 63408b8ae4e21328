import { PLAN_LEAD_MS } from '../model/limits.js';
import type { CompiledPlan, PlanOrder, PlanOrdering, PlanPublication } from '../model/plan.js';
import type { Clock } from '../model/ports.js';
import { renewedPlan } from './compile-plan.js';
import { baseOf, layeredPlan } from './layered-plan.js';

/** Between reading the clock and the append time passes; E3 wants the lead from the append on. */
const LEAD_MARGIN_MS = 5_000;

/** From when on a plan can take force that is logged now. On a virtual clock no time passes until the append. */
export function soonestPlanMs(nowMs: number, clock: Clock['kind']): number {
  return nowMs + PLAN_LEAD_MS + (clock === 'virtual' ? 0 : LEAD_MARGIN_MS);
}

export interface SeriesWish {
  /** Names the change; plans that are logged together have it. */
  readonly id: string;
  /** Plans that are in force or wait, oldest first; where `base` is given, none is looked at. */
  readonly standing: readonly CompiledPlan[];
  /** The newest version of the log, and the last before it that stands before `fromMs`; 0: there is none. */
  readonly newestVersion: number;
  readonly beforeVersion: number;
  /** From when on plans are made anew; those that wait for this instant or a later one are withdrawn. */
  readonly fromMs: number;
  readonly nowMs: number;
  /** What is the plan from `fromMs` on, without orders; null: what was, at each instant. */
  readonly base: CompiledPlan | null;
  /** Orders that stand or wait from `fromMs` on. */
  readonly orders: readonly PlanOrder[];
  /** Who publishes `base`. */
  readonly published?: PlanPublication;
  /** The act about an order that brings it about. */
  readonly ordered?: PlanOrdering;
}

/**
 * The plans that a change brings about, one for each instant from `fromMs` on at which the plan under the orders, or an order, begins or
 * ends; they are logged in one append. The last of them has no orders: each order ends. Null: a plan that is needed does not say its
 * calendar, as those that were logged before plans were published do not.
 */
export function planSeries(wish: SeriesWish): readonly CompiledPlan[] | null {
  const { newestVersion, nowMs, id, ordered } = wish;
  const bases = basesOf(wish);
  const waiting = newestVersion - wish.beforeVersion;
  const instants = instantsOf(wish, bases);
  const plans: CompiledPlan[] = [];
  for (const [nth, inForceFromMs] of instants.entries()) {
    const base = bases.findLast((one) => one.inForceFromMs <= inForceFromMs);
    const entry = {
      version: newestVersion + 1 + nth,
      inForceFromMs,
      nowMs,
      ...(nth === 0 && waiting > 0 ? { withdraws: waiting } : {}),
    };
    const plan = base === undefined ? null : renewedPlan(base, entry);
    if (plan === null) return null;
    const orders = wish.orders.filter((order) => order.fromMs <= inForceFromMs && order.toMs > inForceFromMs);
    plans.push({
      ...layeredPlan(plan, orders),
      ...(base?.published === undefined ? {} : { published: base.published }),
      ...(instants.length === 1 ? {} : { series: { id, nth } }),
      ...(ordered === undefined ? {} : { ordered }),
    });
  }
  return plans;
}

/** Plans without orders, oldest first, each from its `inForceFromMs` on. */
function basesOf({ base, standing, fromMs, published }: SeriesWish): readonly CompiledPlan[] {
  if (base === null) return standing.map(baseOf);
  return [{ ...baseOf(base), inForceFromMs: fromMs, ...(published === undefined ? {} : { published }) }];
}

function instantsOf({ fromMs, orders }: SeriesWish, bases: readonly CompiledPlan[]): readonly number[] {
  const instants = new Set([fromMs]);
  const add = (ms: number): void => {
    if (ms > fromMs) instants.add(ms);
  };
  for (const order of orders) {
    add(order.fromMs);
    add(order.toMs);
  }
  for (const [i, base] of bases.entries()) {
    const before = bases[i - 1];
    if (before !== undefined && !isSameBase(before, base)) add(base.inForceFromMs);
  }
  return [...instants].sort((a, b) => a - b);
}

function isSameBase(a: CompiledPlan, b: CompiledPlan): boolean {
  return a.sourceSha256 === b.sourceSha256 && a.published?.actionId === b.published?.actionId;
}

/**
 * Orders that stand at an instant or wait for a later one. Each ends with the last plan that has it: one that was ended early is in those
 * before its end all the same.
 */
export function ordersFrom(standing: readonly CompiledPlan[], atMs: number): readonly PlanOrder[] {
  const byAct = new Map<string, PlanOrder>();
  for (const [i, { orders = [] }] of standing.entries()) {
    const endMs = standing[i + 1]?.inForceFromMs ?? Number.POSITIVE_INFINITY;
    for (const order of orders) byAct.set(order.actionId, { ...order, toMs: Math.min(order.toMs, endMs) });
  }
  return [...byAct.values()].filter(({ toMs }) => toMs > atMs);
}
