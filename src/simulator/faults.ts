import { BeatwatchError } from '../model/errors.js';
import type { PlanUnit } from '../model/plan.js';
import type { TaskSpan } from './assignment.js';
import type { Path } from './path.js';
import type { PatrolMap } from './patrol-map.js';
import type { Hole } from './periods.js';
import { createRandom, type Random } from './random.js';
import { intersection, overlaps, type Span } from './spans.js';

/** Faults to put in; each is off when absent. Durations in ms. */
export interface FaultOptions {
  /** Units whose receiver drifts as `drift.ts` models it, all day. */
  readonly drift?: number;
  /** How often some tracker says nothing for a while. */
  readonly silences?: number;
  readonly silenceMs?: number;
  /** How often some tracker has no link for a while and sends what it stored afterwards, live fixes first. */
  readonly backlogs?: number;
  readonly backlogMs?: number;
  readonly backlogOrder?: 'newest-first' | 'oldest-first';
  /** Share of reports that go out twice; as many carry the fix before once more. 0 to 1. */
  readonly duplicates?: number;
  /** How often some tracker's clock is ahead for a while. */
  readonly clockFaults?: number;
  readonly clockFaultMs?: number;
  readonly clockAheadMs?: number;
  /** Share of fixes that are kilometres off. 0 to 1. */
  readonly outliers?: number;
  /** How often some tracker's link breaks; what has no ack is sent again. */
  readonly deadLinks?: number;
  /** How often some crew calls for help, for SOS_CALL_MS. */
  readonly sos?: number;
}

export type FaultKind = 'drift' | 'silence' | 'backlog' | 'clock' | 'dead-link' | 'sos';

/** A fault of one tracker, as the truth tells it. */
export interface Fault extends Span {
  readonly kind: FaultKind;
  readonly unit: string;
  readonly tracker: string;
}

export const DEFAULT_SILENCE_MS = 10 * 60_000;
export const DEFAULT_BACKLOG_MS = 20 * 60_000;
export const DEFAULT_CLOCK_FAULT_MS = 3_600_000;
export const DEFAULT_CLOCK_AHEAD_MS = 8 * 3_600_000;
/** How long a crew calls for help. */
const SOS_CALL_MS = 2 * 60_000;
const EDGE_MS = 5 * 60_000;

/**
 * Spreads the faults over the fleet: silences, backlogs and clock faults over units that roam at that time, and not while a
 * place is left alone, so that they do not change what the gap rules come to. Throws `fleet-impossible` when there is no room.
 */
export function placeFaults(
  map: PatrolMap,
  paths: readonly Path[],
  tasks: ReadonlyMap<string, readonly TaskSpan[]>,
  holes: readonly Hole[],
  whole: Span,
  seed: number,
  options: FaultOptions,
): Fault[] {
  const faults: Fault[] = [];
  const add = (kind: FaultKind, count: number, lengthMs: number): void => {
    const random = createRandom(seed, 'fault', kind);
    for (let i = 0; i < count; i++) faults.push(drawRoaming(map, tasks, holes, faults, kind, lengthMs, random));
  };
  add('silence', options.silences ?? 0, options.silenceMs ?? DEFAULT_SILENCE_MS);
  add('backlog', options.backlogs ?? 0, options.backlogMs ?? DEFAULT_BACKLOG_MS);
  add('clock', options.clockFaults ?? 0, options.clockFaultMs ?? DEFAULT_CLOCK_FAULT_MS);
  const random = createRandom(seed, 'fault', 'any-unit');
  for (const unit of random.shuffled(map.plan.units).slice(0, options.drift ?? 0)) {
    faults.push({ kind: 'drift', unit: unit.id, tracker: unit.tracker, ...whole });
  }
  const unitById = new Map(map.plan.units.map((unit) => [unit.id, unit]));
  for (let i = 0; i < (options.deadLinks ?? 0); i++) {
    const path = random.pick(paths);
    const { id, tracker } = unitById.get(path.unit) as PlanUnit;
    const atMs = Math.round(random.between(Math.max(path.fromMs, whole.fromMs), Math.min(path.toMs, whole.toMs)));
    faults.push({ kind: 'dead-link', unit: id, tracker, fromMs: atMs, toMs: atMs });
  }
  const calls = createRandom(seed, 'fault', 'sos');
  for (let i = 0; i < (options.sos ?? 0); i++) {
    const path = calls.pick(paths);
    const { id, tracker } = unitById.get(path.unit) as PlanUnit;
    const atMs = Math.round(calls.between(Math.max(path.fromMs, whole.fromMs), Math.min(path.toMs, whole.toMs)));
    faults.push({ kind: 'sos', unit: id, tracker, fromMs: atMs, toMs: atMs + SOS_CALL_MS });
  }
  return faults.sort((a, b) => a.fromMs - b.fromMs || (a.unit < b.unit ? -1 : 1));
}

function drawRoaming(
  map: PatrolMap,
  tasks: ReadonlyMap<string, readonly TaskSpan[]>,
  holes: readonly Hole[],
  faults: readonly Fault[],
  kind: FaultKind,
  lengthMs: number,
  random: Random,
): Fault {
  const rooms = map.plan.units.flatMap((unit) =>
    (tasks.get(unit.id) ?? [])
      .filter(({ task, fromMs, toMs }) => task.kind === 'area' && toMs - fromMs >= lengthMs + 2 * EDGE_MS)
      .map((span) => ({ unit, span })),
  );
  for (let tries = 0; rooms.length > 0 && tries < 500; tries++) {
    const { unit, span } = random.pick(rooms);
    const fromMs = Math.round(random.between(span.fromMs + EDGE_MS, span.toMs - EDGE_MS - lengthMs));
    const fault = { kind, unit: unit.id, tracker: unit.tracker, fromMs, toMs: fromMs + lengthMs };
    const wide = { fromMs: fault.fromMs - EDGE_MS, toMs: fault.toMs + EDGE_MS };
    const free = faults.every((other) => other.unit !== unit.id || intersection(other, wide) === null);
    if (free && !holes.some((hole) => overlaps(hole, wide))) return fault;
  }
  const message = `got one more ${kind} fault of ${Math.round(lengthMs / 60_000)} minutes, expected room for it among the units that roam`;
  throw new BeatwatchError('fleet-impossible', message);
}
