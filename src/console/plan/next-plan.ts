import { useEffect, useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { PlanRecord } from '../../model/plan-record.js';
import type { Session } from '../session/session.js';

/** A plan of the history, as far as it is shown. */
type PlanItem = PlanRecord & { readonly state: string };

/** The plan that takes effect next, as of when somebody looked: each look leaves an access entry. Null: none waits, or nobody answers. */
export function useNextPlan(session: Session, district: string, { version }: CompiledPlan): PlanRecord | null {
  const [next, setNext] = useState<PlanRecord | null>(null);
  useEffect(() => {
    setNext(null);
    const gone = new AbortController();
    const { signal } = gone;
    session
      .ask(`/v1/districts/${district}/plans`, { signal })
      .then((found) => {
        if (!signal.aborted) setNext(nextOf((found as { readonly items: readonly PlanItem[] }).items));
      })
      .catch(() => undefined);
    return () => gone.abort();
  }, [session, district, version]);
  return next;
}

function nextOf(items: readonly PlanItem[]): PlanRecord | null {
  const waiting = items.filter(({ state }) => state === 'waiting');
  return waiting.toSorted((a, b) => a.inForceFromMs - b.inForceFromMs)[0] ?? null;
}
