import { signedDistanceM } from '../../geo/shape.js';
import { shapeBox } from '../../geo/shape-box.js';
import type { PlanPlace } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';
import type { PlanInForce } from '../plan/slice.js';

/** How a place lies to another one. Where it takes more than the circle around each to tell, it is `meets`. */
export interface Comparison {
  readonly lie: Lie;
  /** Metres between the two, or less. */
  readonly awayM: number;
}
const LIES = ['within', 'meets', 'apart'] as const;
type Lie = (typeof LIES)[number];

/** How the place `from` lies to all places of the plan, in the plan's order. */
interface Row {
  readonly lies: Uint8Array;
  readonly awayM: Float64Array;
}

/** Derived from plans alone, row by row as they are asked for: 9 bytes for each two places. */
const known = new WeakMap<PlanInForce, { readonly indexOf: Map<string, number>; readonly rows: Map<string, Row> }>();

/** How a place lies to another, both of the plan. */
export function compare(version: PlanInForce, from: string, to: string): Comparison {
  const { places } = version.plan;
  const table = known.get(version) ?? { indexOf: new Map(places.map(({ id }, i) => [id, i])), rows: new Map() };
  known.set(version, table);
  const index = (id: string): number => table.indexOf.get(id) as number;
  const row = table.rows.get(from) ?? rowOf(version, places[index(from)] as PlanPlace);
  table.rows.set(from, row);
  return { lie: LIES[row.lies[index(to)] as number] as Lie, awayM: row.awayM[index(to)] as number };
}

function rowOf(version: PlanInForce, from: PlanPlace): Row {
  const all = version.plan.places.map((to) => comparePlaces(version, from, to));
  return {
    lies: Uint8Array.from(all, ({ lie }) => LIES.indexOf(lie)),
    awayM: Float64Array.from(all, ({ awayM }) => awayM),
  };
}

/** Zones of a plan do not overlap. */
function comparePlaces({ plan: { ruler } }: PlanInForce, from: PlanPlace, to: PlanPlace): Comparison {
  if (from.id === to.id) return { lie: 'within', awayM: 0 };
  const [around, other] = [circleAround(ruler, from), circleAround(ruler, to)];
  const distanceM = signedDistanceM(ruler, to.shape, around);
  if (distanceM + around.radiusM <= 0) return { lie: 'within', awayM: 0 };
  const awayM = Math.max(0, distanceM - around.radiusM, signedDistanceM(ruler, from.shape, other) - other.radiusM);
  const apart = awayM > 0 || (from.kind === 'zone' && to.kind === 'zone');
  return { lie: apart ? 'apart' : 'meets', awayM };
}

/** A circle that the whole place lies in. */
function circleAround(
  ruler: PlanInForce['plan']['ruler'],
  place: PlanPlace,
): PositionE7 & { readonly radiusM: number } {
  const { shape } = place;
  if (shape.type === 'circle') return { ...shape.center, radiusM: shape.radiusM };
  const { westE7, southE7, eastE7, northE7 } = shapeBox(ruler, shape);
  const dx = ((eastE7 - westE7) / 2 + 2) * ruler.metresPerLngE7;
  const dy = ((northE7 - southE7) / 2 + 2) * ruler.metresPerLatE7;
  return {
    lngE7: Math.round((westE7 + eastE7) / 2),
    latE7: Math.round((southE7 + northE7) / 2),
    radiusM: Math.sqrt(dx * dx + dy * dy),
  };
}
