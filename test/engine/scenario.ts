import type { LogEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import type { Fix } from '../../src/model/fix.js';
import {
  areaAround,
  at,
  Bench,
  bunchingRule,
  checkpointGap,
  circle,
  dutyRule,
  fix,
  HOUR,
  lightsRule,
  MINUTE,
  offZoneRule,
  plan,
  speedingRule,
  square,
  strengthRule,
  T0,
  unit,
} from './support.js';
import { random } from './verdicts.js';

/** A district where everything happens: all rules, windows, duties, and two more versions of its plan. */
const UNITS = ['car-1', 'car-2', 'moto-1', 'foot-1'];
const gap = { thresholdMs: 6 * MINUTE, graceMs: MINUTE };

export function scenarioPlan(): CompiledPlan {
  const line = [at(-300, 100), at(500, 100), at(1_400, -100)].flatMap(({ lngE7, latE7 }) => [lngE7, latE7]);
  const corridor = { type: 'corridor', lines: [line], corridorM: 60 } as const;
  return plan({
    places: [
      circle('a-gate', at(0), 100),
      circle('b-gate', at(900), 60),
      circle('edge', at(1_900), 50, { stopAllowed: true }),
      circle('road', at(0), 1, { kind: 'route', shape: corridor }),
      square('zone', at(400), 900),
      square('east', at(2_200), 500),
    ],
    units: [
      unit('car-1'),
      unit('car-2', { duty: 'early' }),
      unit('moto-1', { kind: 'motorcycle', expectedIntervalMs: 20_000 }),
      unit('foot-1', { kind: 'foot' }),
    ],
    rules: [
      checkpointGap(['a-gate', 'b-gate', 'edge'], gap),
      checkpointGap(['zone'], { ...gap, id: 'zone-gap', kind: 'zone-gap', binds: 'shifts' } as Partial<PlanRule>),
      checkpointGap(['road'], {
        ...gap,
        id: 'road-gap',
        kind: 'route-gap',
        unitKinds: ['car', 'foot'],
        minPresenceMs: 0,
      } as Partial<PlanRule>),
      strengthRule(['a-gate', 'road', 'zone']),
      strengthRule(['b-gate'], {
        id: 'officers',
        atLeast: 3,
        counts: 'officers',
        holdMs: 5 * MINUTE,
        unitKinds: ['car', 'foot'],
        binds: 'shifts',
      }),
      dutyRule(['car-1', 'car-2', 'foot-1'], { scope: 'district', atLeast: 3, holdMs: MINUTE }),
      dutyRule(['car-1', 'moto-1'], {
        id: 'reserve',
        atLeast: 3,
        counts: 'officers',
        binds: 'shifts',
        moved: { metres: 600, withinMs: 20 * MINUTE },
      }),
      bunchingRule(['car-1', 'car-2', 'foot-1', 'moto-1'], { atLeast: 2, withinM: 300, holdMs: 3 * MINUTE }),
      {
        id: 'short',
        kind: 'dwell-short',
        severity: 'low',
        binds: 'shifts',
        places: ['a-gate', 'b-gate'],
        minVisitMs: 10 * MINUTE,
      },
      {
        id: 'stand',
        kind: 'dwell-long',
        severity: 'low',
        binds: 'always',
        units: ['car-1', 'car-2', 'foot-1'],
        maxStandMs: 12 * MINUTE,
      },
      offZoneRule(['car-1', 'car-2', 'moto-1'], [], {
        zones: [
          { group: 'g1', zone: 'east', during: 'shifts' },
          { group: 'g1', zone: 'zone', during: 'early' },
        ],
        beyondM: 50,
        holdMs: MINUTE,
      }),
      lightsRule(['a-gate', 'road'], { leastPercent: 70, binds: 'shifts' }),
      speedingRule(UNITS, {
        binds: 'shifts',
        limits: [
          { limitCmps: 1_100, places: null, unitKinds: ['car', 'motorcycle'] },
          { limitCmps: 800, places: ['a-gate', 'zone'], unitKinds: ['car', 'motorcycle'] },
          { limitCmps: 300, places: null, unitKinds: ['foot'] },
        ],
      }),
      { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: UNITS },
    ],
    area: areaAround(55_000),
    schedules: {
      shifts: [T0 + 20 * MINUTE, T0 + 100 * MINUTE, T0 + 130 * MINUTE + 500, T0 + 9 * HOUR],
      early: [T0 - HOUR, T0 + 2 * HOUR],
    },
  });
}

/** What comes to the log, and when; acts of people are drawn from the alerts that stand by then. */
export type Arrival = { readonly atMs: number } & (
  | { readonly unit: string; readonly fix: Fix }
  | { readonly entry: LogEntry }
  | { readonly act: number }
  | { readonly silenceMs: number }
);

export interface ScenarioOptions {
  readonly hours: number;
  /** Latest arrival after the event, ms; 0: each fix comes when it is taken. */
  readonly delayMs: number;
  readonly plans: boolean;
  /** Holes in the log, acts of people and tasks. */
  readonly events: boolean;
}

/** The same seed gives the same fixes, whatever their delays. */
export function drawScenario(seed: number, o: ScenarioOptions): Arrival[] {
  const next = random(seed);
  const late = random(seed + 10_000);
  const said = random(seed + 30_000);
  const arrivals: Arrival[] = [];
  const delay = (): number => {
    if (o.delayMs === 0) return 0;
    return Math.floor(late() < 0.25 ? late() * o.delayMs : late() * 20_000);
  };
  for (const [name, speed, stepMs] of [
    ['car-1', 12, 10_000],
    ['car-2', 9, 10_000],
    ['moto-1', 14, 20_000],
    ['foot-1', 1.4, 10_000],
  ] as const) {
    let where = { east: next() * 1_500 - 300, north: 0 };
    let ms = T0 + 1_000 + Math.floor(next() * 9_000);
    const push = (east: number, north: number, noise: number): void => {
      const jump = next() < 0.01 ? 5_000 : 0;
      const position = at(east + (next() - 0.5) * 2 * noise + jump, north + (next() - 0.5) * 2 * noise);
      const one = fix(ms + Math.floor(next() * 900), next() < 0.01 ? null : position, {
        hdopCenti: 80 + Math.floor(next() * 300),
        speedCmps: said() < 0.1 ? null : Math.floor(100 * speed * (0.5 + said())),
        lightbar: said() < 0.05 ? null : ms % (20 * MINUTE) < 11 * MINUTE,
      });
      arrivals.push({ atMs: one.eventTimeMs + delay(), unit: name, fix: one });
      if (o.delayMs > 0 && late() < 0.15) arrivals.push({ atMs: one.eventTimeMs + delay(), unit: name, fix: one });
    };
    while (ms < T0 + o.hours * HOUR) {
      const goal = { east: next() * 2_400 - 300, north: next() * 300 - 150 };
      const from = where;
      const steps = Math.max(
        1,
        Math.round((Math.hypot(goal.east - from.east, goal.north - from.north) / speed) * (1_000 / stepMs)),
      );
      for (let i = 1; i <= steps; i += 1, ms += stepMs) {
        where = {
          east: from.east + ((goal.east - from.east) * i) / steps,
          north: from.north + ((goal.north - from.north) * i) / steps,
        };
        push(where.east, where.north, 4);
      }
      const stands = Math.floor(next() * 90);
      for (let i = 0; i < stands; i += 1, ms += stepMs) push(where.east, where.north, 15);
      if (next() < 0.25) ms += Math.floor(next() * 9) * MINUTE;
    }
  }
  if (o.plans) arrivals.push(...planArrivals());
  if (o.events) {
    for (let ms = T0 + 9 * MINUTE; ms < T0 + o.hours * HOUR; ms += Math.floor(next() * 8) * MINUTE + 7_000) {
      const what = next();
      if (what < 0.6) arrivals.push({ atMs: ms, act: Math.floor(next() * 1_000) });
      else if (what < 0.7) arrivals.push({ atMs: ms, silenceMs: 8_000 + Math.floor(next() * 40_000) });
      else if (what < 0.85)
        arrivals.push({ atMs: ms, entry: { kind: 'heartbeat', trackers: ['t-foot-1', 't-moto-1'] } });
      else arrivals.push({ atMs: ms, entry: task(ms, Math.floor(next() * 1_000)) });
    }
  }
  if (o.events) arrivals.push(...statementArrivals(random(seed + 20_000), o.hours));
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}

/** What supervisors hear by radio, whatever the trackers say. */
function statementArrivals(next: () => number, hours: number): Arrival[] {
  const places = ['a-gate', 'b-gate', 'edge', 'road', 'zone'];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const arrivals: Arrival[] = [];
  for (let ms = T0 + 5 * MINUTE; ms < T0 + hours * HOUR; ms += Math.floor(next() * 9) * MINUTE + 11_300) {
    const isAt = next() < 0.6;
    const notAt = isAt ? [] : places.filter(() => next() < 0.4);
    const said = { statementId: `said-${ms}`, actor: 'li', unit: pick(UNITS), at: isAt ? pick(places) : null, notAt };
    const untilMs = ms + Math.floor(next() * 40) * MINUTE + 20_000;
    arrivals.push({ atMs: ms, entry: { kind: 'statement', ...said, untilMs, note: null } });
  }
  return arrivals;
}

/** Places and units that the last version no longer has. */
const REMOVED: ReadonlySet<string | null> = new Set(['edge', 'moto-1']);

/** A renewal, then a version that moves a gate, drops the edge and a unit. */
function planArrivals(): Arrival[] {
  const first = scenarioPlan();
  const second = { ...first, version: 2, inForceFromMs: T0 + 61 * MINUTE + 300 };
  const third = {
    ...first,
    version: 3,
    inForceFromMs: T0 + 95 * MINUTE,
    area: areaAround(40_000),
    places: first.places
      .filter(({ id }) => !REMOVED.has(id))
      .map((place) => (place.id === 'b-gate' ? circle('b-gate', at(940), 60) : place)),
    units: first.units.filter(({ id }) => !REMOVED.has(id)),
    rules: first.rules.map((rule) =>
      'places' in rule ? { ...rule, places: rule.places.filter((id) => !REMOVED.has(id)) } : rule,
    ),
  };
  return [second, third].map((next) => ({
    atMs: next.inForceFromMs - 2 * MINUTE,
    entry: { kind: 'plan', plan: next },
  }));
}

function task(fromMs: number, draw: number): LogEntry {
  const lastsMs = (draw % 20) * MINUTE;
  return {
    kind: 'task',
    taskId: `task-${fromMs}`,
    actor: 'li',
    task: draw % 3 === 0 ? 'maintenance' : draw % 3 === 1 ? 'escort' : 'incident',
    units: draw % 2 === 0 ? ['car-1'] : ['foot-1'],
    places: draw % 3 === 0 ? ['a-gate'] : [],
    fromMs,
    toMs: draw % 7 === 0 ? null : fromMs + lastsMs,
    reason: 'drawn',
  };
}

export interface PlayOptions {
  readonly untilMs: number;
  /** Between ticks; a function draws it anew after each arrival. */
  readonly tickMs?: number | (() => number);
  /** False: the engine forgets nothing. */
  readonly prune?: boolean;
}

export function play(arrivals: readonly Arrival[], o: PlayOptions): Bench {
  const bench = new Bench(scenarioPlan());
  if (o.prune === false) bench.state.timers.set({ kind: 'prune' }, null);
  const { tickMs = 9_000 } = o;
  const nextTickMs = typeof tickMs === 'number' ? () => tickMs : tickMs;
  for (const arrival of arrivals) {
    bench.tickTo(Math.max(bench.nowMs, arrival.atMs), nextTickMs());
    if ('fix' in arrival) bench.send(arrival.unit, arrival.fix);
    else if ('entry' in arrival) bench.append(bench.nowMs, arrival.entry);
    else if ('silenceMs' in arrival) bench.append(bench.nowMs + arrival.silenceMs, { kind: 'tick' });
    else act(bench, arrival.act);
  }
  bench.tickTo(o.untilMs, nextTickMs());
  return bench;
}

/** Somebody does something to one of the last alerts, sometimes to a version that is gone. */
function act(bench: Bench, draw: number): void {
  const alert = bench.alerts.at(-1 - (draw % 7));
  if (alert === undefined) return;
  const action = (['acknowledge', 'acknowledge', 'comment', 'shelve', 'unshelve'] as const)[draw % 5] ?? 'comment';
  bench.append(bench.nowMs, {
    kind: 'action',
    actionId: `act-${bench.nowMs}-${draw}`,
    actor: 'li',
    action,
    alertId: alert.alertId,
    alertVersion: alert.version,
    comment: draw % 3 === 0 ? null : 'drawn',
    untilMs: action === 'shelve' ? bench.nowMs + (draw % 30) * MINUTE : null,
  });
}
