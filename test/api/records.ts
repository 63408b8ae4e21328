import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../../src/model/hot.js';
import type { CompiledPlan } from '../../src/model/plan.js';

/** Log time at which every test begins: 2026-03-02T00:00:00Z. */
export const T0_MS = 1_772_409_600_000;

export function testPlan(district: string): CompiledPlan {
  const circle = (id: string, zh: string, en: string, lngE7: number) => ({
    id,
    kind: 'checkpoint' as const,
    name: { zh, en },
    shape: { type: 'circle' as const, center: { lngE7, latE7: 242_701_234 }, radiusM: 80 },
    stopAllowed: true,
    tier: 1,
  });
  const unit = (id: string) => ({
    id,
    callsign: id.toUpperCase(),
    kind: 'car' as const,
    group: 'north',
    crewCount: 2,
    tracker: `t-${id}`,
    expectedIntervalMs: 10_000,
    duty: 'mode:peak',
  });
  return {
    district,
    name: { zh: '梅县区', en: 'Meixian' },
    timeZone: 'Asia/Shanghai',
    version: 1,
    inForceFromMs: T0_MS,
    sourceSha256: 'ab'.repeat(32),
    expandedFromMs: T0_MS,
    expandedToMs: T0_MS + 86_400_000,
    ruler: { metresPerLngE7: 0.01016, metresPerLatE7: 0.01108 },
    places: [
      circle('bridge', '梅州大桥', 'Meizhou bridge', 1_161_300_000),
      circle('square', '人民广场', "People's Square", 1_161_172_345),
    ],
    units: [unit('car-1'), unit('car-2')],
    rules: [
      {
        id: 'gap',
        kind: 'checkpoint-gap',
        severity: 'high',
        binds: 'mode:peak',
        places: ['bridge', 'square'],
        thresholdMs: 600_000,
        graceMs: 60_000,
        minPresenceMs: 60_000,
        unitKinds: ['car'],
      },
    ],
    schedules: { 'mode:peak': [T0_MS, T0_MS + 3_600_000], 'mode:off-peak': [], 'mode:low': [] },
  };
}

export function positionOf(unit: string, eventTimeMs = T0_MS): PositionRecord {
  return {
    unit,
    tracker: `t-${unit}`,
    eventTimeMs,
    lng: 116.1172345,
    lat: 24.2701234,
    sigmaM: 5,
    accuracyM: null,
    speedMps: 8.3,
    courseDeg: 270,
    power: null,
    batteryPercent: null,
    ignition: true,
    lightbar: null,
    sos: false,
  };
}
export function unitOf(unit: string): UnitRecord {
  return {
    unit,
    health: 'live',
    onDuty: true,
    lastHeardMs: T0_MS,
    trackerFault: null,
    clockOffsetMs: null,
    places: ['square'],
    refoldAtMs: null,
    statement: null,
  };
}
export function coverageOf(place: string, presence: CoverageRecord['presence'] = 'covered'): CoverageRecord {
  return {
    place,
    presence,
    units: ['car-1'],
    possibleUnits: [],
    statedUnits: [],
    lastCoveredMs: T0_MS,
    lastUnit: 'car-1',
    dueMs: null,
  };
}

export function taskOf(taskId: string, about: Partial<Pick<TaskRecord, 'units' | 'places'>>): TaskRecord {
  const when = { fromMs: T0_MS, toMs: null };
  return { taskId, actor: 'anna', task: 'maintenance', units: [], places: [], ...about, ...when, reason: 'road works' };
}
