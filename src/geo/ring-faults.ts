import type { RingE7 } from '../model/plan.js';
import { areaOf, keyAt, outsideOf, overlapOf } from './area-overlap.js';
import { contactOf, eachClosePair, MAX_CLOSE_PAIRS } from './edge-contacts.js';
import { orientation } from './orientation.js';
import { outlineOf } from './outline.js';
import { degrees, fault, type ShapeFault } from './shape-faults.js';

/**
 * Faults of the rings of one polygon among each other: crossings, edges that run along each other, vertices on an edge.
 * Rings may share vertices and, unless it is one ring, whole edges. The rings must have no zero-length edges.
 */
export function ringFaults(rings: readonly RingE7[]): ShapeFault[] {
  const { edges } = outlineOf({ type: 'polygon', rings });
  const ringOf = rings.flatMap((ring, i) => Array.from({ length: ring.length / 2 }, () => i));
  const faults: ShapeFault[] = [];
  const whole = eachClosePair(edges, 0, (e, f) => {
    lookAt(e, f);
    return faults.length < MAX_RING_FAULTS;
  });
  if (!whole) faults.push(fault(TANGLED));
  if (faults.length >= MAX_RING_FAULTS)
    return [...faults, fault(`got ${MAX_RING_FAULTS} such faults, the rest not looked for`)];
  return [...faults, ...vertexCrossings(rings)];

  function lookAt(e: number, f: number): void {
    const contact = contactOf(edges, e, f);
    if (contact.kind === 'apart') return;
    const ring = ringOf[e] as number;
    const other = ringOf[f] as number;
    const sameRing = ring === other;
    const at = degrees(contact.x, contact.y);
    const whose = sameRing ? 'itself' : `ring ${other}`;
    switch (contact.kind) {
      case 'same': {
        const start = degrees(edges[e * 4] as number, edges[e * 4 + 1] as number);
        if (sameRing) faults.push(fault(`the ring runs along the same edge twice, from ${start}`, ring));
        return;
      }
      case 'overlap':
        faults.push(fault(`the ring runs along an edge of ${whose} at ${at}`, ring, vertexAt(rings, ring, contact)));
        return;
      case 'touch':
        faults.push(
          fault(
            `the ring touches ${whose} at ${at}, which is a vertex of only one of the edges`,
            ring,
            vertexAt(rings, ring, contact),
          ),
        );
        return;
      case 'cross':
        faults.push(fault(`the ring crosses ${whose} near ${at}`, ring));
        return;
    }
  }
}

/** Faults of the rings of one polygon that are told; the sweep ends there. */
export const MAX_RING_FAULTS = 20;
/** Ways through one vertex that are held against each other. */
const MAX_WAYS = 100;
const TANGLED = `got edges so long or so tangled that more than ${MAX_CLOSE_PAIRS} pairs come close, expected a boundary that can be checked: simplify it`;

/**
 * Faults of nesting: `partSizes` says how many rings each part has, its shell first and then its holes. A hole must lie
 * in its shell and outside the other holes, a part outside the other parts. The rings must have passed `ringFaults`.
 */
export function nestingFaults(rings: readonly RingE7[], partSizes: readonly number[]): ShapeFault[] {
  const faults: ShapeFault[] = [];
  const areas = rings.map((ring) => areaOf([ring]));
  const parts: { shell: number; rings: RingE7[] }[] = [];
  let shell = 0;
  for (const size of partSizes) {
    if (faults.length >= MAX_RING_FAULTS) break;
    const end = shell + size;
    for (let hole = shell + 1; hole < end; hole += 1) {
      const [holeArea, shellArea] = [areas[hole], areas[shell]];
      if (holeArea === undefined || shellArea === undefined) continue;
      const stray = outsideOf(holeArea, shellArea);
      if (stray !== null) {
        const at = degrees(stray.lngE7, stray.latE7);
        faults.push(fault(`the hole is outside its shell, ring ${shell}, at ${at}`, hole));
      } else if (outsideOf(shellArea, holeArea) === null) {
        faults.push(fault(`the hole leaves nothing of its shell, ring ${shell}`, hole));
      }
      for (let other = shell + 1; other < hole && faults.length < MAX_RING_FAULTS; other += 1) {
        const otherArea = areas[other];
        const both = otherArea === undefined ? null : overlapOf(otherArea, holeArea);
        if (both !== null)
          faults.push(fault(`the hole overlaps the hole ring ${other} at ${degrees(both.lngE7, both.latE7)}`, hole));
      }
    }
    parts.push({ shell, rings: rings.slice(shell, end) });
    shell = end;
  }
  if (faults.length > 0) return faults;
  const partAreas = parts.map((part) => areaOf(part.rings));
  partAreas.forEach((area, i) => {
    for (let j = 0; j < i && faults.length < MAX_RING_FAULTS; j += 1) {
      const other = partAreas[j];
      const both = other === undefined ? null : overlapOf(other, area);
      const otherShell = parts[j]?.shell ?? null;
      if (both === null) continue;
      const at = degrees(both.lngE7, both.latE7);
      faults.push(fault(`the part overlaps the part of ring ${otherShell} at ${at}`, parts[i]?.shell ?? null));
    }
  });
  return faults;
}

/** Where two ways through one vertex cross there: each has a neighbour strictly on either side of the other. */
function vertexCrossings(rings: readonly RingE7[]): ShapeFault[] {
  const ways = new Map<string, { ring: number; i: number }[]>();
  rings.forEach((points, ring) => {
    for (let i = 0; i < points.length; i += 2) {
      const key = keyAt(points, i);
      const known = ways.get(key);
      if (known === undefined) ways.set(key, [{ ring, i }]);
      else known.push({ ring, i });
    }
  });
  const faults: ShapeFault[] = [];
  for (const visits of ways.values()) {
    if (visits.length > MAX_WAYS) {
      const [first] = visits;
      const points = rings[first?.ring ?? 0] ?? [];
      const at = degrees(points[first?.i ?? 0] as number, points[(first?.i ?? 0) + 1] as number);
      const reason = `the boundary comes through the vertex ${at} ${visits.length} times, expected at most ${MAX_WAYS}`;
      faults.push(fault(reason, first?.ring ?? null, (first?.i ?? 0) / 2));
      continue;
    }
    visits.forEach((one, n) => {
      for (const other of visits.slice(0, n)) {
        if (!waysCross(rings[other.ring] ?? [], other.i, rings[one.ring] ?? [], one.i)) continue;
        const whose = one.ring === other.ring ? 'itself' : `ring ${other.ring}`;
        const points = rings[one.ring] ?? [];
        const at = degrees(points[one.i] as number, points[one.i + 1] as number);
        faults.push(fault(`the ring crosses ${whose} in its vertex ${at}`, one.ring, one.i / 2));
      }
    });
  }
  return faults;
}

function waysCross(a: RingE7, i: number, b: RingE7, j: number): boolean {
  const x = a[i] as number;
  const y = a[i + 1] as number;
  const [beforeA, afterA] = [neighbour(a, i, -2), neighbour(a, i, 2)];
  const [beforeB, afterB] = [neighbour(b, j, -2), neighbour(b, j, 2)];
  const along = (p: Point, q: Point): boolean =>
    orientation(x, y, p[0], p[1], q[0], q[1]) === 0 && (p[0] - x) * (q[0] - x) >= 0 && (p[1] - y) * (q[1] - y) >= 0;
  // A way that leaves along an edge of the other is no crossing here; where it parts from it, `outsideOf` and `overlapOf` see it.
  if ([beforeB, afterB].some((q) => along(beforeA, q) || along(afterA, q))) return false;
  const inSector = (q: Point): boolean => {
    const turn = orientation(x, y, afterA[0], afterA[1], beforeA[0], beforeA[1]);
    const ofAfter = orientation(x, y, afterA[0], afterA[1], q[0], q[1]);
    const ofBefore = orientation(x, y, beforeA[0], beforeA[1], q[0], q[1]);
    if (turn > 0) return ofAfter > 0 && ofBefore < 0;
    if (turn < 0) return ofAfter > 0 || ofBefore < 0;
    return ofAfter > 0;
  };
  return inSector(beforeB) !== inSector(afterB);
}

type Point = readonly [x: number, y: number];

function neighbour(ring: RingE7, i: number, step: number): Point {
  const at = (i + step + ring.length) % ring.length;
  return [ring[at] as number, ring[at + 1] as number];
}

function vertexAt(rings: readonly RingE7[], ring: number, { x, y }: { x: number; y: number }): number | null {
  const points = rings[ring] ?? [];
  for (let i = 0; i < points.length; i += 2) if (points[i] === x && points[i + 1] === y) return i / 2;
  return null;
}
