import { topSpeedMps } from '../engine/track/points.js';
import type { FixStretch } from '../log/fix-history.js';
import type { AreaE7, CompiledPlan } from '../model/plan.js';
import { silentAfterMs } from '../model/silence.js';

/** A unit with one tracker over event times in which its plan says the same of it. */
export interface UnitStretch extends FixStretch {
  readonly unit: string;
  /** A trace without a usable position for longer than this has a hole, ms. */
  readonly silentAfterMs: number;
  readonly topSpeedMps: number;
  /** Where the district's units can be; absent: anywhere. */
  readonly area?: AreaE7;
}

/** Which units over which event times `[fromMs, toMs)`. */
export interface UnitRange {
  /** Null: all that the plans have. */
  readonly units: readonly string[] | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Who had which tracker when, by the plan in force at the event time: sorted by unit, then time. Before the first plan the first one holds.
 *
 * @param plans oldest first, without a hole, from the one in force at `fromMs` on
 */
export function unitStretches(plans: readonly CompiledPlan[], { units, fromMs, toMs }: UnitRange): UnitStretch[] {
  const wanted = units === null ? null : new Set(units);
  const stretches: UnitStretch[] = [];
  for (const [i, plan] of plans.entries()) {
    const since = Math.max(fromMs, i === 0 ? 0 : plan.inForceFromMs);
    const until = Math.min(toMs, plans[i + 1]?.inForceFromMs ?? toMs);
    if (since >= until) continue;
    for (const unit of plan.units) {
      if (wanted !== null && !wanted.has(unit.id)) continue;
      stretches.push({
        unit: unit.id,
        tracker: unit.tracker,
        fromMs: since,
        toMs: until,
        silentAfterMs: silentAfterMs(unit.expectedIntervalMs),
        topSpeedMps: topSpeedMps(unit),
        ...(plan.area === undefined ? {} : { area: plan.area }),
      });
    }
  }
  return joined(stretches.sort((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : a.fromMs - b.fromMs)));
}

/** Most new plans change nothing for a unit: what goes on is one stretch. */
function joined(stretches: readonly UnitStretch[]): UnitStretch[] {
  const all: UnitStretch[] = [];
  for (const stretch of stretches) {
    const last = all.at(-1);
    if (last !== undefined && last.toMs === stretch.fromMs && saysTheSame(last, stretch)) {
      all[all.length - 1] = { ...last, toMs: stretch.toMs };
    } else all.push(stretch);
  }
  return all;
}

function saysTheSame(a: UnitStretch, b: UnitStretch): boolean {
  return (
    a.unit === b.unit &&
    a.tracker === b.tracker &&
    a.silentAfterMs === b.silentAfterMs &&
    a.topSpeedMps === b.topSpeedMps &&
    a.area?.westE7 === b.area?.westE7 &&
    a.area?.eastE7 === b.area?.eastE7 &&
    a.area?.southE7 === b.area?.southE7 &&
    a.area?.northE7 === b.area?.northE7
  );
}
