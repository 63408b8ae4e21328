import { useEffect, useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { PlanRecord } from '../../model/plan-record.js';
import type { OrderAnswer } from '../../protocol/order-answer.js';
import type { Session } from '../session/session.js';

/** A plan of the history. */
export interface PlanItem extends PlanRecord {
  /** Renewals of its calendar have versions of their own, up to this one. */
  readonly lastVersion: number;
  /** Null: nothing ends it yet. */
  readonly inForceToMs: number | null;
  readonly state: 'waiting' | 'in-force' | 'past' | 'withdrawn';
}

/** So many plans are listed; who wants to know of older ones asks the server. */
const LISTED = 20;

/** The plans of the district, newest first, as of when somebody looked: each look leaves an access entry. Null: nobody has answered. */
export function usePlanRecords(
  session: Session,
  district: string,
  { version }: CompiledPlan,
): readonly PlanItem[] | null {
  return useItems<PlanItem>(session, `/v1/districts/${district}/plans?limit=${LISTED}`, version);
}

/** The operation orders of the district, the one that was made last first, likewise. */
export function useOrders(
  session: Session,
  district: string,
  { version }: CompiledPlan,
): readonly OrderAnswer[] | null {
  return useItems<OrderAnswer>(session, `/v1/districts/${district}/orders`, version);
}

function useItems<Item>({ ask }: Session, path: string, version: number): readonly Item[] | null {
  const [items, setItems] = useState<readonly Item[] | null>(null);
  useEffect(() => {
    setItems(null);
    const gone = new AbortController();
    const { signal } = gone;
    ask(path, { signal })
      .then((found) => {
        if (!signal.aborted) setItems((found as { readonly items: readonly Item[] }).items);
      })
      .catch(() => undefined);
    return () => gone.abort();
  }, [ask, path, version]);
  return items;
}

/** The plan that takes effect next; null: none waits. */
export function nextOf(items: readonly PlanItem[]): PlanItem | null {
  const waiting = items.filter(({ state }) => state === 'waiting');
  return waiting.toSorted((a, b) => a.inForceFromMs - b.inForceFromMs)[0] ?? null;
}
