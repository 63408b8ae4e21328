import { createRandom, type Random } from '../../../src/simulator/random.js';
import { MINUTE } from '../../engine/support.js';
import { drawScenario } from '../draw/draw-scenario.js';
import type { Scenario } from '../scenario.js';

export type Victim = 'server' | 'standby' | 'redis' | 'archive';

/** `kill -9`, so long after a move of the clock was asked for or answered. */
export interface RealKill {
  readonly victims: readonly Victim[];
  readonly step: number;
  readonly since: 'clock' | 'reports';
  readonly afterMs: number;
}

export interface RealDay {
  /** Its fixes and deliveries; its faults below the trackers are the kills instead. */
  readonly scenario: Scenario;
  /** A second engine on the same district. */
  readonly standby: boolean;
  /** A process that archives the district, so that its log is trimmed. */
  readonly archive: boolean;
  readonly kills: readonly RealKill[];
  /**
   * What the fleet of a training server does, at the same time and under the same names, on another database of the same Redis; null:
   * there is none.
   */
  readonly training: Scenario | null;
}

/** Of days: that a training server stands beside, and that the log is archived. */
const TRAINS = 0.4;
const ARCHIVES = 0.6;

/** One move of the virtual clock: no longer than what would be an outage. */
export const REAL_STEP_MS = 10_000;
const LONGEST_WAIT_MS = { clock: 6, reports: 8 } as const;

/** A shorter scenario of the same kind, and who is killed when. */
export function drawRealDay(seed: number): RealDay {
  const random = createRandom(seed, 'real');
  const standby = random.chance(0.5);
  const drawn = drawScenario(seed, {
    spanMs: random.integer(16, 24) * MINUTE,
    mostDelayMs: random.pick([20_000, 4 * MINUTE, 8 * MINUTE]),
  });
  const scenario = underFirstPlan(drawn);
  const steps = Math.floor(scenario.endMs / REAL_STEP_MS);
  const kills = [...drawRealKills(random, standby, steps), ...drawArchiveKills(seed, steps)];
  return { scenario, standby, archive: isArchived(seed), kills, training: drawTraining(seed) };
}

/** A short day of another seed: units and trackers have the same names in all of them. */
function drawTraining(seed: number): Scenario | null {
  if (!createRandom(seed, 'training').chance(TRAINS)) return null;
  return underFirstPlan(drawScenario(seed + 1_000_000, { spanMs: 20 * MINUTE, mostDelayMs: 20_000 }));
}

function isArchived(seed: number): boolean {
  return createRandom(seed, 'archived').chance(ARCHIVES);
}

/** Apart from the others: they are the same whether the log is archived or not. */
function drawArchiveKills(seed: number, steps: number): RealKill[] {
  if (!isArchived(seed)) return [];
  return drawKills(
    createRandom(seed, 'archive-kills'),
    [['archive'], ['archive', 'redis'], ['server', 'archive']],
    steps,
  );
}

/** The server's plan is that of its files, and goes on; who is no tracker of it has no token. */
function underFirstPlan(scenario: Scenario): Scenario {
  const plans = scenario.plans.slice(0, 1);
  const trackers = new Set(plans.flatMap(({ units }) => units.map(({ tracker }) => tracker)));
  return { ...scenario, plans, deliveries: scenario.deliveries.filter(({ tracker }) => trackers.has(tracker)) };
}

function drawRealKills(random: Random, standby: boolean, steps: number): RealKill[] {
  const victims: Victim[][] = [['server'], ['redis'], ['server', 'redis']];
  if (standby) victims.push(['standby'], ['server', 'standby', 'redis']);
  return drawKills(random, victims, steps);
}

function drawKills(random: Random, victims: readonly (readonly Victim[])[], steps: number): RealKill[] {
  return Array.from({ length: random.integer(2, 6) }, () => {
    const since = random.pick(['clock', 'reports'] as const);
    return {
      victims: random.pick(victims),
      step: random.integer(2, steps - 2),
      since,
      afterMs: random.integer(0, LONGEST_WAIT_MS[since]),
    };
  });
}
