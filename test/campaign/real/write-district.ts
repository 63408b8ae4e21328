import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toLngLat } from '../../../src/model/position.js';
import { isCheckpoint, placeOf } from '../district.js';
import type { PlaceSpec, PlanSpec } from '../scenario.js';

const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const ALL_DAY = [{ from: '00:00', to: '24:00' }];

/** The first plan of a scenario as district files; its rules bind and its units are on duty all day. */
export async function writeDistrict(
  folder: string,
  id: string,
  { places, units, rules, possibleForMs }: PlanSpec,
): Promise<void> {
  const idsOf = (wanted: (place: PlaceSpec) => boolean): string[] => places.filter(wanted).map((place) => place.id);
  const posts = idsOf(isCheckpoint);
  const zones = idsOf((place) => place.kind === 'square' && place.zone);
  const routes = idsOf(({ kind }) => kind === 'corridor');
  const gap = (kind: string, about: readonly string[], thresholdMs: number): object[] =>
    about.length === 0
      ? []
      : [
          {
            id: kind,
            kind,
            places: about,
            during: 'always',
            thresholdS: thresholdMs / 1_000,
            graceS: rules.graceMs / 1_000,
          },
        ];
  const files = {
    'district.json': { id, nameZh: '全天区', nameEn: 'All day', timeZone: 'Asia/Shanghai' },
    'places.geojson': { type: 'FeatureCollection', datum: 'WGS84', features: places.map(featureOf) },
    'units.json': {
      groups: [{ id: 'patrol', nameZh: '巡组', nameEn: 'Patrol' }],
      units: units.map(({ id: unit, kind, tracker, intervalMs }) => ({
        id: unit,
        callsign: unit.toUpperCase(),
        kind,
        group: 'patrol',
        crewCount: 2,
        tracker,
        expectedIntervalS: intervalMs / 1_000,
        duty: 'day',
      })),
    },
    'plan.json': {
      ...(possibleForMs === undefined ? {} : { possibleForS: possibleForMs / 1_000 }),
      calendar: {
        dayTypes: { day: { coverage: ALL_DAY, modes: [{ mode: 'peak', from: '00:00', to: '24:00' }] } },
        week: Object.fromEntries(WEEK.map((day) => [day, 'day'])),
      },
      schedules: { day: { daily: ALL_DAY } },
      rules: [
        ...gap('checkpoint-gap', posts, rules.gapMs),
        ...gap('zone-gap', zones, rules.gapMs + 120_000),
        ...gap('route-gap', routes, rules.gapMs + 240_000),
        { id: 'short', kind: 'dwell-short', places: posts, during: 'always', minVisitS: rules.shortMs / 1_000 },
        { id: 'stand', kind: 'dwell-long', units: 'all', maxStandS: rules.standMs / 1_000 },
        { id: 'silence', kind: 'tracker-silence', units: 'all' },
      ],
    },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
}

function featureOf(spec: PlaceSpec): object {
  const { id, kind, shape } = placeOf(spec);
  const properties = { id, kind, nameZh: id, nameEn: id };
  switch (shape.type) {
    case 'circle': {
      const geometry = { type: 'Point', coordinates: toLngLat(shape.center) };
      return { type: 'Feature', properties: { ...properties, radiusM: shape.radiusM }, geometry };
    }
    case 'corridor': {
      const geometry = { type: 'LineString', coordinates: pairsOf(shape.lines[0] ?? []) };
      return { type: 'Feature', properties: { ...properties, corridorM: shape.corridorM }, geometry };
    }
    case 'polygon': {
      const ring = pairsOf(shape.rings[0] ?? []);
      return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] } };
    }
  }
}

function pairsOf(flat: readonly number[]): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0; i < flat.length; i += 2)
    pairs.push(toLngLat({ lngE7: flat[i] as number, latE7: flat[i + 1] as number }));
  return pairs;
}
