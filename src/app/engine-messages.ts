import type { LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { RedisAddress } from '../redis/address.js';
import type { RunnerStatus } from '../runner/district-runner.js';
import type { ThreadLine } from './thread-log.js';
import type { Measurement } from './thread-metrics.js';

/** What a thread of engines is started with, beside `KeptWork`. */
export interface EngineWork {
  readonly address: RedisAddress;
  readonly dataFolder: string;
  /** Engines on other machines may work on that Redis: they have no part in the data folder. */
  readonly sharesRedis: boolean;
}

/** What the thread is told. */
export type EngineOrder =
  /** `number`: of the district, in the thread's signs of life. */
  | { readonly do: 'fold'; readonly district: string; readonly number: number }
  /** Commit what is folded and leave a snapshot; with its last district the thread ends. */
  | { readonly do: 'stop'; readonly district: string };

/** What the thread says. What engines decide stands in Redis; here is what their own process must know besides. */
export type EngineNews =
  | DistrictNews
  | { readonly is: 'measured'; readonly measurements: readonly Measurement[] }
  | ThreadLine;

export type DistrictNews =
  /** What the runner says of itself, when it has changed. */
  | { readonly is: 'state'; readonly district: string; readonly status: RunnerStatus; readonly foldedTo: LogId }
  /** The plans that the fold knows, oldest first, and the newest version that it has ever known. Comes before the `state` of that fold. */
  | {
      readonly is: 'plans';
      readonly district: string;
      readonly plans: readonly CompiledPlan[];
      readonly planVersion: number;
    }
  /** Which of the plans is in force, or the first one before any is. */
  | { readonly is: 'plan-in-force'; readonly district: string; readonly version: number };
