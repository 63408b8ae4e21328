import { useEffect, useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { PlanRecord } from '../../model/plan-record.js';
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
  const [items, setItems] = useState<readonly PlanItem[] | null>(null);
  useEffect(() => {
    setItems(null);
    const gone = new AbortController();
    const { signal } = gone;
    session
      .ask(`/v1/districts/${district}/plans?limit=${LISTED}`, { signal })
      .then((found) => {
        if (!signal.aborted) setItems((found as { readonly items: readonly PlanItem[] }).items);
      })
      .catch(() => undefined);
    return () => gone.abort();
  }, [session, district, version]);
  return items;
}

/** The plan that takes effect next; null: none waits. */
export function nextOf(items: readonly PlanItem[]): PlanItem | null {
  const waiting = items.filter(({ state }) => state === 'waiting');
  return waiting.toSorted((a, b) => a.inForceFromMs - b.inForceFromMs)[0] ?? null;
}
