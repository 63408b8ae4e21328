import { createHash, type Hash } from 'node:crypto';
import { decodeSnapshot, encodeSnapshot } from '../../src/codec/snapshot-codec.js';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { step } from '../../src/engine/pipeline.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import { MAX_ENTRIES_PER_READ } from '../../src/model/limits.js';
import { HOUR } from '../engine/support.js';
import { type BenchLog, demoLog, drawnLog, FOLD_LOGS, type LogLine } from './fold-logs.js';
import { cpuMs, liveMemory } from './process-use.js';
import { Progress } from './progress.js';

/** So often the last state is stored and restored; the median counts. */
const SNAPSHOTS = 7;

/**
 * The engine alone: what it folds in a second of cpu time, its heap, and the snapshot of its last state. The digest is over all
 * that it answered and that snapshot: a change that only makes the fold faster leaves it as it is.
 */
export async function benchFold(): Promise<void> {
  console.log(
    `fold: step and the taking of hot records, reads of ${MAX_ENTRIES_PER_READ} entries from memory, by cpu time`,
  );
  for (const log of Object.values(FOLD_LOGS)) await benchLog(await log({ demoLog, drawnLog }));
}

async function benchLog(log: BenchLog): Promise<void> {
  const { units, places } = log.plan;
  console.log(`  ${log.name}: ${units.length} units, ${places.length} places, ${log.hours} h`);
  const run = new FoldRun(log.plan.district);
  const progress = new Progress(log.name);
  let lines: LogLine[] = [];
  for await (const line of log.lines()) {
    lines.push(line);
    if (lines.length < MAX_ENTRIES_PER_READ) continue;
    run.read(lines);
    lines = [];
    progress.at((line.id.ms - log.plan.inForceFromMs) / (log.hours * HOUR));
  }
  run.read(lines);
  progress.end();
  run.report();
}

/** One engine, and what its work came to so far. */
class FoldRun {
  readonly #state: EngineState;
  readonly #digest: Hash = createHash('sha256');
  readonly #heapBefore = liveMemory().heapUsed;
  #entries = 0;
  #fixes = 0;
  #busyMs = 0;
  #slowestMs = 0;
  #peakHeapBytes = 0;

  constructor(district: string) {
    this.#state = createState(district);
  }

  read(lines: readonly LogLine[]): void {
    const answers: unknown[] = [];
    const tookMs = cpuMs(() => {
      for (const { id, entry } of lines) answers.push(step(this.#state, id, entry));
      answers.push(takeHotDelta(this.#state));
    });
    this.#busyMs += tookMs;
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
    this.#peakHeapBytes = Math.max(this.#peakHeapBytes, process.memoryUsage().heapUsed - this.#heapBefore);
    for (const { entry } of lines) {
      this.#entries += 1;
      if (entry.kind === 'fixes') for (const { fixes } of entry.batches) this.#fixes += fixes.length;
    }
    this.#digest.update(JSON.stringify(answers, (_, value) => (value instanceof Map ? [...value] : value)));
  }

  report(): void {
    const seconds = this.#busyMs / 1_000;
    console.log(
      `    ${rate(this.#entries / seconds)} entries/s, ${rate(this.#fixes / seconds)} fixes/s ` +
        `(${this.#entries} entries with ${this.#fixes} fixes in ${seconds.toFixed(1)} s), slowest read ${this.#slowestMs.toFixed(0)} ms`,
    );
    const bytes = encodeSnapshot(dumpState(this.#state));
    const encodeMs = medianMs(() => encodeSnapshot(dumpState(this.#state)));
    const restoreMs = medianMs(() => restoreState(decodeSnapshot(bytes)));
    console.log(
      `    heap at most ${megabytes(this.#peakHeapBytes)} more, garbage and all; the state ${megabytes(stateBytes(bytes))}; ` +
        `snapshot ${megabytes(bytes.length)}, ${encodeMs.toFixed(0)} ms to make, ${restoreMs.toFixed(0)} ms to restore`,
    );
    console.log(`    digest ${this.#digest.update(bytes).digest('hex').slice(0, 16)}`);
  }
}

function medianMs(work: () => void): number {
  const times = Array.from({ length: SNAPSHOTS }, () => cpuMs(work)).sort((a, b) => a - b);
  return times[(SNAPSHOTS - 1) / 2] as number;
}

/** What a restored state holds of the heap. */
function stateBytes(snapshot: Uint8Array): number {
  const before = liveMemory().heapUsed;
  const state = restoreState(decodeSnapshot(snapshot));
  const after = liveMemory().heapUsed;
  return state.units.size > 0 ? after - before : 0;
}

function rate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en-GB');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
