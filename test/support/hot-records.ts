import type { AlertVersion } from '../../src/model/alert.js';
import type {
  Commit,
  CoverageRecord,
  Cursor,
  PositionRecord,
  SnapshotPointer,
  TaskRecord,
  UnitRecord,
} from '../../src/model/hot.js';
import type { VisitVersion } from '../../src/model/visit.js';

export function position(unit: string, eventTimeMs = 0): PositionRecord {
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

export function unit(id: string): UnitRecord {
  return {
    unit: id,
    health: 'live',
    onDuty: true,
    lastHeardMs: 1,
    trackerFault: null,
    clockOffsetMs: null,
    places: ['square'],
    refoldAtMs: null,
    statement: null,
  };
}

export function coverage(place: string): CoverageRecord {
  return {
    place,
    presence: 'covered',
    units: ['car-1'],
    possibleUnits: [],
    statedUnits: [],
    lastCoveredMs: 1,
    lastUnit: 'car-1',
    dueMs: null,
  };
}

export function alert(transition: number, o: Partial<AlertVersion> = {}): AlertVersion {
  return {
    transition,
    alertId: `zone-gap:square:${transition}:1-0`,
    version: 1,
    rule: 'zone-gap',
    ruleId: 'gap',
    subject: { kind: 'place', id: 'square' },
    place: 'square',
    unit: null,
    severity: 'high',
    change: 'raised',
    condition: 'active',
    acknowledged: false,
    finality: 'provisional',
    shelvedUntilMs: null,
    suppressedBy: null,
    chattering: false,
    fromMs: 0,
    toMs: null,
    certainty: 'uncovered',
    occurrence: 1,
    episodes: [],
    cause: 'timer',
    atMs: 0,
    logId: '1-0',
    evidence: {},
    names: { places: { square: { kind: 'zone', zh: '侨城广场', en: 'Qiaocheng square' } }, units: {} },
    mergedInto: null,
    previous: null,
    ...o,
  };
}

export function visit(transition: number): VisitVersion {
  return {
    transition,
    visitId: `square:car-1:${transition}:1-0`,
    version: 1,
    place: 'square',
    unit: 'car-1',
    kind: 'visit',
    state: 'open',
    innerFromMs: 0,
    innerToMs: null,
    outerFromMs: null,
    outerToMs: null,
    fromHole: false,
    toHole: false,
    atMs: 0,
    logId: '1-0',
    mergedInto: null,
    previous: null,
  };
}

export function task(taskId: string): TaskRecord {
  return {
    taskId,
    actor: 'li.wei',
    task: 'escort',
    units: ['car-1'],
    places: [],
    fromMs: 0,
    toMs: null,
    reason: 'convoy',
  };
}

export function cursor(ms: number, lastAlert = 0, lastVisit = 0): Cursor {
  return { logId: { ms, seq: 0 }, foldVersion: 1, lastAlert, lastVisit };
}

/** A commit from `expected` to `target` with every alert and visit between them in the last entry's outputs. */
export function commitOf(expected: Cursor | null, target: Cursor, hot: Partial<Commit['hot']> = {}): Commit {
  const numbers = (after: number, upTo: number) => Array.from({ length: upTo - after }, (_, i) => after + i + 1);
  const alerts = numbers(expected?.lastAlert ?? 0, target.lastAlert).map((n) => alert(n));
  const visits = numbers(expected?.lastVisit ?? 0, target.lastVisit).map(visit);
  return {
    expected,
    target,
    outputs: [{ logId: target.logId, alerts, visits }],
    hot: {
      positions: new Map(),
      units: new Map(),
      coverage: new Map(),
      tasks: new Map(),
      roster: new Map(),
      plans: new Map(),
      openAlerts: new Map(),
      closedAlerts: new Map(),
      ...hot,
    },
    counters: { admitted: target.logId.ms, duplicate: 1, flagged: 2, refused: 3, flags: { late: 2 } },
  };
}

export function pointer(at: Cursor, file = 'snapshot'): SnapshotPointer {
  return { cursor: at, file, sha256: 'aa', foldVersion: at.foldVersion, entryDigest: null };
}
