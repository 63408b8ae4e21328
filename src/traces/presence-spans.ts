import { setImmediate as nextRound } from 'node:timers/promises';
import { shapeBox } from '../geo/shape-box.js';
import { signedDistanceM, segmentMeets } from '../geo/shape.js';
import { distanceM, type Ruler } from '../geo/ruler.js';
import { MAX_FENCE_SIGMA_M, POSSIBLE_FOR_MS, POSSIBLE_SIGMAS, VAGUE_SIGMAS } from '../model/limits.js';
import type { AreaE7, Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { AreaPresence, PresenceCause, PresenceCertainty } from '../model/trace.js';

/** A usable position of a unit; of several for one instant the surest. */
export interface PresencePoint extends PositionE7 {
  readonly atMs: number;
  readonly sigmaM: number;
  /** A position of the same instant is elsewhere: this one proves nothing. */
  readonly conflict: boolean;
  readonly silentAfterMs: number;
  readonly topSpeedMps: number;
}

export interface PresenceQuestion {
  readonly unit: string;
  readonly shape: Shape;
  readonly ruler: Ruler;
  /** Event times `[fromMs, toMs)`; `toMs` is not in the future. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Until when the unit can have been heard of: now, or anything later than POSSIBLE_FOR_MS behind `toMs`. */
  readonly nowMs: number;
  /** Positions of the unit by event time, from POSSIBLE_FOR_MS before `fromMs` to as long after `toMs`. */
  readonly points: readonly PresencePoint[];
}

/** What one position says of the area: surely in it, perhaps, or surely not. */
type Said = 'inside' | 'possible' | 'outside';

interface Judged extends PresencePoint {
  readonly said: Said;
}

/** Edges that positions are measured against until the event loop goes round. */
const EDGES_A_ROUND = 500_000;

/**
 * When a unit was in an area, or may have been. A position is inside when its disc of σ lies wholly in the area, and says `possible` when
 * 2 σ (vague: 3 σ) reach it, or when the unit cannot have come to it from the position before nor gone from it to the next. Between two positions
 * no further apart than the unit's silence threshold: inside if both are; possible if one is inside or possible, or if the way between them meets the area.
 * A hole is possible where the area was in reach from both its ends, for POSSIBLE_FOR_MS from its start and before its end; beyond, unknown.
 */
export async function presenceSpans(question: PresenceQuestion): Promise<AreaPresence[]> {
  const area = new Area(question);
  const points = await judge(area, question);
  const spans = new Spans(question, area);
  const [first] = points;
  const { fromMs, toMs, nowMs } = question;
  const beforeMs = fromMs - POSSIBLE_FOR_MS;
  const behindMs = Math.min(toMs + POSSIBLE_FOR_MS, nowMs);
  if (first === undefined) {
    spans.add('unknown', 'hole', { fromMs, toMs, hole: { fromMs: beforeMs, toMs: behindMs } });
    return spans.rows;
  }
  spans.addHole({ fromMs: beforeMs, toMs: first.atMs }, null, first);
  for (const [i, point] of points.entries()) {
    const next = points[i + 1];
    spans.addPoint(point);
    const untilMs = next?.atMs ?? behindMs;
    if (untilMs - point.atMs > point.silentAfterMs)
      spans.addHole({ fromMs: point.atMs, toMs: untilMs }, point, next ?? null);
    else if (next !== undefined) spans.addWay(point, next);
    else if (point.said !== 'outside') spans.add('possible', 'near', { fromMs: point.atMs, toMs: untilMs });
  }
  return spans.rows;
}

async function judge(area: Area, { ruler, points }: PresenceQuestion): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (const [i, point] of points.entries()) {
    const isSure = point.sigmaM <= MAX_FENCE_SIGMA_M && !point.conflict && !isWild(ruler, points, i);
    const distance = area.isNear(point, reachM(point)) ? area.distanceM(point) : Number.POSITIVE_INFINITY;
    const said = isSure && distance <= -point.sigmaM ? 'inside' : distance <= reachM(point) ? 'possible' : 'outside';
    judged.push({ ...point, said });
    if (area.isWorkEnough()) await nextRound();
  }
  return judged;
}

/** Within this the unit may be, metres. */
function reachM({ sigmaM }: PresencePoint): number {
  return sigmaM * (sigmaM > MAX_FENCE_SIGMA_M ? VAGUE_SIGMAS : POSSIBLE_SIGMAS);
}

/** The area that is asked about: what is far from its box is not measured. */
class Area {
  readonly #shape: Shape;
  readonly #ruler: Ruler;
  readonly #box: AreaE7;
  readonly #edges: number;
  #measured = 0;

  constructor({ shape, ruler }: PresenceQuestion) {
    this.#shape = shape;
    this.#ruler = ruler;
    this.#box = shapeBox(ruler, shape);
    this.#edges = edgesOf(shape);
  }

  /** Negative inside. */
  distanceM(position: PositionE7): number {
    this.#measured += this.#edges;
    return signedDistanceM(this.#ruler, this.#shape, position);
  }

  /** False: it is further than `marginM` from the area. */
  isNear({ lngE7, latE7 }: PositionE7, marginM: number): boolean {
    const { westE7, southE7, eastE7, northE7 } = this.#box;
    const [x, y] = [marginM / this.#ruler.metresPerLngE7, marginM / this.#ruler.metresPerLatE7];
    return lngE7 >= westE7 - x && lngE7 <= eastE7 + x && latE7 >= southE7 - y && latE7 <= northE7 + y;
  }

  isMetBetween(from: PositionE7, to: PositionE7): boolean {
    const { westE7, southE7, eastE7, northE7 } = this.#box;
    if (Math.max(from.lngE7, to.lngE7) < westE7 || Math.min(from.lngE7, to.lngE7) > eastE7) return false;
    if (Math.max(from.latE7, to.latE7) < southE7 || Math.min(from.latE7, to.latE7) > northE7) return false;
    return segmentMeets(this.#ruler, this.#shape, from, to);
  }

  /** Whether the event loop must go round before more is measured. */
  isWorkEnough(): boolean {
    if (this.#measured < EDGES_A_ROUND) return false;
    this.#measured = 0;
    return true;
  }
}

function edgesOf(shape: Shape): number {
  if (shape.type === 'circle') return 1;
  const lines = shape.type === 'polygon' ? shape.rings : shape.lines;
  return lines.reduce((total, { length }) => total + length / 2, 0);
}

function isWild(ruler: Ruler, points: readonly PresencePoint[], i: number): boolean {
  const [before, point, next] = [points[i - 1], points[i] as PresencePoint, points[i + 1]];
  return before !== undefined && next !== undefined && !reaches(ruler, before, point) && !reaches(ruler, point, next);
}

function reaches(ruler: Ruler, from: PresencePoint, to: PresencePoint): boolean {
  const leastM = distanceM(ruler, from, to) - from.sigmaM - to.sigmaM;
  return leastM <= (from.topSpeedMps * (to.atMs - from.atMs)) / 1_000;
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows of one unit as they come, each within the range, neighbours of one kind joined. */
class Spans {
  readonly rows: AreaPresence[] = [];
  readonly #q: PresenceQuestion;
  readonly #area: Area;

  constructor(question: PresenceQuestion, area: Area) {
    this.#q = question;
    this.#area = area;
  }

  addPoint({ atMs, said }: Judged): void {
    const { fromMs, toMs } = this.#q;
    if (said === 'outside' || atMs < fromMs || atMs >= toMs) return;
    const [certainty, cause] = said === 'inside' ? (['inside', 'fix'] as const) : (['possible', 'near'] as const);
    this.add(certainty, cause, { fromMs: atMs, toMs: atMs, fixes: 1 });
  }

  addWay(from: Judged, to: Judged): void {
    const stretch = { fromMs: from.atMs, toMs: to.atMs };
    if (from.said === 'inside' && to.said === 'inside') this.add('inside', 'fix', stretch);
    else if (from.said !== 'outside' || to.said !== 'outside') this.add('possible', 'near', stretch);
    else if (reaches(this.#q.ruler, from, to) && this.#area.isMetBetween(from, to))
      this.add('possible', 'way', stretch);
  }

  /** A hole with the position that it begins with, and the one that it ends with; null: nobody knows of one. */
  addHole(hole: Stretch, from: Judged | null, to: Judged | null): void {
    const reachFromMs = from === null ? hole.fromMs : hole.fromMs + this.#msToGo(from);
    const reachToMs = to === null ? hole.toMs : hole.toMs - this.#msToGo(to);
    // Without a position at an end, what is within the doubt of the other end is all that may be said.
    const headToMs = from === null ? hole.fromMs : hole.fromMs + POSSIBLE_FOR_MS;
    const tailFromMs = to === null ? hole.toMs : hole.toMs - POSSIBLE_FOR_MS;
    const add = (certainty: PresenceCertainty, fromMs: number, toMs: number): void => {
      const span = { fromMs: Math.max(fromMs, reachFromMs), toMs: Math.min(toMs, reachToMs) };
      if (span.fromMs < span.toMs) this.add(certainty, 'hole', { ...span, hole });
    };
    if (headToMs >= tailFromMs) return add('possible', hole.fromMs, hole.toMs);
    add('possible', hole.fromMs, headToMs);
    add('unknown', headToMs, tailFromMs);
    add('possible', tailFromMs, hole.toMs);
  }

  add(
    certainty: PresenceCertainty,
    cause: PresenceCause,
    { fromMs, toMs, fixes = 0, hole = null }: Stretch & { readonly fixes?: number; readonly hole?: Stretch | null },
  ): void {
    const span = { fromMs: Math.max(fromMs, this.#q.fromMs), toMs: Math.min(toMs, this.#q.toMs) };
    if (span.fromMs > span.toMs || (span.fromMs === span.toMs && fixes === 0)) return;
    const last = this.rows.at(-1);
    const isSame = last !== undefined && last.certainty === certainty && last.cause === cause && hole === null;
    if (isSame && last.toMs >= span.fromMs) {
      this.rows[this.rows.length - 1] = { ...last, toMs: Math.max(last.toMs, span.toMs), fixes: last.fixes + fixes };
    } else this.rows.push({ type: 'presence', unit: this.#q.unit, certainty, cause, ...span, fixes, hole });
  }

  /** How long the unit takes at least between a position and the area. */
  #msToGo(point: Judged): number {
    if (point.said !== 'outside') return 0;
    const awayM = Math.max(0, this.#area.distanceM(point) - reachM(point));
    return Math.ceil((awayM * 1_000) / point.topSpeedMps);
  }
}
