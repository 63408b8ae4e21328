import type { PlanOrdering } from '../model/plan.js';
import type { OrderRecord } from '../model/plan-record.js';

/** `withdrawn`: it was ended before it began. */
export type OrderState = 'waiting' | 'in-force' | 'past' | 'withdrawn';

/** An operation order, and what became of it. */
export interface OrderAnswer extends OrderRecord {
  readonly state: OrderState;
  /** Log time of the entry that made it; null: not known. */
  readonly madeAtMs: number | null;
  /** When it took effect or will, and when that ends or ended; null: it never did. */
  readonly inForceFromMs: number | null;
  readonly inForceToMs: number | null;
  /** Who ended it before its time; null: nobody. */
  readonly ended: Pick<PlanOrdering, 'actor' | 'reason' | 'actionId'> | null;
}
