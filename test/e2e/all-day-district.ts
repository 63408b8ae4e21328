import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepPlan } from '../../src/app/plan-keeper.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { FOLD_VERSION } from '../../src/engine/state.js';
import { DistrictLog } from '../../src/log/district-log.js';
import type { Fix } from '../../src/model/fix.js';
import { fromLngLat } from '../../src/model/position.js';
import type { Clock } from '../../src/model/ports.js';
import type { RedisHandle } from '../../src/redis/handle.js';
import { keptLog, type TestScope, temporaryFolder } from '../support/redis-server.js';

export const ALL_DAY = 'all-day';
const SPOT = [116.2, 24.3] as const;
/** The middle of the one checkpoint. */
export const SQUARE = [116.06, 24.27] as const;
const INTERVAL_MS = 10_000;
const MAX_STAND_S = 300;

const STANDING = { id: 'standing', kind: 'dwell-long', maxStandS: MAX_STAND_S };

/** A district whose rules bind and whose units are on duty at whatever time a test runs; three cars, and no place near SPOT. */
export async function allDayDistrict(t: TestScope, rules: readonly object[] = [STANDING]): Promise<string> {
  const folder = await temporaryFolder(t);
  const allDay = [{ from: '00:00', to: '24:00' }];
  const week = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  const files = {
    'district.json': { id: ALL_DAY, nameZh: '全天区', nameEn: 'All day', timeZone: 'Asia/Shanghai' },
    'places.geojson': {
      type: 'FeatureCollection',
      datum: 'WGS84',
      features: [
        {
          type: 'Feature',
          properties: { id: 'square', kind: 'checkpoint', nameZh: '广场', nameEn: 'Square', radiusM: 100 },
          geometry: { type: 'Point', coordinates: SQUARE },
        },
      ],
    },
    'units.json': {
      groups: [{ id: 'patrol', nameZh: '巡组', nameEn: 'Patrol' }],
      units: [1, 2, 3].map((n) => ({
        id: `car-${n}`,
        callsign: `巡${n}`,
        kind: 'car',
        group: 'patrol',
        crewCount: 2,
        tracker: `bd-${n}`,
        duty: 'day',
      })),
    },
    'plan.json': {
      calendar: {
        dayTypes: { day: { coverage: allDay, modes: [{ mode: 'peak', from: '00:00', to: '24:00' }] } },
        week: Object.fromEntries(week.map((day) => [day, 'day'])),
      },
      schedules: { day: { daily: allDay } },
      rules,
    },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  return folder;
}

/**
 * Begins the district's log as a server would have done so long ago: a new plan is in force only after a minute, and a test
 * does not want to wait for that. With tracks the trackers have reported every ten seconds until now.
 */
export async function beginLog(
  handle: RedisHandle,
  districtFolder: string,
  agoMs: number,
  tracks: Readonly<Record<string, (ms: number) => Fix>> = {},
): Promise<void> {
  const source = await loadDistrict(districtFolder);
  let atMs = Date.now() - agoMs;
  const clock: Clock = { kind: 'wall', nowMs: () => atMs };
  const append = handle.connect('append');
  const metrics = { count() {}, gauge() {}, observe() {} };
  const log = new DistrictLog({ district: source.id, append, clock, logger: keptLog(), metrics });
  await log.ensureGenesis({ kind: 'genesis', district: source.id, clock: 'wall', foldVersion: FOLD_VERSION });
  await keepPlan({
    source,
    clock,
    logger: keptLog(),
    plans: () => [],
    append: (entries) => log.appendTogether(entries),
  });
  const trackers = Object.entries(tracks);
  for (atMs += INTERVAL_MS; trackers.length > 0 && atMs < Date.now(); atMs += INTERVAL_MS) {
    const batches = trackers.map(([tracker, fixAt]) => ({
      tracker,
      reportId: '01',
      fixes: [fixAt(atMs)],
      rejected: [],
    }));
    await log.append({ kind: 'fixes', batches });
  }
  append.disconnect();
}

/** A car that stood at SPOT for twice as long as it may, until a minute ago: one alert `dwell-long`. */
export function longStand(): Fix[] {
  const untilMs = Date.now() - 60_000;
  const count = (2 * MAX_STAND_S * 1_000) / INTERVAL_MS;
  return Array.from({ length: count }, (_, index) => standingAt(SPOT, untilMs - (count - 1 - index) * INTERVAL_MS));
}

/** A good fix of a car that stands there. */
export function standingAt(lngLat: readonly [number, number], eventTimeMs: number): Fix {
  return {
    eventTimeMs,
    position: fromLngLat(lngLat),
    altitudeDm: null,
    speedCmps: 0,
    courseCdeg: null,
    located: true,
    satellites: null,
    beidouSatellites: null,
    hdopCenti: 100,
    accuracyDm: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
    backfill: null,
  };
}
