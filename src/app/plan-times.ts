import type { HotStore } from '../hot/hot-store.js';
import type { LogHistory } from '../log/log-history.js';
import type { CompiledPlan } from '../model/plan.js';
import type { PlanRecord } from '../model/plan-record.js';
import { readPlanOf } from './read-plans.js';

/** Which plan was in force when. Plans that were read once are kept, the last few. */
export class PlanTimes {
  readonly #hot: Pick<HotStore, 'readPlan' | 'readPlanRecords'>;
  readonly #history: LogHistory;
  readonly #known = new Map<number, CompiledPlan>();

  constructor(o: { readonly hot: Pick<HotStore, 'readPlan' | 'readPlanRecords'>; readonly history: LogHistory }) {
    this.#hot = o.hot;
    this.#history = o.history;
  }

  /** The plans in force at log times from this one on. One that cannot be read any more is passed over for the one in force now. */
  async from(fromMs: number): Promise<(atMs: number) => CompiledPlan | null> {
    const records = await this.#hot.readPlanRecords();
    const first = records.findLastIndex(({ inForceFromMs }) => inForceFromMs <= fromMs);
    for (const record of records.slice(Math.max(0, first))) await this.#learn(record);
    for (const version of [...this.#known.keys()].sort((a, b) => a - b).slice(0, -MOST_KNOWN))
      this.#known.delete(version);
    const newest = [...this.#known.values()].sort((a, b) => b.version - a.version);
    return (atMs) => newest.find(({ inForceFromMs }) => inForceFromMs <= atMs) ?? newest.at(-1) ?? null;
  }

  async #learn(record: PlanRecord): Promise<void> {
    if (this.#known.has(record.version)) return;
    const inForce = await this.#hot.readPlan();
    const plan = inForce?.version === record.version ? inForce : await readPlanOf(this.#history, record);
    const known = plan ?? inForce;
    if (known !== null) this.#known.set(known.version, known);
  }
}
const MOST_KNOWN = 4;
