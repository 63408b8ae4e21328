import { MEIXIAN_FOLDER } from '../../src/commands/fixture.js';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { FOLD_VERSION } from '../../src/engine/state.js';
import type { LogEntry, TrackerBatch } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { DEFAULT_STEP_MS } from '../../src/simulator/driver.js';
import { createFleet } from '../../src/simulator/fleet.js';
import type { DueReport } from '../../src/simulator/report-source.js';
import { HOUR, MINUTE, T0 } from '../engine/support.js';
import { type DistrictSize, drawPlan, drawReports, extentOf } from './drawn-district.js';

export interface LogLine {
  readonly id: LogId;
  readonly entry: LogEntry;
}

/** A district's log, written while it is read. */
export interface BenchLog {
  readonly name: string;
  readonly plan: CompiledPlan;
  readonly hours: number;
  lines(): AsyncIterable<LogLine>;
}

const SEED = 20_261_124;
const DEMO_FROM_MS = Date.parse('2026-11-24T07:20:00+08:00');
/** A plan is logged this long before it takes force. */
const LEAD_MS = 60_000;
const LATEST_MS = 20 * MINUTE;

/** The fleet of `npm start`, in its lockstep. */
export async function demoLog(hours: number): Promise<BenchLog> {
  const source = await loadDistrict(MEIXIAN_FOLDER);
  const plan = compilePlan(source, {
    version: 1,
    inForceFromMs: DEMO_FROM_MS,
    expandFromMs: DEMO_FROM_MS - 24 * HOUR,
    expandDays: 3,
  });
  const fleet = createFleet(plan, { seed: 1, fromMs: DEMO_FROM_MS, spanMs: hours * HOUR });
  const due = async (ms: number) => (await fleet.source.due(ms - DEFAULT_STEP_MS, ms)).reports;
  return logOf('Meixian demo', plan, hours, DEFAULT_STEP_MS, due);
}

/** A drawn district on a server that ticks each second. `lateShare` of its fixes are up to 20 minutes late. */
export function drawnLog(name: string, size: DistrictSize, hours: number, lateShare: number): BenchLog {
  const plan = drawPlan(size, SEED);
  const toMs = T0 + hours * HOUR;
  const reports = drawReports(plan, { seed: SEED, extentM: extentOf(size), toMs, lateShare, latestMs: LATEST_MS });
  return logOf(name, plan, hours, 1_000, async (ms) => reports.get(ms) ?? []);
}

/** What makes logs; that of an older commit makes the same ones. */
export interface LogMaker {
  readonly demoLog: typeof demoLog;
  readonly drawnLog: typeof drawnLog;
}

/** The logs that the fold is measured by. */
export const FOLD_LOGS = {
  'the Meixian demo': ({ demoLog }: LogMaker) => demoLog(12),
  'a large district': async ({ drawnLog }: LogMaker) =>
    drawnLog('large district', { units: 300, zones: 16, checkpoints: 34, routes: 10 }, 1, 0),
  'a quarter of all fixes late': async ({ drawnLog }: LogMaker) =>
    drawnLog('a quarter of all fixes late', { units: 60, zones: 4, checkpoints: 12, routes: 4 }, 2, 0.25),
} as const satisfies Readonly<Record<string, (maker: LogMaker) => Promise<BenchLog>>>;

export type FoldLogName = keyof typeof FOLD_LOGS;

/** A tick each `stepMs`, and behind it one entry with all that came since the one before. */
function logOf(
  name: string,
  plan: CompiledPlan,
  hours: number,
  stepMs: number,
  due: (untilMs: number) => Promise<readonly DueReport[]>,
): BenchLog {
  async function* lines(): AsyncGenerator<LogLine> {
    const { district, inForceFromMs } = plan;
    const startMs = inForceFromMs - LEAD_MS;
    yield {
      id: { ms: startMs, seq: 0 },
      entry: { kind: 'genesis', district, clock: 'virtual', foldVersion: FOLD_VERSION },
    };
    yield { id: { ms: startMs, seq: 1 }, entry: { kind: 'plan', plan } };
    for (let ms = startMs + stepMs; ms <= inForceFromMs + hours * HOUR; ms += stepMs) {
      yield { id: { ms, seq: 0 }, entry: { kind: 'tick' } };
      const batches = ms > inForceFromMs ? (await due(ms)).map(batchOf) : [];
      if (batches.length > 0) yield { id: { ms, seq: 1 }, entry: { kind: 'fixes', batches } };
    }
  }
  return { name, plan, hours, lines };
}

function batchOf({ tracker, fixes }: DueReport): TrackerBatch {
  return { tracker, reportId: '01', fixes, rejected: [] };
}
