import { unreachable } from '../model/errors.js';
import { compareLogIds, LOG_START, type LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { RunnerStatus } from '../runner/district-runner.js';
import type { DistrictNews } from './engine-messages.js';
import type { ThreadFault } from './kept-thread.js';

export interface EngineListener {
  /** Another plan is in force, or is the first one before it is. */
  readonly onPlan: (plan: CompiledPlan) => void;
  /** The entries up to this one are committed. */
  readonly onCommit: (upTo: LogId) => void;
}

/** What runs engines. */
export interface EngineKeeper {
  start(engine: DistrictEngine): void;
  stop(engine: DistrictEngine): Promise<void>;
}

const NOT_LOADED: RunnerStatus = {
  state: 'starting',
  code: null,
  detail: '',
  cursor: null,
  skipped: 0,
  snapshotFailure: null,
  clockSuspect: false,
};

/** The engine of one district as the main thread knows it: what its thread said last. */
export class DistrictEngine {
  readonly district: string;
  /** Names the district in its thread's signs of life. */
  readonly number: number;
  readonly #keeper: EngineKeeper;
  #listener: EngineListener | null = null;
  #status = NOT_LOADED;
  #foldedTo = LOG_START;
  #plans: readonly CompiledPlan[] = [];
  #planVersion = 0;

  constructor(o: { readonly district: string; readonly number: number; readonly keeper: EngineKeeper }) {
    this.district = o.district;
    this.number = o.number;
    this.#keeper = o.keeper;
  }

  get status(): RunnerStatus {
    return this.#status;
  }

  /** The last entry that it has folded, whoever committed it. */
  get foldedTo(): LogId {
    return this.#foldedTo;
  }

  /** Plans that its fold knows, oldest first; the last may not be in force yet. */
  get plans(): readonly CompiledPlan[] {
    return this.#plans;
  }

  /** The newest plan version that its fold has known; a `resume` drops plans, not their numbers. */
  get planVersion(): number {
    return this.#planVersion;
  }

  start(listener: EngineListener): void {
    this.#listener = listener;
    this.#keeper.start(this);
  }

  /** It commits what it has folded and leaves a snapshot. The last engine of a thread waits until all of them have. */
  async stop(): Promise<void> {
    if (this.#listener !== null) await this.#keeper.stop(this);
  }

  /** Takes what the engine's thread says. Only its keeper calls it. */
  hear(news: DistrictNews): void {
    switch (news.is) {
      case 'state':
        this.#tellCommit(news.status);
        this.#status = news.status;
        this.#foldedTo = news.foldedTo;
        return;
      case 'plans':
        this.#plans = news.plans;
        this.#planVersion = news.planVersion;
        return;
      case 'plan-in-force': {
        const plan = this.#plans.find(({ version }) => version === news.version);
        if (plan !== undefined) this.#listener?.onPlan(plan);
        return;
      }
      default:
        unreachable(news);
    }
  }

  /** Notes that the thread has ended, and with it what the engine held. Only its keeper calls it. */
  lose({ kind, detail }: ThreadFault): void {
    this.#status = { ...NOT_LOADED, state: 'failing', code: `engine-${kind}`, detail };
    this.#foldedTo = LOG_START;
    this.#plans = [];
    this.#planVersion = 0;
  }

  #tellCommit({ cursor }: RunnerStatus): void {
    const before = this.#status.cursor;
    if (cursor === null || (before !== null && compareLogIds(before.logId, cursor.logId) === 0)) return;
    this.#listener?.onCommit(cursor.logId);
  }
}
