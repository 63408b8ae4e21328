import type { AlertVersion } from '../../model/alert.js';
import type { PlanRecord } from '../../model/plan-record.js';
import type { CoverageRecord, PositionRecord, RosterRecord, TaskRecord, UnitRecord } from '../../model/hot.js';

/** Records as of the instant that touched them, so that they do not depend on where a batch was cut. Null: delete. */
export interface Touched {
  readonly positions: Map<string, PositionRecord | null>;
  readonly units: Map<string, UnitRecord | null>;
  readonly coverage: Map<string, CoverageRecord | null>;
  readonly tasks: Map<string, TaskRecord | null>;
  readonly roster: Map<string, RosterRecord | null>;
  readonly plans: Map<string, PlanRecord>;
  /** Last versions, and whether they still belong on the list of open alerts. */
  readonly alerts: Map<string, { readonly version: AlertVersion; readonly open: boolean }>;
}

/** What hot state must be told; never in a snapshot (a rebuild writes all of it). */
export interface HotSlice {
  readonly touched: Touched;
}

export function createHot(): HotSlice {
  return { touched: createTouched() };
}

export function createTouched(): Touched {
  return {
    positions: new Map(),
    units: new Map(),
    coverage: new Map(),
    tasks: new Map(),
    roster: new Map(),
    plans: new Map(),
    alerts: new Map(),
  };
}
