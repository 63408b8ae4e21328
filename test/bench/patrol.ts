import type { Fix } from '../../src/model/fix.js';
import type { TrackerBatch } from '../../src/model/log-entry.js';
import type { PlanUnit } from '../../src/model/plan.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { at, fix, MINUTE } from '../engine/support.js';
import { SPEED_MPS } from './drawn-district.js';

/** Nobody drives across the whole district to the next stop. */
const BEAT_M = 2_000;

/** A car where no kind is named. */
type Bearer = Pick<PlanUnit, 'id' | 'tracker'> & Partial<Pick<PlanUnit, 'kind'>>;

/** Units that drive from stop to stop without an end, in memory that does not grow with the time that they drive. */
export class Patrol {
  readonly #walkers: readonly Walker[];

  constructor(
    plan: { readonly units: readonly Bearer[] },
    o: { readonly seed: number; readonly extentM: number; readonly stepMs: number },
  ) {
    this.#walkers = plan.units.map((unit) => new Walker(unit, createRandom(o.seed, 'patrol', unit.id), o));
  }

  /** A report of one fix of each unit. */
  reportsAt(ms: number): TrackerBatch[] {
    return this.#walkers.map((walker) => ({
      tracker: walker.unit.tracker,
      reportId: (ms / 1_000).toString(16).padStart(10, '0'),
      fixes: [walker.fixAt(ms)],
      rejected: [],
    }));
  }
}

class Walker {
  readonly unit: Bearer;
  readonly #random: Random;
  readonly #extentM: number;
  readonly #stepM: number;
  #eastM: number;
  #northM: number;
  #toEastM: number;
  #toNorthM: number;
  #standsUntilMs = 0;

  constructor(unit: Bearer, random: Random, { extentM, stepMs }: { extentM: number; stepMs: number }) {
    this.unit = unit;
    this.#random = random;
    this.#extentM = extentM;
    this.#stepM = (SPEED_MPS[unit.kind ?? 'car'] * stepMs) / 1_000;
    this.#eastM = random.between(0, extentM);
    this.#northM = random.between(0, extentM);
    this.#toEastM = this.#eastM;
    this.#toNorthM = this.#northM;
  }

  fixAt(ms: number): Fix {
    if (ms >= this.#standsUntilMs) this.#drive(ms);
    const errorM = () => 4 * this.#random.gaussian();
    return fix(ms, at(this.#eastM + errorM(), this.#northM + errorM()), { hdopCenti: 100 });
  }

  #drive(ms: number): void {
    const [eastM, northM] = [this.#toEastM - this.#eastM, this.#toNorthM - this.#northM];
    const leftM = Math.hypot(eastM, northM);
    const share = Math.min(1, this.#stepM / Math.max(leftM, 1e-9));
    this.#eastM += eastM * share;
    this.#northM += northM * share;
    if (leftM > this.#stepM) return;
    const within = (m: number): number => Math.min(this.#extentM, Math.max(0, m));
    this.#toEastM = within(this.#eastM + this.#random.between(-BEAT_M, BEAT_M));
    this.#toNorthM = within(this.#northM + this.#random.between(-BEAT_M, BEAT_M));
    this.#standsUntilMs = ms + this.#random.integer(2, 20) * MINUTE;
  }
}
