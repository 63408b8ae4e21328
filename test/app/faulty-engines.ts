import { existsSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineWork } from '../../src/app/engine-messages.js';
import { runEngines } from '../../src/app/engine-runs.js';
import type { KeptWork } from '../../src/app/kept-thread.js';
import { engineFold, type Fold } from '../../src/runner/fold.js';
import type { EngineState } from '../../src/engine/state.js';
import { type EngineFault, faultPath } from './engine-faults.js';

const work = workerData as EngineWork & KeptWork;

const FAULTS: Readonly<Record<EngineFault, () => void>> = {
  hang: () => {
    for (;;);
  },
  die: () => {
    queueMicrotask(() => {
      throw new Error('a fault of a test');
    });
  },
  grow: () => {
    // Of numbers, which a collector need not look through: it is over before the thread counts as one that hangs.
    for (const held: number[][] = []; ; ) held.push(new Array<number>(1_000_000).fill(0.5));
  },
};

/** The engine, but for entries with fixes while the district has a fault. */
function faultyFold(district: string): Fold<EngineState> {
  const fold = engineFold(district);
  const path = faultPath(work.dataFolder, district);
  return {
    ...fold,
    step: (state, entry) => {
      if (entry.kind === 'fixes' && existsSync(path)) FAULTS[readFileSync(path, 'utf8') as EngineFault]();
      return fold.step(state, entry);
    },
  };
}

/** A program of threads of engines. */
if (parentPort !== null) runEngines({ port: parentPort, work, foldOf: faultyFold });
