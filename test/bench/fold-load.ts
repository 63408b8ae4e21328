import { takeHotDelta } from '../../src/engine/hot-view.js';
import { step } from '../../src/engine/pipeline.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import { PLAN_LEAD_MS, SETTLE_MS } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { T0 } from '../engine/support.js';
import type { LogLine } from './fold-logs.js';
import { Patrol } from './patrol.js';
import { cpuMs } from './process-use.js';

/** Seconds of log time whose entries are in memory before they are folded. */
const MADE_AT_ONCE = 60;

export interface FoldLoadOptions {
  readonly seed: number;
  /** Side of the square in which the units drive, metres. */
  readonly extentM: number;
  /** How often each unit reports, a whole number of settling instants, ms. */
  readonly everyMs: number;
}

/** The engine of one district under units that report for ever, each second an equal part of them, and what its work costs. */
export class FoldLoad {
  readonly state: EngineState;
  /** The units of each second of an interval. */
  readonly #patrols: readonly Patrol[];
  #nowMs = T0;
  #busyMs = 0;
  #fixes = 0;

  constructor(plan: CompiledPlan, { seed, extentM, everyMs }: FoldLoadOptions) {
    this.state = createState(plan.district);
    const shifts = everyMs / SETTLE_MS;
    this.#patrols = Array.from({ length: shifts }, (_, shift) => {
      const units = plan.units.filter((_unit, i) => i % shifts === shift);
      return new Patrol({ units }, { seed, extentM, stepMs: everyMs });
    });
    const { foldVersion } = this.state;
    const startMs = T0 - PLAN_LEAD_MS;
    const genesis = { kind: 'genesis', district: plan.district, clock: 'virtual', foldVersion } as const;
    step(this.state, { ms: startMs, seq: 0 }, genesis);
    step(this.state, { ms: startMs, seq: 1 }, { kind: 'plan', plan });
    step(this.state, { ms: T0, seq: 0 }, { kind: 'tick' });
    takeHotDelta(this.state);
  }

  /** Folds so many seconds of log time: a tick each, and behind it an entry with the fixes of that second. */
  run(seconds: number): void {
    for (let left = seconds; left > 0; left -= MADE_AT_ONCE) this.#fold(this.#make(Math.min(left, MADE_AT_ONCE)));
  }

  /** The entries of the next seconds; the making is in no figure. */
  #make(seconds: number): readonly LogLine[] {
    return Array.from({ length: seconds }, (): LogLine[] => {
      this.#nowMs += SETTLE_MS;
      const ms = this.#nowMs;
      const batches = this.#patrols[(ms / SETTLE_MS) % this.#patrols.length]?.reportsAt(ms) ?? [];
      this.#fixes += batches.length;
      return [
        { id: { ms, seq: 0 }, entry: { kind: 'tick' } },
        { id: { ms, seq: 1 }, entry: { kind: 'fixes', batches } },
      ];
    }).flat();
  }

  #fold(lines: readonly LogLine[]): void {
    this.#busyMs += cpuMs(() => {
      for (const { id, entry } of lines) {
        step(this.state, id, entry);
        if (entry.kind === 'fixes') takeHotDelta(this.state);
      }
    });
  }

  /** CPU microseconds a fix of what was folded since the last call. */
  takeCost(): number {
    const costUs = (this.#busyMs * 1_000) / this.#fixes;
    this.#busyMs = 0;
    this.#fixes = 0;
    return costUs;
  }
}
