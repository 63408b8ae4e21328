import type { CoverageRecord, PositionRecord, UnitHealth, UnitRecord } from '../../model/hot.js';
import type { CompiledPlan } from '../../model/plan.js';
import { reachM } from '../../model/reach.js';
import { type Standing, standingOf } from '../board/rows.js';

/** A place's footprint as the server draws it. */
export interface Footprint {
  readonly type: 'Feature';
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: {
    readonly id: string;
    readonly kind: string;
    readonly nameZh: string;
    readonly nameEn: string;
  };
}

export interface Feature<Properties> {
  readonly type: 'Feature';
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: Properties;
}

export interface Features<Properties> {
  readonly type: 'FeatureCollection';
  readonly features: readonly Feature<Properties>[];
}

/** How a place stands, by colour, and with its sign before its name. */
export function placeFeatures(
  footprints: readonly Footprint[],
  coverage: ReadonlyMap<string, CoverageRecord>,
  { nowMs, language, signs }: { nowMs: number; language: 'zh' | 'en'; signs: Readonly<Record<Standing, string>> },
): Features<{ id: string; kind: string; standing: Standing; label: string }> {
  return {
    type: 'FeatureCollection',
    features: footprints.map(({ geometry, properties: { id, kind, nameZh, nameEn } }) => {
      const standing = standingOf(coverage.get(id), nowMs);
      const label = `${signs[standing]} ${language === 'zh' ? nameZh : nameEn}`;
      return { type: 'Feature', geometry, properties: { id, kind, standing, label } };
    }),
  };
}

/** A point in the middle of each place, with the place's properties: a name stands once, whatever tiles its place falls into. */
export function namePoints<Properties>({ features }: Features<Properties>): Features<Properties> {
  return {
    type: 'FeatureCollection',
    features: features.map((feature) => {
      const [west, south, east, north] = boundsOf([feature]);
      return { ...feature, geometry: { type: 'Point', coordinates: [(west + east) / 2, (south + north) / 2] } };
    }),
  };
}

/** How fresh what is known of a unit is. */
export type Freshness = 'live' | 'late' | 'silent' | 'off-duty';

const FRESHNESS: Readonly<Record<UnitHealth, Freshness>> = {
  live: 'live',
  backfilling: 'live',
  late: 'late',
  'no-gnss': 'late',
  'clock-fault': 'late',
  silent: 'silent',
  unseen: 'silent',
  'power-cut': 'silent',
  'off-duty': 'off-duty',
};

/** Units where they were last seen. */
export function unitFeatures(
  plan: CompiledPlan,
  positions: ReadonlyMap<string, PositionRecord>,
  units: ReadonlyMap<string, UnitRecord>,
): Features<{ id: string; kind: string; label: string; freshness: Freshness; courseDeg: number; sos: boolean }> {
  const planned = new Map(plan.units.map((unit) => [unit.id, unit]));
  return {
    type: 'FeatureCollection',
    features: [...positions.values()].map(({ unit, lng, lat, courseDeg, sos }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lng, lat] },
      properties: {
        id: unit,
        kind: planned.get(unit)?.kind ?? 'car',
        label: planned.get(unit)?.callsign ?? unit,
        freshness: FRESHNESS[units.get(unit)?.health ?? 'unseen'],
        courseDeg: courseDeg ?? -1,
        sos: sos === true,
      },
    })),
  };
}

const DISC_CORNERS = 48;
/** Further out a disc says nothing of the district any more, metres. */
const WIDEST_M = 15_000;
const METRES_PER_DEGREE = 111_195;

/**
 * Where a unit that does not report may be by now: a disc around its last position that grows with the top speed of its kind, for as long as
 * a doubt about it lasts.
 */
export function discFeatures(
  plan: CompiledPlan,
  positions: ReadonlyMap<string, PositionRecord>,
  units: ReadonlyMap<string, UnitRecord>,
  nowMs: number,
): Features<{ id: string }> {
  const features = plan.units.flatMap((unit) => {
    const [position, record] = [positions.get(unit.id), units.get(unit.id)];
    if (position === undefined || record === undefined || !isOutOfSight(record) || position.eventTimeMs >= nowMs)
      return [];
    const radiusM = reachM(plan, unit.kind, position, nowMs);
    if (radiusM === null) return [];
    const geometry = { type: 'Polygon', coordinates: [discAround(position, Math.min(WIDEST_M, radiusM))] };
    return [{ type: 'Feature' as const, geometry, properties: { id: unit.id } }];
  });
  return { type: 'FeatureCollection', features };
}

function isOutOfSight({ onDuty, health }: UnitRecord): boolean {
  return onDuty && FRESHNESS[health] === 'silent';
}

/** A circle as a closed ring. */
export function discAround({ lng, lat }: Pick<PositionRecord, 'lng' | 'lat'>, radiusM: number): [number, number][] {
  const [perLng, perLat] = [METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180), METRES_PER_DEGREE];
  return Array.from({ length: DISC_CORNERS + 1 }, (_, i) => {
    const angle = ((i % DISC_CORNERS) / DISC_CORNERS) * 2 * Math.PI;
    return [lng + (radiusM * Math.cos(angle)) / perLng, lat + (radiusM * Math.sin(angle)) / perLat];
  });
}

/** The box around all footprints, `[west, south, east, north]`. */
export function boundsOf(footprints: readonly Pick<Footprint, 'geometry'>[]): [number, number, number, number] {
  const box: [number, number, number, number] = [180, 90, -180, -90];
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [lng, lat] = value as unknown[];
    if (typeof lng !== 'number' || typeof lat !== 'number') {
      for (const one of value) visit(one);
      return;
    }
    box[0] = Math.min(box[0], lng);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lng);
    box[3] = Math.max(box[3], lat);
  };
  for (const { geometry } of footprints) visit(geometry.coordinates);
  return box;
}
