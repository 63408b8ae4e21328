import type { Names } from './plan.js';

/** Something of a plan's that is another in the plan that it is compared with. */
export type FieldChange =
  /** Milliseconds of thresholds and metres of shapes as the compiled plan has them. */
  | { readonly is: 'value'; readonly field: string; readonly before: PlainValue; readonly after: PlainValue }
  /** Ids that a rule is about. */
  | {
      readonly is: 'list';
      readonly field: 'places' | 'units';
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  /** When a rule binds, or a unit is on duty: the first local day that differs, and how many of those that both plans know do. */
  | {
      readonly is: 'hours';
      readonly firstDay: string;
      readonly days: number;
      readonly ofDays: number;
      /** Windows of that day on the local clock, such as `07:30–09:00, 17:00–19:00`; empty: none. */
      readonly before: string;
      readonly after: string;
    }
  /** Where a place is: its middle lies so far away, whole metres. */
  | { readonly is: 'shape'; readonly movedM: number; readonly before: ShapeSummary; readonly after: ShapeSummary };

type PlainValue = string | number | boolean | null;

/** `reachM`: the radius of a circle, or how far a corridor reaches from its line; null for a polygon. */
export interface ShapeSummary {
  readonly type: 'polygon' | 'circle' | 'corridor';
  readonly vertices: number;
  readonly reachM: number | null;
}

/** What is other in a plan than in the one before it. */
export interface PlanChange {
  readonly about: 'district' | 'place' | 'unit' | 'rule' | 'escalation';
  readonly id: string;
  /** What people call it; of a rule and of a policy of escalation its id. As the later plan has it. */
  readonly name: Names;
  readonly change: 'added' | 'removed' | 'changed';
  /** Empty unless it is `changed`. */
  readonly fields: readonly FieldChange[];
}
