import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Figure, tellFigures } from './figures.js';
import { FOLD_LOGS, type FoldLogName } from './fold-logs.js';
import type { FoldOrder } from './fold-side.js';
import { numbersOf } from './options.js';
import { Helper, type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';

const SEED = 20_261_124;
const DEFAULTS = { runs: 5 };
/** Before the engine was made faster. Its bench makes the same logs. */
const BEFORE = '29409bb';
const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const SIDE = new URL('./fold-side.js', import.meta.url);
const NAMES = Object.keys(FOLD_LOGS) as FoldLogName[];

const run = promisify(execFile);

/**
 * The fold beside that of an earlier commit, which is checked out and built in a folder of its own: it needs git with that history,
 * and npm. Each side is a process that folds each log once before it counts, since the code is compiled while it first runs.
 */
export async function benchFoldBeside(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(`fold-beside: step and the taking of hot records, by CPU time; beside commit ${BEFORE}`);
  const figures = await withProcesses('fold-beside', (processes) => measure(processes, size.runs));
  tellFigures('fold-beside', SEED, size, figures);
}

async function measure({ folder, children }: Processes, runs: number): Promise<Figure[]> {
  const before = await checkOut(join(folder, 'before'));
  const [ours, beside] = [new Helper(SIDE, children), new Helper(SIDE, children)];
  const progress = new Progress('fold-beside');
  const figures: Figure[] = [];
  for (const [n, log] of NAMES.entries()) {
    const [own, others]: [number[], number[]] = [[], []];
    for (let i = 0; i <= runs; i += 1) {
      progress.at((n + i / (runs + 1)) / NAMES.length);
      const pair = [
        await ours.ask<number>({ root: ROOT, log } satisfies FoldOrder),
        await beside.ask<number>({ root: before, log } satisfies FoldOrder),
      ] as const;
      if (i === 0) continue;
      own.push(pair[0]);
      others.push(pair[1]);
    }
    figures.push({ name: log, unit: 'fixes/s', ours: own, beside: others, target: '≥ 10' });
  }
  progress.end();
  return figures;
}

/** Builds the earlier commit; its folder. */
async function checkOut(folder: string): Promise<string> {
  const packed = `${folder}.tar`;
  await mkdir(folder);
  await run('git', ['archive', '--output', packed, BEFORE], { cwd: ROOT });
  await run('tar', ['-xf', packed, '-C', folder]);
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  await run('npm', ['run', 'build'], { cwd: folder });
  return folder;
}
