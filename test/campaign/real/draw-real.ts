import type { FaultOptions } from '../../../src/simulator/faults.js';
import { DEFAULT_STEP_MS } from '../../../src/simulator/driver.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import { MINUTE } from '../../engine/support.js';

export type Victim = 'server' | 'standby' | 'redis';

/** `kill -9`, so long after a move of the clock was asked for or answered. */
export interface RealKill {
  readonly victims: readonly Victim[];
  readonly step: number;
  readonly since: 'clock' | 'reports';
  readonly afterMs: number;
}

export interface RealDay {
  readonly seed: number;
  readonly fromMs: number;
  readonly spanMs: number;
  /** A second engine on the same district. */
  readonly standby: boolean;
  readonly faults: FaultOptions;
  readonly kills: readonly RealKill[];
}

/** Hours of the fixture's day at which its rules bind. */
const HOURS = [9, 10, 11, 12, 14, 15, 16, 17, 18];
const LONGEST_WAIT_MS = { clock: 6, reports: 8 } as const;

/** A stretch of a day with a fleet that has its faults, and who is killed when. */
export function drawRealDay(seed: number): RealDay {
  const random = createRandom(seed, 'real');
  const spanMs = random.integer(15, 25) * MINUTE;
  const standby = random.chance(0.5);
  const hour = String(random.pick(HOURS)).padStart(2, '0');
  const minute = String(random.integer(0, 59)).padStart(2, '0');
  return {
    seed,
    fromMs: Date.parse(`2026-11-24T${hour}:${minute}:00+08:00`),
    spanMs,
    standby,
    faults: drawFleetFaults(random),
    kills: drawRealKills(random, standby, spanMs / DEFAULT_STEP_MS),
  };
}

function drawFleetFaults(random: Random): FaultOptions {
  return {
    drift: random.integer(0, 3),
    backlogs: random.integer(0, 1),
    backlogMs: random.integer(2, 4) * MINUTE,
    backlogOrder: random.pick(['newest-first', 'oldest-first']),
    duplicates: random.pick([0, 0.05, 0.3]),
    outliers: random.pick([0, 0.01]),
    deadLinks: random.integer(0, 8),
  };
}

function drawRealKills(random: Random, standby: boolean, steps: number): RealKill[] {
  const victims: Victim[][] = [
    ['server'],
    ['redis'],
    ['server', 'redis'],
    ...(standby ? [['standby'] as Victim[]] : []),
  ];
  return Array.from({ length: random.integer(2, 5) }, () => {
    const since = random.pick(['clock', 'reports'] as const);
    return {
      victims: random.pick(victims),
      step: random.integer(2, Math.floor(steps) - 1),
      since,
      afterMs: random.integer(0, LONGEST_WAIT_MS[since]),
    };
  });
}
