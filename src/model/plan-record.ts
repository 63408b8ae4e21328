import type { CompiledPlan, Mode, PlanOrder, PlanOrdering, PlanPublication } from './plan.js';

/** Value of `plans` by version: a plan of the log, without what it says. */
export interface PlanRecord {
  readonly version: number;
  readonly sourceSha256: string;
  readonly inForceFromMs: number;
  /** Log time of its entry; null: not known. */
  readonly loggedAtMs: number | null;
  /** Null: it came from the files of a server. */
  readonly published: PlanPublication | null;
  /** Operation orders that stand while it is in force. Absent: none. */
  readonly orders?: readonly OrderRecord[];
  /** The act about an order that it was logged for. Absent: none. */
  readonly ordered?: PlanOrdering;
}

/** An operation order without what its layer says. */
export interface OrderRecord extends Omit<PlanOrder, 'layer'> {
  /** Ids of its own places and rules, of the places that it closes, and of the units that it calls to duty. */
  readonly places: readonly string[];
  readonly rules: readonly string[];
  readonly closed: readonly string[];
  readonly units: readonly string[];
  /** Modes that it says, each once. */
  readonly modes: readonly Mode[];
}

export function planRecord(plan: CompiledPlan, loggedAtMs: number | null): PlanRecord {
  const { version, sourceSha256, inForceFromMs, published = null, orders, ordered } = plan;
  return {
    version,
    sourceSha256,
    inForceFromMs,
    loggedAtMs,
    published,
    ...(orders === undefined ? {} : { orders: orders.map((order) => orderRecord(order, plan)) }),
    ...(ordered === undefined ? {} : { ordered }),
  };
}

function orderRecord({ layer, ...order }: PlanOrder, plan: CompiledPlan): OrderRecord {
  const { places, closed, duty, modes } = layer;
  const own = new Set(layer.rules.map((rule) => ('id' in rule ? rule.id : null)));
  return {
    ...order,
    places: places.map(({ id }) => id).sort(),
    rules: plan.rules.flatMap(({ id }) => (own.has(id) ? [id] : [])),
    closed: closed.toSorted(),
    units: [...new Set(duty.map(({ unit }) => unit))].sort(),
    modes: [...new Set(modes.map(({ mode }) => mode))].sort(),
  };
}
