import type { PlanFileName } from './read-files.js';

export interface NewDistrict {
  readonly id: string;
  readonly nameZh: string;
  readonly nameEn: string;
  readonly timeZone: string;
  /** Middle of the first zone, degrees WGS-84. */
  readonly lng: number;
  readonly lat: number;
}

/** Half the side of the first zone, degrees: some kilometre and a half of latitude. */
const HALF_DEG = 0.015;

/**
 * The four files of a district that is right as it is, with one place of each kind, two units and every rule, to be edited into a real
 * one.
 */
export function newDistrict(o: NewDistrict): Readonly<Record<PlanFileName, string>> {
  return {
    'district.json': text({
      id: o.id,
      nameZh: o.nameZh,
      nameEn: o.nameEn,
      timeZone: o.timeZone,
      note: 'Made by `beatwatch district new`. Edit the four files, then run `beatwatch district check` on the folder.',
    }),
    'places.geojson': text(places(o)),
    'units.json': text(UNITS),
    'plan.json': text(PLAN),
  };
}

function text(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function places({ lng, lat }: NewDistrict): object {
  const at = (east: number, north: number) => [round(lng + east * HALF_DEG), round(lat + north * HALF_DEG)];
  const feature = (properties: object, type: string, coordinates: unknown) => ({
    type: 'Feature',
    properties,
    geometry: { type, coordinates },
  });
  return {
    type: 'FeatureCollection',
    datum: 'WGS84',
    note: 'Draw in geojson.io or QGIS. Boundaries of Chinese maps are mostly GCJ-02: then say "datum": "GCJ02".',
    features: [
      feature({ id: 'zone-1', kind: 'zone', nameZh: '第一片区', nameEn: 'Zone 1' }, 'Polygon', [
        [at(-1, -1), at(1, -1), at(1, 1), at(-1, 1), at(-1, -1)],
      ]),
      feature(
        { id: 'post-1', kind: 'checkpoint', nameZh: '第一岗点', nameEn: 'Post 1', radiusM: 100 },
        'Point',
        at(0, 0),
      ),
      feature({ id: 'route-1', kind: 'route', nameZh: '第一路线', nameEn: 'Route 1', corridorM: 40 }, 'LineString', [
        at(-0.8, 0.5),
        at(0.8, 0.5),
      ]),
    ],
  };
}

/** 1e-6 degree, as people write it. */
function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

const UNITS = {
  note: 'Each unit names the tracker that reports for it (the subject of its token) and the schedule of its duty.',
  groups: [{ id: 'patrol', nameZh: '巡组', nameEn: 'Patrol' }],
  units: [
    { id: 'car-1', callsign: '巡1', kind: 'car', group: 'patrol', crewCount: 2, tracker: 'tracker-1', duty: 'day' },
    { id: 'foot-1', callsign: '巡2', kind: 'foot', group: 'patrol', crewCount: 2, tracker: 'tracker-2', duty: 'day' },
  ],
};

const PLAN = {
  note: 'Each mode says which rules bind in it: peak, off-peak, low. Thresholds are in seconds; those left out have defaults.',
  calendar: {
    dayTypes: {
      'every-day': {
        coverage: [{ from: '07:30', to: '22:00' }],
        modes: [
          { mode: 'peak', from: '07:30', to: '09:00' },
          { mode: 'off-peak', from: '09:00', to: '17:00' },
          { mode: 'peak', from: '17:00', to: '19:00' },
          { mode: 'low', from: '19:00', to: '22:00' },
        ],
      },
    },
    week: Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, 'every-day']),
    ),
  },
  schedules: { day: { daily: [{ from: '07:00', to: '22:30' }] } },
  rules: [
    { id: 'posts', kind: 'checkpoint-gap', thresholdS: 600, graceS: 300 },
    { id: 'zones', kind: 'zone-gap', thresholdS: 1_800 },
    { id: 'routes', kind: 'route-gap', thresholdS: 1_800 },
    { id: 'short-stays', kind: 'dwell-short', minVisitS: 600 },
    { id: 'long-stands', kind: 'dwell-long', maxStandS: 1_500 },
    { id: 'silence', kind: 'tracker-silence' },
  ],
};
