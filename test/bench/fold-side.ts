import { pathToFileURL } from 'node:url';
import { MAX_ENTRIES_PER_READ } from '../../src/model/limits.js';
import { FOLD_LOGS, type FoldLogName, type LogLine, type LogMaker } from './fold-logs.js';
import { cpuMs } from './process-use.js';

/** What the process is asked for: one fold of a log. */
export interface FoldOrder {
  /** The folder of a project that is built. */
  readonly root: string;
  readonly log: FoldLogName;
}

interface Engine {
  readonly step: typeof import('../../src/engine/pipeline.js').step;
  readonly takeHotDelta: typeof import('../../src/engine/hot-view.js').takeHotDelta;
  readonly createState: typeof import('../../src/engine/state.js').createState;
}

interface Prepared {
  readonly district: string;
  readonly lines: readonly LogLine[];
  readonly fixes: number;
}

const prepared = new Map<string, Promise<Prepared>>();

process.on('disconnect', () => process.exit(0));
process.on('message', (order: FoldOrder) => {
  void foldOnce(order).then((fixesPerS) => process.send?.(fixesPerS));
});

/** Fixes of the log that the engine of a project folds in a second of CPU time, hot records taken. */
async function foldOnce({ root, log: name }: FoldOrder): Promise<number> {
  const log = prepared.get(name) ?? prepare(root, name);
  prepared.set(name, log);
  const { district, lines, fixes } = await log;
  const { step, takeHotDelta, createState } = await engineOf(root);
  const state = createState(district);
  const tookMs = cpuMs(() => {
    for (const [i, { id, entry }] of lines.entries()) {
      step(state, id, entry);
      if (i % MAX_ENTRIES_PER_READ === 0) takeHotDelta(state);
    }
  });
  return fixes / (tookMs / 1_000);
}

async function prepare(root: string, name: FoldLogName): Promise<Prepared> {
  const maker = (await import(moduleUrl(root, 'dist/test/bench/fold-logs.js'))) as LogMaker;
  const log = await FOLD_LOGS[name](maker);
  const lines: LogLine[] = [];
  for await (const line of log.lines()) lines.push(line);
  const batches = lines.flatMap(({ entry }) => (entry.kind === 'fixes' ? entry.batches : []));
  return { district: log.plan.district, lines, fixes: batches.reduce((sum, batch) => sum + batch.fixes.length, 0) };
}

async function engineOf(root: string): Promise<Engine> {
  const { step } = (await import(moduleUrl(root, 'dist/src/engine/pipeline.js'))) as Engine;
  const { takeHotDelta } = (await import(moduleUrl(root, 'dist/src/engine/hot-view.js'))) as Engine;
  const { createState } = (await import(moduleUrl(root, 'dist/src/engine/state.js'))) as Engine;
  return { step, takeHotDelta, createState };
}

function moduleUrl(root: string, path: string): string {
  return new URL(path, `${pathToFileURL(root).href}/`).href;
}
