import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { BREAKS } from './breaks/breaks.js';

export interface Options {
  readonly seeds: number;
  readonly from: number;
  /** Seeds with real processes. */
  readonly real: number;
  readonly jobs: number;
  /** A mechanism to take away, or `all`. */
  readonly broken: string | null;
  readonly list: boolean;
  readonly json: boolean;
  /** A case file to run instead of seeds. */
  readonly case: string | null;
  /** How long a failing seed may be shrunk, seconds. */
  readonly shrinkS: number;
  readonly help: boolean;
}

export const USAGE = `npm run campaign -- [options]
  --seeds N      seeds in memory (100)
  --from S       the first seed (1)
  --real M       seeds with real processes, a real Redis and kill -9 (one in twenty of the seeds)
  --break NAME   take a mechanism away: a violation must be found, and the exit code is 1; \`all\`: each of them, in a table
  --list         the mechanisms and the invariants
  --case FILE    run a case file
  --shrink S     shrink a failing seed for at most so many seconds (60; 0: not at all)
  --jobs J       processes at once (as many as there are cores)
  --json         the summary as one line of JSON`;

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      real: { type: 'string' },
      jobs: { type: 'string' },
      break: { type: 'string' },
      case: { type: 'string' },
      shrink: { type: 'string' },
      list: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const broken = values.break ?? null;
  if (broken !== null && broken !== 'all' && !BREAKS.has(broken)) {
    throw new Error(`--break: got ${broken}, expected all or one of ${[...BREAKS.keys()].join(', ')}`);
  }
  const seeds = count('seeds', values.seeds, broken === null ? 100 : 400);
  return {
    seeds,
    from: count('from', values.from, 1),
    real: count('real', values.real, broken === null && values.case === undefined ? Math.floor(seeds / 20) : 0),
    jobs: Math.max(1, count('jobs', values.jobs, availableParallelism())),
    broken,
    list: values.list ?? false,
    json: values.json ?? false,
    case: values.case ?? null,
    shrinkS: count('shrink', values.shrink, broken === null ? 60 : 0),
    help: values.help ?? false,
  };
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name}: got ${text}, expected a whole number`);
  return value;
}
