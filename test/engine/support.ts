import { step } from '../../src/engine/pipeline.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import { rulerAt } from '../../src/geo/ruler.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import type { ActionEntry, LogEntry } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';
import type {
  AreaE7,
  CheckpointWindowRule,
  CompiledPlan,
  DebtRule,
  BunchingRule,
  DutyStrengthRule,
  LightsRule,
  Names,
  OffZoneRule,
  PlanPlace,
  PlanRule,
  PlanUnit,
  PredictableRule,
  RoutePassRule,
  SpeedingRule,
  StrengthRule,
} from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { sentenceOf } from '../../src/protocol/words/sentence.js';

/** 2026-11-24T00:00:00Z. */
export const T0 = Date.UTC(2026, 10, 24);
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

const LAT = 242_700_000;
const LNG = 1_161_000_000;
export const RULER = rulerAt(LAT);

/** A position that lies eastM and northM of the test district's middle. */
export function at(eastM: number, northM = 0): PositionE7 {
  return {
    lngE7: LNG + Math.round(eastM / RULER.metresPerLngE7),
    latE7: LAT + Math.round(northM / RULER.metresPerLatE7),
  };
}

/** A box of so many metres around the test district's middle. */
export function areaAround(metres: number): AreaE7 {
  const { lngE7: westE7, latE7: southE7 } = at(-metres, -metres);
  const { lngE7: eastE7, latE7: northE7 } = at(metres, metres);
  return { westE7, southE7, eastE7, northE7 };
}

export function fix(eventTimeMs: number, position: PositionE7 | null, more: Partial<Fix> = {}): Fix {
  return {
    eventTimeMs,
    position,
    altitudeDm: null,
    speedCmps: null,
    courseCdeg: null,
    located: true,
    satellites: 12,
    beidouSatellites: null,
    hdopCenti: 100,
    accuracyDm: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
    backfill: null,
    ...more,
  };
}

export function circle(id: string, center: PositionE7, radiusM: number, more: Partial<PlanPlace> = {}): PlanPlace {
  return {
    id,
    kind: 'checkpoint',
    name: { zh: `岗${id}`, en: `Post ${id}` },
    shape: { type: 'circle', center, radiusM },
    stopAllowed: false,
    tier: null,
    ...more,
  };
}

/** A square zone around a middle. */
export function square(id: string, middle: PositionE7, halfM: number): PlanPlace {
  const x = Math.round(halfM / RULER.metresPerLngE7);
  const y = Math.round(halfM / RULER.metresPerLatE7);
  const { lngE7, latE7 } = middle;
  return {
    ...circle(id, middle, 1),
    kind: 'zone',
    shape: {
      type: 'polygon',
      rings: [[lngE7 - x, latE7 - y, lngE7 + x, latE7 - y, lngE7 + x, latE7 + y, lngE7 - x, latE7 + y]],
    },
  };
}

export function unit(id: string, more: Partial<PlanUnit> = {}): PlanUnit {
  return {
    id,
    callsign: id.toUpperCase(),
    kind: 'car',
    group: 'g1',
    crewCount: 2,
    tracker: `t-${id}`,
    expectedIntervalMs: 10_000,
    duty: 'always',
    ...more,
  };
}

export function checkpointGap(places: readonly string[], more: Partial<PlanRule> = {}): PlanRule {
  return {
    id: 'post-gap',
    kind: 'checkpoint-gap',
    severity: 'high',
    binds: 'always',
    places,
    thresholdMs: 10 * MINUTE,
    graceMs: 2 * MINUTE,
    minPresenceMs: 60_000,
    unitKinds: ['car', 'motorcycle', 'foot'],
    ...more,
  } as PlanRule;
}

export function strengthRule(places: readonly string[], more: Partial<StrengthRule> = {}): StrengthRule {
  return {
    id: 'strength',
    kind: 'strength',
    severity: 'medium',
    binds: 'always',
    places,
    atLeast: 2,
    counts: 'units',
    holdMs: 2 * MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
    ...more,
  };
}

export function dutyRule(units: readonly string[], more: Partial<DutyStrengthRule> = {}): DutyStrengthRule {
  return {
    id: 'on-hand',
    kind: 'duty-strength',
    severity: 'high',
    binds: 'always',
    scope: 'reserve',
    units,
    atLeast: 2,
    counts: 'units',
    holdMs: 2 * MINUTE,
    moved: null,
    ...more,
  };
}

export function bunchingRule(units: readonly string[], more: Partial<BunchingRule> = {}): BunchingRule {
  return {
    id: 'bunch',
    kind: 'bunching',
    severity: 'medium',
    binds: 'always',
    units,
    atLeast: 3,
    withinM: 100,
    holdMs: 10 * MINUTE,
    exceptPlaces: [],
    ...more,
  };
}

export function offZoneRule(
  units: readonly string[],
  zones: readonly string[],
  more: Partial<OffZoneRule> = {},
): OffZoneRule {
  return {
    id: 'own-zone',
    kind: 'off-zone',
    severity: 'medium',
    binds: 'always',
    units,
    zones: zones.map((zone) => ({ group: 'g1', zone, during: 'always' })),
    beyondM: 100,
    holdMs: 3 * MINUTE,
    ...more,
  };
}

export function windowRule(places: readonly string[], more: Partial<CheckpointWindowRule> = {}): CheckpointWindowRule {
  return {
    id: 'window',
    kind: 'checkpoint-window',
    severity: 'medium',
    binds: 'always',
    places,
    graceMs: 5 * MINUTE,
    absenceMs: 10 * MINUTE,
    handoverMs: 2 * MINUTE,
    minPresenceMs: MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
    ...more,
  };
}

export function debtRule(places: readonly string[], more: Partial<DebtRule> = {}): DebtRule {
  return {
    id: 'debt',
    kind: 'debt',
    severity: 'medium',
    binds: 'always',
    places,
    creditMs: 30 * MINUTE,
    worth: 8,
    clearMs: 7 * MINUTE,
    graceMs: 5 * MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
    ...more,
  };
}

export function predictableRule(places: readonly string[], more: Partial<PredictableRule> = {}): PredictableRule {
  return {
    id: 'rhythm',
    kind: 'predictable',
    severity: 'low',
    binds: 'always',
    places,
    revisits: 5,
    withinMs: 3 * MINUTE,
    mergeMs: 5 * MINUTE,
    leastIntervalMs: 10 * MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
    ...more,
  };
}

export function routePassRule(places: readonly string[], more: Partial<RoutePassRule> = {}): RoutePassRule {
  return {
    id: 'patrol',
    kind: 'route-pass',
    severity: 'low',
    binds: 'always',
    places,
    everyMs: HOUR,
    passWithinMs: 10 * MINUTE,
    by: 'unit',
    graceMs: MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
    ...more,
  };
}

export function speedingRule(units: readonly string[], more: Partial<SpeedingRule> = {}): SpeedingRule {
  return {
    id: 'speed',
    kind: 'speeding',
    severity: 'low',
    binds: 'always',
    units,
    limits: [{ limitCmps: 2_222, places: null, unitKinds: ['car', 'motorcycle'] }],
    toleranceCmps: 100,
    holdMs: 10_000,
    exempt: 'task-and-lights',
    ...more,
  };
}

export function lightsRule(places: readonly string[], more: Partial<LightsRule> = {}): LightsRule {
  return {
    id: 'lights',
    kind: 'lights',
    severity: 'low',
    binds: 'always',
    places,
    unitKinds: ['car', 'motorcycle'],
    leastPercent: 90,
    minVisitMs: 2 * MINUTE,
    ...more,
  };
}

export function plan(
  o: { places: PlanPlace[]; units: PlanUnit[]; rules: PlanRule[] } & Partial<CompiledPlan>,
): CompiledPlan {
  const byId = <T extends { id: string }>(items: readonly T[]): T[] =>
    [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    district: 'test',
    name: { zh: '测试', en: 'Test' },
    timeZone: 'Asia/Shanghai',
    version: 1,
    inForceFromMs: T0,
    sourceSha256: '0'.repeat(64),
    expandedFromMs: T0 - 24 * HOUR,
    expandedToMs: T0 + 240 * HOUR,
    ruler: RULER,
    ...o,
    schedules: {
      always: [T0 - 24 * HOUR, T0 + 240 * HOUR],
      'mode:peak': [],
      'mode:off-peak': [],
      'mode:low': [],
      ...o.schedules,
    },
    places: byId(o.places),
    units: byId(o.units),
    rules: byId(o.rules),
  };
}

/** The sentence of a version as the test district's people read it. */
export function said(version: AlertVersion | undefined): Names | null {
  return version === undefined ? null : sentenceOf(version, 'Asia/Shanghai');
}

/** An engine with its log: what went in, what came out. */
export class Bench {
  state: EngineState = createState('test');
  readonly log: { id: LogId; entry: LogEntry; atMs: number }[] = [];
  readonly alerts: AlertVersion[] = [];
  readonly visits: VisitVersion[] = [];
  #last: LogId = { ms: 0, seq: 0 };
  /** Log time of the last entry: its id's, unless the log was resumed. */
  #atMs = 0;
  #isResumed = false;

  constructor(first: CompiledPlan, startMs = first.inForceFromMs - 120_000) {
    this.append(startMs, { kind: 'genesis', district: 'test', clock: 'virtual', foldVersion: 1 });
    this.append(startMs, { kind: 'plan', plan: first });
    this.tickTo(first.inForceFromMs);
  }

  append(ms: number, entry: LogEntry): LogId {
    const id = ms > this.#last.ms ? { ms, seq: 0 } : { ms: this.#last.ms, seq: this.#last.seq + 1 };
    this.#last = id;
    this.#isResumed = (this.#isResumed || entry.kind === 'resume') && id.seq > 0;
    this.#atMs = this.#isResumed ? ms : id.ms;
    this.log.push({ id, entry, atMs: this.#atMs });
    const out = step(this.state, id, entry, this.#atMs);
    this.alerts.push(...out.alerts);
    this.visits.push(...out.visits);
    return id;
  }

  get nowMs(): number {
    return this.#atMs;
  }

  /** Ticks each stepMs up to and including toMs. */
  tickTo(toMs: number, stepMs = 5_000): void {
    while (this.#atMs < toMs) this.append(Math.min(this.#atMs + stepMs, toMs), { kind: 'tick' });
  }

  send(unitId: string, ...fixes: Fix[]): void {
    this.append(this.#atMs, {
      kind: 'fixes',
      batches: [{ tracker: `t-${unitId}`, reportId: '01', fixes, rejected: [] }],
    });
  }

  /** Ticks to toMs while a unit reports its position each intervalMs. */
  drive(toMs: number, tracks: Record<string, (t: number) => PositionE7 | null>, intervalMs = 10_000): void {
    while (this.#atMs < toMs) {
      const t = Math.min(this.#atMs + intervalMs, toMs);
      this.tickTo(t);
      for (const [unitId, where] of Object.entries(tracks)) {
        const position = where(t);
        if (position !== null) this.send(unitId, fix(t, position));
      }
    }
    this.tickTo(this.#atMs + 1_000);
  }
}

/** A person does something to the alert that was told last, in the version that was told. */
export function actOnLast(bench: Bench, action: ActionEntry['action'], more: Partial<ActionEntry> = {}): void {
  const last = bench.alerts.at(-1);
  bench.append(bench.nowMs, {
    kind: 'action',
    actionId: `act-${bench.log.length}`,
    actor: 'li',
    action,
    alertId: last?.alertId ?? '',
    alertVersion: last?.version ?? 0,
    comment: null,
    untilMs: null,
    ...more,
  });
}
