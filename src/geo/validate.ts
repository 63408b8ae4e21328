import type { PlanPlace, RingE7 } from '../model/plan.js';
import { nestingFaults, ringFaults } from './ring-faults.js';
import { fault, type ShapeFault, valueFaults } from './shape-faults.js';
import { zoneFaults } from './zone-faults.js';

export interface GeometryFault {
  readonly placeId: string;
  /** Where in the place the fault is: `shape.rings[0][3]` is vertex 3 (not coordinate 3) of ring 0. */
  readonly path: string;
  readonly reason: string;
  /** The ring or line and the vertex that `path` names, null where it names none. */
  readonly ring: number | null;
  readonly vertex: number | null;
}

/**
 * Everything that is wrong with the geometry of a set of places; empty when the exact functions of this folder may be
 * used on them. Zones must be disjoint (they may share vertices and whole edges); checkpoints and routes may overlap
 * anything. `partSizes`, by place id, says how many rings each part of a polygon has (its shell, then its holes); for
 * places that it leaves out nesting is not checked. In order of the places; relations between zones come last.
 */
export function geometryFaults(
  places: readonly PlanPlace[],
  partSizes: ReadonlyMap<string, readonly number[]> = new Map(),
): GeometryFault[] {
  const faults: GeometryFault[] = [];
  const zones: { place: PlanPlace; rings: readonly CleanRing[] }[] = [];
  for (const place of places) {
    const { shape } = place;
    const wrong = valueFaults(shape);
    if (wrong.length === 0 && shape.type === 'polygon') {
      const rings = shape.rings.map((ring) => cleanRing(ring));
      wrong.push(...polygonFaults(rings, partSizes.get(place.id)));
      if (wrong.length === 0 && place.kind === 'zone') zones.push({ place, rings });
    }
    faults.push(...wrong.map((one) => faultAt(place, one)));
  }
  const between = zoneFaults(
    zones.map((zone) => zone.rings.map((clean) => clean.ring)),
    (zone) => zones[zone]?.place.id ?? '',
  );
  for (const { zone, x, y, reason } of between) {
    const found = zones[zone];
    if (found !== undefined) faults.push(faultAt(found.place, { ...vertexOf(found.rings, x, y), reason }));
  }
  return faults;
}

export interface CleanRing {
  readonly ring: RingE7;
  /** Edges without length, the one from a repeated last vertex to the first not among them. */
  readonly droppedZeroLengthEdges: number;
  /** Ways out to a vertex and straight back along the same edge: they enclose nothing. Published boundaries have them. */
  readonly droppedSpikes: number;
  /** By vertex of `ring`: which vertex of the given ring it was. */
  readonly sourceVertex: readonly number[];
}

/**
 * Drops what encloses nothing: the repeated last vertex, zero-length edges and spikes. What the ring contains stays the
 * same, exactly. A ring that is nothing else comes down to less than three vertices.
 */
export function cleanRing(ring: RingE7): CleanRing {
  const count = Math.floor(ring.length / 2);
  const end = count > 1 && isSame(ring, 0, count - 1) ? count - 1 : count;
  const kept: number[] = [];
  let droppedZeroLengthEdges = 0;
  let droppedSpikes = 0;
  const same = (a: number | undefined, b: number | undefined): boolean =>
    a !== undefined && b !== undefined && isSame(ring, a, b);
  for (let vertex = 0; vertex < end; vertex += 1) {
    if (same(kept.at(-1), vertex)) {
      droppedZeroLengthEdges += 1;
    } else if (same(kept.at(-2), vertex)) {
      kept.pop();
      droppedSpikes += 1;
    } else {
      kept.push(vertex);
    }
  }
  // The same across the ring's seam, where dropping one may bring up the next.
  for (;;) {
    if (kept.length > 1 && same(kept.at(-1), kept[0])) {
      kept.pop();
      droppedZeroLengthEdges += 1;
    } else if (kept.length > 2 && same(kept.at(-2), kept[0])) {
      kept.length -= 2;
      droppedSpikes += 1;
    } else if (kept.length > 2 && same(kept.at(-1), kept[1])) {
      kept.shift();
      kept.pop();
      droppedSpikes += 1;
    } else {
      break;
    }
  }
  return {
    ring: kept.flatMap((vertex) => [ring[vertex * 2] as number, ring[vertex * 2 + 1] as number]),
    droppedZeroLengthEdges,
    droppedSpikes,
    sourceVertex: kept,
  };
}

function isSame(ring: RingE7, a: number, b: number): boolean {
  return ring[a * 2] === ring[b * 2] && ring[a * 2 + 1] === ring[b * 2 + 1];
}

function polygonFaults(clean: readonly CleanRing[], partSizes: readonly number[] | undefined): ShapeFault[] {
  const rings = clean.map((one) => one.ring);
  const empty = rings.flatMap((ring, i) => (ring.length < 6 ? [fault('the ring encloses nothing', i)] : []));
  const faults = empty.length > 0 ? empty : ringFaults(rings);
  const wrong = faults.length === 0 && partSizes !== undefined ? nestingFaults(rings, partSizes) : faults;
  return wrong.map((one) => ({
    ...one,
    vertex: one.ring === null || one.vertex === null ? null : (clean[one.ring]?.sourceVertex[one.vertex] ?? null),
  }));
}

function vertexOf(rings: readonly CleanRing[], x: number, y: number): { ring: number | null; vertex: number | null } {
  for (const [ring, clean] of rings.entries()) {
    const vertex = clean.sourceVertex.findIndex((_, i) => clean.ring[i * 2] === x && clean.ring[i * 2 + 1] === y);
    if (vertex >= 0) return { ring, vertex: clean.sourceVertex[vertex] ?? null };
  }
  return { ring: null, vertex: null };
}

function faultAt(place: PlanPlace, { ring, vertex, reason }: ShapeFault): GeometryFault {
  const list = { polygon: 'shape.rings', corridor: 'shape.lines', circle: 'shape' }[place.shape.type];
  const path = ring === null ? 'shape' : vertex === null ? `${list}[${ring}]` : `${list}[${ring}][${vertex}]`;
  return { placeId: place.id, path, reason, ring, vertex };
}
