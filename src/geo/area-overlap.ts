import type { RingE7 } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { polygonContains } from './polygon.js';

/**
 * An area for tests against other areas: even-odd over its rings, without zero-length edges, not crossing itself. The
 * functions here ask that boundaries of two areas meet only in vertices and whole edges of both (no crossing, no
 * T-junction): then a boundary's side of another area changes only at such a vertex, and one edge of each run between
 * two of them tells for all.
 */
export interface Area {
  readonly rings: readonly RingE7[];
  /** The rings at twice the scale, at which middles of edges are integers. */
  readonly doubled: readonly RingE7[];
  readonly neighbours: ReadonlyMap<string, ReadonlySet<string>>;
  readonly box: readonly [west: number, south: number, east: number, north: number];
}

export function areaOf(rings: readonly RingE7[]): Area {
  const neighbours = new Map<string, Set<string>>();
  const link = (from: string, to: string): void => {
    const known = neighbours.get(from);
    if (known === undefined) neighbours.set(from, new Set([to]));
    else known.add(to);
  };
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const from = keyAt(ring, i);
      const to = keyAt(ring, (i + 2) % ring.length);
      link(from, to);
      link(to, from);
      west = Math.min(west, ring[i] as number);
      east = Math.max(east, ring[i] as number);
      south = Math.min(south, ring[i + 1] as number);
      north = Math.max(north, ring[i + 1] as number);
    }
  }
  const doubled = rings.map((ring) => ring.map((value) => value * 2));
  return { rings, doubled, neighbours, box: [west, south, east, north] };
}

/** The start of an edge at which the insides of two areas overlap, or null. Shared edges and vertices are no overlap. */
export function overlapOf(a: Area, b: Area): PositionE7 | null {
  if (a.box[0] > b.box[2] || b.box[0] > a.box[2] || a.box[1] > b.box[3] || b.box[1] > a.box[3]) return null;
  return firstRun(a, b, overlaps) ?? firstRun(b, a, overlaps);
}

/** The start of an edge at which the inside of `inner` leaves `outer`, or null when it lies in it. */
export function outsideOf(inner: Area, outer: Area): PositionE7 | null {
  return firstRun(inner, outer, (shared, inA, inB) => (shared ? inA !== inB : !inB));
}

/** Whether areas A and B overlap at an edge of A, by whether its middle is in each (half-open). Both on one side of a shared edge overlap. */
function overlaps(shared: boolean, inA: boolean, inB: boolean): boolean {
  return shared ? inA === inB : inB;
}

function firstRun(a: Area, b: Area, test: (shared: boolean, inA: boolean, inB: boolean) => boolean): PositionE7 | null {
  for (const ring of a.rings) {
    let wasShared: boolean | null = null;
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length;
      const from = keyAt(ring, i);
      const shared = b.neighbours.get(from)?.has(keyAt(ring, next)) === true;
      const startsRun = shared !== wasShared || (!shared && b.neighbours.has(from));
      wasShared = shared;
      if (!startsRun) continue;
      const x = (ring[i] as number) + (ring[next] as number);
      const y = (ring[i + 1] as number) + (ring[next + 1] as number);
      if (test(shared, polygonContains(a.doubled, x, y), polygonContains(b.doubled, x, y))) {
        return { lngE7: ring[i] as number, latE7: ring[i + 1] as number };
      }
    }
  }
  return null;
}

/** A vertex as a map's key. */
export function keyAt(ring: RingE7, i: number): string {
  return `${ring[i]},${ring[i + 1]}`;
}
