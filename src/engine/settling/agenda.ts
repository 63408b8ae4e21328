import type { AlertCause, AlertVersion } from '../../model/alert.js';
import type { VisitVersion } from '../../model/visit.js';
import type { PlanChange } from '../plan/plan-change.js';
import type { UnitPlaces } from '../presence/presence-table.js';

/** What one settling instant looks at: units, places and rules by id, with the reason. */
export interface Agenda {
  readonly units: Map<string, AlertCause>;
  readonly places: Map<string, AlertCause>;
  /** Rules about all their units together, by id. */
  readonly scopes: Map<string, AlertCause>;
  /** Units whose fixes were folded. */
  readonly followed: Map<string, FollowedUnit>;
  /** What is settled is to be forgotten. */
  prune: boolean;
  /** A plan takes force: what it has removed is judged for the last time, and closed where that leaves it open. */
  change: PlanChange | null;
}

export interface FollowedUnit {
  /** Places where its visits may have changed, sorted. */
  readonly visited: readonly string[];
  /** Where it was known to be before; null: no plan had it. */
  readonly before: UnitPlaces | null;
  /** It may be, or have been, anywhere else than it was. */
  readonly everywhere: boolean;
  /** Whether it keeps moving is other than it was. */
  readonly moves: boolean;
}

/** What an entry brings about. */
export interface Outputs {
  readonly alerts: AlertVersion[];
  readonly visits: VisitVersion[];
}

export function createAgenda(): Agenda {
  return { units: new Map(), places: new Map(), scopes: new Map(), followed: new Map(), prune: false, change: null };
}
