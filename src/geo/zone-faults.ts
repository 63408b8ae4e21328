import type { RingE7 } from '../model/plan.js';
import { type Area, areaOf, keyAt, overlapOf } from './area-overlap.js';
import { contactOf, eachClosePair, nearMissOf } from './edge-contacts.js';
import { outlineOf } from './outline.js';
import { degrees } from './shape-faults.js';

/** Named T-junctions of one pair of zones; more are only counted. */
const MAX_NAMED = 20;
/** Pairs of zones with faults that are told; the rest is not looked for. */
const MAX_FAULTY_PAIRS = 200;

/** A fault between zones, by number in the list; `x`, `y` are a vertex or a place on the map. */
export interface ZoneFault {
  readonly zone: number;
  readonly x: number;
  readonly y: number;
  readonly reason: string;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly crossings: { x: number; y: number }[];
  readonly junctions: Map<string, { x: number; y: number }>;
}

/**
 * Faults of zones among each other: they may share vertices and whole edges, nothing else. A vertex of one that lies on
 * (or within a rounding of) an edge of another without being a vertex of it is a T-junction: refused, because rounding it
 * leaves slivers that belong to both or to none. Each zone is its rings, without zero-length edges, free of `ringFaults`.
 */
export function zoneFaults(zones: readonly (readonly RingE7[])[], nameOf: (zone: number) => string): ZoneFault[] {
  const areas = zones.map((rings) => areaOf(rings));
  const pairs = contactsOf(zones, areas);
  const faults: ZoneFault[] = [];
  let faulty = 0;
  if (!pairs.whole) {
    const reason =
      'got zones whose boundaries come so close so often that they cannot be checked, expected simpler ones';
    faults.push({ zone: 0, x: Number.NaN, y: Number.NaN, reason });
  }
  for (let b = 0; b < zones.length; b += 1) {
    for (let a = 0; a < b; a += 1) {
      if (faulty >= MAX_FAULTY_PAIRS) {
        const reason = `got faults in ${MAX_FAULTY_PAIRS} pairs of zones, the rest not looked for; are two data sets mixed?`;
        faults.push({ zone: b, x: Number.NaN, y: Number.NaN, reason });
        return faults;
      }
      const pair = pairs.faulty.get(a * zones.length + b);
      if (pair === undefined) {
        const both = overlapOf(areas[a] as Area, areas[b] as Area);
        if (both === null) continue;
        const reason = `overlaps zone ${nameOf(a)} at ${degrees(both.lngE7, both.latE7)}`;
        faults.push({ zone: b, x: both.lngE7, y: both.latE7, reason });
        faulty += 1;
        continue;
      }
      faults.push(...pairFaults(pair, areas, nameOf));
      faulty += 1;
    }
  }
  return faults;
}

/** The pairs of zones that meet in another way than in vertices and edges of both. */
function contactsOf(
  zones: readonly (readonly RingE7[])[],
  areas: readonly Area[],
): { readonly faulty: ReadonlyMap<number, Pair>; readonly whole: boolean } {
  const outlines = zones.map((rings) => outlineOf({ type: 'polygon', rings }).edges);
  const edges = outlines.flat();
  const zoneOf = outlines.flatMap((outline, zone) => Array.from({ length: outline.length / 4 }, () => zone));
  const pairs = new Map<number, Pair>();
  const whole = eachClosePair(edges, 1, (e, f) => {
    lookAt(e, f);
    return pairs.size < MAX_FAULTY_PAIRS;
  });
  return { faulty: pairs, whole };

  function lookAt(e: number, f: number): void {
    const a = zoneOf[e] as number;
    const b = zoneOf[f] as number;
    if (a === b) return;
    const contact = contactOf(edges, e, f);
    const { kind } = contact;
    if (kind === 'same') return;
    const junction = kind === 'touch' || kind === 'overlap' ? contact : nearMissOf(edges, e, f);
    // A vertex of both zones is no T-junction, however near it comes to a third edge.
    const named =
      junction !== null && !(isVertex(areas[a], junction) && isVertex(areas[b], junction)) ? junction : null;
    if (named === null && kind !== 'cross') return;
    const key = a * zones.length + b;
    const pair: Pair = pairs.get(key) ?? { a, b, crossings: [], junctions: new Map() };
    pairs.set(key, pair);
    if (named !== null) pair.junctions.set(`${named.x},${named.y}`, { x: named.x, y: named.y });
    if (kind === 'cross') pair.crossings.push({ x: contact.x, y: contact.y });
  }
}

function isVertex(area: Area | undefined, { x, y }: { x: number; y: number }): boolean {
  return area?.neighbours.has(keyAt([x, y], 0)) === true;
}

function pairFaults(pair: Pair, areas: readonly Area[], nameOf: (zone: number) => string): ZoneFault[] {
  const { a, b, crossings, junctions } = pair;
  const faults: ZoneFault[] = [];
  const [first] = crossings;
  if (first !== undefined) {
    const count = crossings.length === 1 ? '' : ` (${crossings.length} crossings)`;
    const reason = `overlaps zone ${nameOf(a)}: their boundaries cross near ${degrees(first.x, first.y)}${count}`;
    faults.push({ zone: b, ...first, reason });
  }
  for (const point of [...junctions.values()].slice(0, MAX_NAMED)) {
    const [owner, other] = isVertex(areas[a], point) ? [a, b] : [b, a];
    const reason =
      `T-junction with zone ${nameOf(other)}: the vertex ${degrees(point.x, point.y)} lies on an edge of it (within ` +
      `1.1 cm) without being a vertex of it; add the vertex to ${nameOf(other)}, or move both to one point`;
    faults.push({ zone: owner, ...point, reason });
  }
  const [last] = [...junctions.values()].slice(-1);
  if (junctions.size > MAX_NAMED && last !== undefined) {
    const reason = `${junctions.size - MAX_NAMED} more T-junctions between zones ${nameOf(a)} and ${nameOf(b)}`;
    faults.push({ zone: b, ...last, reason });
  }
  return faults;
}
