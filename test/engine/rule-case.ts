import type { AlertEvidence, AlertVersion } from '../../src/model/alert.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan, Intervals, PlanPlace, PlanRule, PlanUnit } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { at, Bench, circle, fix, plan, square, T0, unit } from './support.js';
import { random } from './verdicts.js';

/** A longer hole in the log is an outage. */
const TICK_MS = 9_000;

type EastNorth = readonly [eastM: number, northM: number];

interface CasePlace {
  readonly id: string;
  readonly circle?: { readonly at: EastNorth; readonly radiusM: number };
  readonly square?: { readonly at: EastNorth; readonly halfM: number };
  readonly route?: { readonly line: readonly EastNorth[]; readonly corridorM: number };
}

/** A unit's fixes over a time: along a line at an even pace, or at its only point. Times are seconds from the beginning. */
interface CaseDrive {
  readonly unit: string;
  readonly fromS: number;
  readonly toS: number;
  readonly everyS?: number;
  readonly along: readonly EastNorth[];
  readonly kmh?: number | null;
  readonly lightbar?: boolean;
  readonly hdop?: number;
  /** All of it arrives then; left out: each fix at once. */
  readonly arrivesS?: number;
  /** Which way the fixes say that it drives, degrees; left out: they do not say. */
  readonly course?: number;
  /** Why it does so: for readers. */
  readonly note?: string;
}

interface CaseTask {
  readonly task: Extract<LogEntry, { kind: 'task' }>['task'];
  readonly unit: string;
  readonly fromS: number;
  readonly toS: number | null;
  /** When it is written down; left out: as it begins. A later one of the same unit and kind is what the task is from then on. */
  readonly saidS?: number;
}

/** A case of a rule as its file says it: what goes in, and what is told. */
export interface RuleCase {
  readonly promise: string;
  readonly units: Readonly<Record<string, Partial<PlanUnit>>>;
  readonly places: readonly CasePlace[];
  readonly schedules?: Readonly<Record<string, Intervals>>;
  readonly rules: readonly PlanRule[];
  /** Another plan, from `fromS` on, with other rules or schedules. */
  readonly then?: Pick<CompiledPlan, 'rules'> & { readonly fromS: number };
  readonly drives: readonly CaseDrive[];
  readonly tasks?: readonly CaseTask[];
  readonly untilS: number;
  readonly told: readonly object[];
}

interface Arrival {
  readonly atMs: number;
  readonly entry: LogEntry;
}

/** How a case is played: each fix late by up to so much, by a seed; the state dumped and restored each so often. */
export interface CasePlay {
  readonly untilMs: number;
  readonly delayMs?: number;
  readonly seed?: number;
  readonly renewEach?: (bench: Bench) => void;
}

export function playCase(one: RuleCase, { untilMs, delayMs = 0, seed = 1, renewEach }: CasePlay): Bench {
  const bench = new Bench(casePlan(one));
  const next = random(seed);
  const arrivals = arrivalsOf(one).map(({ atMs, entry }) => ({
    atMs: entry.kind === 'fixes' ? atMs + Math.floor(next() * delayMs) : atMs,
    entry,
  }));
  for (const { atMs, entry } of arrivals.sort((a, b) => a.atMs - b.atMs)) {
    bench.tickTo(atMs, TICK_MS);
    bench.append(Math.max(atMs, bench.nowMs), entry);
    renewEach?.(bench);
  }
  bench.tickTo(untilMs, TICK_MS);
  return bench;
}

/** A version as a case's file has it, times in seconds from the beginning. */
export function toldOf(version: AlertVersion): object {
  const { change, rule, place, unit: unitId, atMs, fromMs, toMs, certainty, suppressedBy, evidence } = version;
  const { planVersion: _plan, ...facts } = evidence;
  return {
    atS: secondsOf(atMs),
    change,
    rule,
    ...(place === null ? {} : { place }),
    ...(unitId === null ? {} : { unit: unitId }),
    fromS: secondsOf(fromMs),
    toS: toMs === null ? null : secondsOf(toMs),
    certainty,
    ...(suppressedBy === null ? {} : { suppressedBy }),
    ...inSeconds(facts),
  };
}

/** Facts that are instants, in seconds from the beginning as well. */
function inSeconds(facts: AlertEvidence | object): object {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) =>
      typeof value === 'number' && value > T0 / 2
        ? [name.replace(/Ms$/, 'S'), secondsOf(value)]
        : isInstants(value)
          ? [name.replace(/Ms$/, 'S'), value.map(secondsOf)]
          : [name, isFacts(value) ? inSeconds(value) : value],
    ),
  );
}

function isInstants(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number' && one > T0 / 2);
}

function isFacts(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function secondsOf(ms: number): number {
  return (ms - T0) / 1_000;
}

function casePlan({ units, places, schedules = {}, rules }: RuleCase): CompiledPlan {
  const inMs = ([name, seconds]: [string, Intervals]) => [name, seconds.map((s) => T0 + s * 1_000)] as const;
  return plan({
    places: places.map(placeOf),
    units: Object.entries(units).map(([id, more]) => unit(id, more)),
    rules: [...rules],
    schedules: Object.fromEntries(Object.entries(schedules).map(inMs)),
  });
}

function placeOf({ id, circle: round, square: box, route }: CasePlace): PlanPlace {
  if (round !== undefined) return circle(id, at(...round.at), round.radiusM);
  if (box !== undefined) return square(id, at(...box.at), box.halfM);
  const line = (route?.line ?? []).flatMap((point) => {
    const { lngE7, latE7 } = at(...point);
    return [lngE7, latE7];
  });
  const shape = { type: 'corridor', lines: [line], corridorM: route?.corridorM ?? 0 } as const;
  return { ...circle(id, at(0), 1), kind: 'route', shape };
}

function arrivalsOf(one: RuleCase): Arrival[] {
  const arrivals: Arrival[] = one.drives.flatMap(fixesOf);
  for (const { task, unit: unitId, fromS, toS, saidS = fromS } of one.tasks ?? []) {
    const fromMs = T0 + fromS * 1_000;
    const toMs = toS === null ? null : T0 + toS * 1_000;
    const said = { taskId: `${task}-${unitId}`, actor: 'li', task, units: [unitId], places: [], reason: 'case' };
    arrivals.push({ atMs: T0 + saidS * 1_000, entry: { kind: 'task', ...said, fromMs, toMs } });
  }
  if (one.then !== undefined) {
    const inForceFromMs = T0 + one.then.fromS * 1_000;
    const next = { ...casePlan({ ...one, rules: one.then.rules }), version: 2, inForceFromMs };
    arrivals.push({ atMs: inForceFromMs - 120_000, entry: { kind: 'plan', plan: next } });
  }
  return arrivals;
}

function fixesOf(drive: CaseDrive): Arrival[] {
  const { unit: unitId, fromS, toS, everyS = 10, along, kmh, lightbar, hdop = 1, arrivesS, course } = drive;
  const arrivals: Arrival[] = [];
  for (let s = fromS; s <= toS; s += everyS) {
    const ms = T0 + s * 1_000;
    const one = fix(ms, pointAt(along, toS === fromS ? 0 : (s - fromS) / (toS - fromS)), {
      hdopCenti: hdop * 100,
      lightbar: lightbar ?? null,
      courseCdeg: course === undefined ? null : course * 100,
      speedCmps: kmh === undefined || kmh === null ? null : Math.round((kmh * 1_000) / 36),
    });
    const batch = { tracker: `t-${unitId}`, reportId: '01', fixes: [one], rejected: [] };
    arrivals.push({
      atMs: arrivesS === undefined ? ms : T0 + arrivesS * 1_000,
      entry: { kind: 'fixes', batches: [batch] },
    });
  }
  return arrivals;
}

function pointAt(line: readonly EastNorth[], share: number): PositionE7 {
  const lengths = line.slice(1).map(([e, n], i) => Math.hypot(e - (line[i]?.[0] ?? 0), n - (line[i]?.[1] ?? 0)));
  let left = share * lengths.reduce((sum, m) => sum + m, 0);
  for (const [i, length] of lengths.entries()) {
    const [from, to] = [line[i] as EastNorth, line[i + 1] as EastNorth];
    if (left > length && i < lengths.length - 1) {
      left -= length;
      continue;
    }
    const part = length === 0 ? 0 : left / length;
    return at(from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1]));
  }
  return at(...(line[0] as EastNorth));
}
