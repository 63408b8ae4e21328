import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';
import { type BenchLog, demoLog, drawnLog } from '../bench/fold-logs.js';
import { DISTRICT } from '../campaign/district.js';
import { drawScenario as drawCampaign } from '../campaign/draw/draw-scenario.js';
import { runWorld } from '../campaign/world/world.js';
import { currentScheduler } from '../campaign/world/world.js';
import { sleepBy } from '../campaign/world/scheduler.js';
import { drawScenario, play } from '../engine/scenario.js';
import { HOUR, MINUTE, T0 } from '../engine/support.js';

export interface LogLine {
  readonly id: LogId;
  readonly entry: LogEntry;
  readonly atMs: number;
}

/** A log whose meaning is recorded. */
export interface NamedLog {
  readonly name: string;
  readonly district: string;
  lines(): AsyncIterable<LogLine>;
}

const SCENARIO_SEEDS = [1, 2, 3, 4, 5, 6];
const CAMPAIGN_SEEDS = Array.from({ length: 16 }, (_, i) => i + 1);
const DELAYS_MS = [0, 90_000, 20 * MINUTE, 29 * MINUTE];

/** Drawn small districts first, then campaign seeds with their faults, then the logs of the fold bench. */
export function logsToMean(): readonly NamedLog[] {
  return [
    ...SCENARIO_SEEDS.flatMap((seed) => DELAYS_MS.map((delayMs) => scenarioLog(seed, delayMs))),
    ...CAMPAIGN_SEEDS.map(campaignLog),
    benchLog('Meixian demo, 12 h', () => demoLog(12)),
    benchLog('large district, 30 min', async () =>
      drawnLog('large', { units: 300, zones: 16, checkpoints: 34, routes: 10 }, 0.5, 0),
    ),
    benchLog('a quarter late, 1 h', async () =>
      drawnLog('late', { units: 60, zones: 4, checkpoints: 12, routes: 4 }, 1, 0.25),
    ),
  ];
}

function scenarioLog(seed: number, delayMs: number): NamedLog {
  async function* lines(): AsyncGenerator<LogLine> {
    const arrivals = drawScenario(seed, { hours: 2.5, delayMs, plans: seed % 3 !== 0, events: seed % 2 === 0 });
    yield* play(arrivals, { untilMs: T0 + 3.2 * HOUR, tickMs: delayMs === 0 ? 1_000 : 9_000 }).log;
  }
  return { name: `scenario ${seed}, up to ${delayMs / MINUTE} min late`, district: 'test', lines };
}

let sleeps = false;

function campaignLog(seed: number): NamedLog {
  async function* lines(): AsyncGenerator<LogLine> {
    if (!sleeps) sleepBy(currentScheduler);
    sleeps = true;
    const { history } = await runWorld(drawCampaign(seed), null);
    for (const { id, kind, payload, atMs } of history) {
      yield { id, entry: decodeLogEntry(kind, payload), atMs: atMs ?? id.ms };
    }
  }
  return { name: `campaign seed ${seed}`, district: DISTRICT, lines };
}

function benchLog(name: string, make: () => Promise<BenchLog>): NamedLog {
  async function* lines(): AsyncGenerator<LogLine> {
    for await (const { id, entry } of (await make()).lines()) yield { id, entry, atMs: id.ms };
  }
  return { name, district: name.startsWith('Meixian') ? 'meixian' : 'test', lines };
}
