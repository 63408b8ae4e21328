import type { AlertVersion } from '../../src/model/alert.js';
import type { DayRecord, DaySpan, DayUnit, DayVisit } from '../../src/model/day-record.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { ReportDay } from '../../src/reports/period-of.js';
import { madeVersion } from './made-day.js';

/** Local midnight of 2026-11-24 in Meixian, UTC+8. */
const MIDNIGHT_MS = Date.UTC(2026, 10, 23, 16);
const MINUTE_MS = 60_000;

/** `08:10` of the worked day, ms. */
export function clock(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return MIDNIGHT_MS + (hours * 60 + minutes) * MINUTE_MS;
}

function span(from: string, to: string): DaySpan {
  return [clock(from), clock(to)];
}

const MORNING = span('08:00', '12:00');

const PLAN: CompiledPlan = {
  district: 'example',
  name: { zh: '示例区', en: 'Example' },
  timeZone: 'Asia/Shanghai',
  version: 1,
  inForceFromMs: clock('00:00'),
  sourceSha256: 'ab'.repeat(32),
  expandedFromMs: clock('00:00'),
  expandedToMs: clock('24:00'),
  ruler: { metresPerLngE7: 0.01016, metresPerLatE7: 0.01108 },
  places: [
    {
      id: 'square',
      kind: 'checkpoint',
      name: { zh: '广场', en: 'Square' },
      shape: { type: 'circle', center: { lngE7: 1_161_172_345, latE7: 242_701_234 }, radiusM: 80 },
      stopAllowed: true,
      tier: 1,
    },
  ],
  units: ['car-1', 'car-2'].map((id, i) => ({
    id,
    callsign: `巡${i + 1}`,
    kind: 'car',
    group: 'patrol',
    crewCount: 2,
    tracker: `bd-${i + 1}`,
    expectedIntervalMs: 10_000,
    duty: 'morning',
  })),
  rules: [
    {
      id: 'posts',
      kind: 'checkpoint-gap',
      severity: 'high',
      binds: 'morning',
      places: ['square'],
      thresholdMs: 60 * MINUTE_MS,
      graceMs: 2 * MINUTE_MS,
      minPresenceMs: MINUTE_MS,
      unitKinds: ['car'],
    },
    {
      id: 'short',
      kind: 'dwell-short',
      severity: 'low',
      binds: 'morning',
      places: ['square'],
      minVisitMs: 10 * MINUTE_MS,
    },
  ],
  schedules: { morning: [...MORNING], 'mode:peak': [], 'mode:off-peak': [], 'mode:low': [] },
};

function visit(
  unit: string,
  [outerFrom, innerFrom, innerTo, outerTo]: readonly [string, string, string, string],
): DayVisit {
  return {
    kind: 'visit',
    unit,
    place: 'square',
    innerFromMs: clock(innerFrom),
    innerToMs: clock(innerTo),
    outerFromMs: clock(outerFrom),
    outerToMs: clock(outerTo),
    fromHole: false,
    toHole: false,
  };
}

function unit(id: string, fields: Partial<DayUnit> = {}): DayUnit {
  return {
    unit: id,
    kind: 'car',
    group: 'patrol',
    expectedIntervalMs: 10_000,
    duty: [MORNING],
    outOfService: [],
    silences: [],
    tasks: [],
    fixes: { admitted: 1_200, flagged: { outlier: 12, late: 48 } },
    ...fields,
  };
}

const RECORD: DayRecord = {
  format: 1,
  district: 'example',
  day: '2026-11-24',
  timeZone: 'Asia/Shanghai',
  fromMs: clock('00:00'),
  toMs: clock('24:00'),
  foldVersion: 7,
  plans: [{ version: 1, fromMs: clock('00:00'), toMs: clock('24:00'), sourceSha256: PLAN.sourceSha256 }],
  outages: [],
  places: [
    {
      place: 'square',
      kind: 'checkpoint',
      required: [MORNING],
      covered: [span('08:10', '08:30'), span('10:00', '10:12'), span('10:42', '10:54')],
      unknown: [span('11:00', '11:30')],
      uncovered: [
        span('08:00', '08:10'),
        span('08:30', '10:00'),
        span('10:12', '10:42'),
        span('10:54', '11:00'),
        span('11:30', '12:00'),
      ],
    },
  ],
  units: [
    unit('car-1', {
      silences: [{ fromMs: clock('11:00'), toMs: clock('11:30'), cause: 'no-report' }],
      fixes: { admitted: 1_200, flagged: { outlier: 12, late: 48 } },
    }),
    unit('car-2'),
  ],
  visits: [
    visit('car-1', ['08:08', '08:10', '08:30', '08:31']),
    visit('car-2', ['09:58', '10:00', '10:12', '10:13']),
    visit('car-1', ['10:41', '10:42', '10:54', '10:57']),
  ],
  alerts: [],
  unknownTrackerFixes: 0,
};

function alert(number: number, fields: Partial<AlertVersion>): AlertVersion {
  return madeVersion({
    alertId: `checkpoint-gap:square:${number}:1-0`,
    atMs: clock('09:32') + number * MINUTE_MS,
    ...fields,
  });
}

/** Four alerts: acknowledged after 2 and after 6 minutes; retracted; suppressed. */
const ALERTS: readonly AlertVersion[] = [
  alert(1, {}),
  alert(1, { version: 2, change: 'acknowledged', acknowledged: true, atMs: clock('09:35') }),
  alert(2, {}),
  alert(2, { version: 2, change: 'acknowledged', acknowledged: true, atMs: clock('09:40') }),
  alert(3, { certainty: 'unknown' }),
  alert(3, { version: 2, change: 'retracted', condition: 'retracted', certainty: 'unknown' }),
  alert(4, { suppressedBy: 'task:escort-1' }),
];

/** A morning at one checkpoint, small enough to be computed by hand: the examples of the manual are about it. */
export const WORKED_DAY: ReportDay = {
  record: RECORD,
  recordSha256: '0'.repeat(64),
  plans: [PLAN],
  alerts: ALERTS,
  alertsDeletedAtMs: null,
};
