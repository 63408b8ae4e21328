import { distanceM, type Ruler } from '../geo/ruler.js';
import { signedDistanceM } from '../geo/shape.js';
import type { Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { keepsClear, randomNear } from './ground.js';
import type { Activity, Leg, Path } from './path.js';
import type { Random } from './random.js';
import { overlaps, type Span } from './spans.js';

/** A place that nobody may enter for some time. */
export interface Ban extends Span {
  readonly shape: Shape;
}

/** Keeps so far from what is left alone: further than the fence's exit buffer and a receiver's error. */
const BAN_MARGIN_M = 70;

/** One unit on its way: draws leg after leg. Positions are straight-line ways at constant speed, and stands. */
export class Walker {
  readonly #ruler: Ruler;
  readonly #unit: string;
  readonly #bans: readonly Ban[];
  readonly #random: Random;
  readonly #fromMs: number;
  readonly #legs: Leg[] = [];
  #nowMs: number;
  #at: PositionE7;

  constructor(
    ruler: Ruler,
    unit: { readonly id: string },
    bans: readonly Ban[],
    random: Random,
    start: { readonly atMs: number; readonly position: PositionE7 },
  ) {
    this.#ruler = ruler;
    this.#unit = unit.id;
    this.#bans = bans;
    this.#random = random;
    this.#fromMs = start.atMs;
    this.#nowMs = start.atMs;
    this.#at = start.position;
  }

  get nowMs(): number {
    return this.#nowMs;
  }
  get at(): PositionE7 {
    return this.#at;
  }

  standUntil(untilMs: number, activity: Activity): void {
    const toMs = Math.round(untilMs);
    if (toMs <= this.#nowMs) return;
    this.#legs.push({ fromMs: this.#nowMs, toMs, from: this.#at, to: this.#at, activity });
    this.#nowMs = toMs;
  }

  standFor(forMs: number, activity: Activity): void {
    this.standUntil(this.#nowMs + forMs, activity);
  }

  /** Straight to the point, or around what is banned at that time. */
  goTo(to: PositionE7, speedMps: number, activity: Activity): void {
    for (const point of this.#route(to, speedMps)) {
      const forMs = this.#travelMs(this.#at, point, speedMps);
      if (forMs > 0) {
        const toMs = this.#nowMs + forMs;
        this.#legs.push({ fromMs: this.#nowMs, toMs, from: this.#at, to: point, activity });
        this.#nowMs = toMs;
      }
      this.#at = point;
    }
  }

  /**
   * Whether the straight way there, begun now, keeps out of what is banned at that time, or less than `edgeMs` before or after
   * it. Who is in a place already may go about in it until the ban begins.
   */
  isClear(to: PositionE7, speedMps: number, edgeMs: number): boolean {
    const way = { fromMs: this.#nowMs, toMs: this.#nowMs + this.#travelMs(this.#at, to, speedMps) };
    return this.#bans.every((ban) => {
      const wide = { fromMs: ban.fromMs - edgeMs, toMs: ban.toMs + edgeMs };
      const within = signedDistanceM(this.#ruler, ban.shape, this.#at) <= BAN_MARGIN_M;
      if (!overlaps(wide, way) || (within && !overlaps(ban, way))) return true;
      return keepsClear(this.#ruler, ban.shape, this.#at, to, BAN_MARGIN_M, within);
    });
  }

  end(): Path {
    return { unit: this.#unit, fromMs: this.#fromMs, toMs: this.#nowMs, legs: this.#legs };
  }

  #route(to: PositionE7, speedMps: number): PositionE7[] {
    if (this.#isClear(this.#at, to, this.#nowMs, speedMps)) return [to];
    let shortest: PositionE7[] = [to];
    let shortestM = Number.POSITIVE_INFINITY;
    const directM = distanceM(this.#ruler, this.#at, to);
    const middle = { lngE7: (this.#at.lngE7 + to.lngE7) / 2, latE7: (this.#at.latE7 + to.latE7) / 2 };
    for (let draw = 0; draw < 200; draw++) {
      const via = randomNear(this.#ruler, middle, directM / 2 + 20 * draw, this.#random);
      const firstM = distanceM(this.#ruler, this.#at, via);
      const lengthM = firstM + distanceM(this.#ruler, via, to);
      if (lengthM >= shortestM || !this.#isClear(this.#at, via, this.#nowMs, speedMps)) continue;
      const viaMs = this.#nowMs + (firstM / speedMps) * 1_000;
      if (this.#isClear(via, to, viaMs, speedMps)) [shortest, shortestM] = [[via, to], lengthM];
    }
    return shortest;
  }

  #travelMs(from: PositionE7, to: PositionE7, speedMps: number): number {
    return Math.ceil((distanceM(this.#ruler, from, to) / speedMps) * 1_000);
  }

  #isClear(from: PositionE7, to: PositionE7, fromMs: number, speedMps: number): boolean {
    const way = { fromMs, toMs: fromMs + this.#travelMs(from, to, speedMps) };
    return this.#bans.every((ban) => {
      if (!overlaps(ban, way)) return true;
      const leaving = signedDistanceM(this.#ruler, ban.shape, from) <= BAN_MARGIN_M; // it was there before the ban
      return keepsClear(this.#ruler, ban.shape, from, to, BAN_MARGIN_M, leaving);
    });
  }
}
