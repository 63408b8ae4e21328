import type { AlertVersion } from '../../model/alert.js';
import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../../model/hot.js';
import type { MissingNumbers } from '../../model/losses.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { Staleness } from '../../model/staleness.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Trails } from './trails.js';

/** The link to the server: what is shown is of `sinceMs` while there is none. Times are this machine's clock, ms. */
export type Link =
  | { readonly is: 'connecting' }
  | { readonly is: 'live' }
  | { readonly is: 'away'; readonly sinceMs: number; readonly why: string }
  /** The server takes this session no more; only a new sign-in helps. */
  | { readonly is: 'ended'; readonly why: SessionEnd };

export type SessionEnd = 'token-expired' | 'token-revoked' | 'token-role' | 'token-district' | 'token-refused';

/** All that the console knows. Never changed in place: each reducer answers another one. */
export interface ConsoleState {
  readonly link: Link;
  /** The state is not of now, and since when; null: it is. */
  readonly stale: Staleness | null;
  /** The plan in force; null: none is, or it has not come yet. */
  readonly plan: CompiledPlan | null;
  /** The server's clock less this machine's, ms: a wrong clock of this machine must not show. */
  readonly clockOffsetMs: number;
  readonly positions: ReadonlyMap<string, PositionRecord>;
  /** What the page itself has seen of the last minutes. */
  readonly trails: Trails;
  readonly units: ReadonlyMap<string, UnitRecord>;
  readonly coverage: ReadonlyMap<string, CoverageRecord>;
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  /** By alert id: the last version of each that is open. */
  readonly open: ReadonlyMap<string, AlertAnswer>;
  /** The last versions of alerts that closed while this page was open, latest first. */
  readonly closed: readonly AlertAnswer[];
  /** Where a new link resumes; null: nothing was told yet. */
  readonly lastTransition: AlertVersion['transition'] | null;
  /** Transitions that the server's store has lost, and those that came too late to be told. */
  readonly lost: readonly MissingNumbers[];
}

export const INITIAL: ConsoleState = {
  link: { is: 'connecting' },
  stale: null,
  plan: null,
  clockOffsetMs: 0,
  positions: new Map(),
  trails: new Map(),
  units: new Map(),
  coverage: new Map(),
  tasks: new Map(),
  open: new Map(),
  closed: [],
  lastTransition: null,
  lost: [],
};

/** The server's time at an instant of this machine's clock, ms. */
export function serverTimeMs({ clockOffsetMs }: Pick<ConsoleState, 'clockOffsetMs'>, ownMs: number): number {
  return ownMs + clockOffsetMs;
}
