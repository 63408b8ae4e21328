import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isArchiveBreak } from './breaks/archive-breaks.js';
import { BREAKS } from './breaks/breaks.js';
import { isTestedBreak } from './breaks/tested-breaks.js';
import { missingRecordings } from './days/run-day-seed.js';

export interface Options {
  /** Seeds in memory. */
  readonly seeds: number;
  /** Seeds of the archive. */
  readonly archives: number;
  readonly from: number;
  /** Seeds with real processes. */
  readonly real: number;
  /** Shuffles of each recorded day. */
  readonly days: number;
  readonly jobs: number;
  /** A mechanism to take away, or `all`, `seeds`, `tests`. */
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

Seeded faults over fleet, network, servers, Redis and people; the promises that must hold all the same are checked of each
seed. A failing seed is named with the command that repeats it, and shrunk to a case in test/campaign/cases, which npm test
runs from then on.

  --seeds N      seeds in memory: the real engine, runner and log over models of Redis and its network (100; 400 with --break)
  --archives N   seeds of the archive: real archivers over real files, killed, two at once, on a full disk, the log trimmed and
                 restored behind them (one for ten seeds; 60 with --break of a protection of the archive)
  --days N       shuffles of each recorded day: Yunnan, Austin (one for a hundred seeds; 0 where the recordings are missing)
  --real N       seeds with real processes: serve, its Redis, sockets, kill -9 (one for twenty seeds)
  --from S       the first seed of each kind (1)
  --break NAME   take one protection away: a violation must be found, or the test that it names fail. With \`all\`: each of
                 them in turn, as a table; with \`seeds\`: those that seeds find; with \`tests\`: those that name a test
  --case FILE    run a case, without the protection that it names; none taken away with --break none. With \`all\`: each
                 committed case, which must hold, and break without the protection that it names
  --shrink S     shrink a failing seed, or the case, for so many seconds at most (60; with --break and --case 0: not at all)
  --list         the faults, the invariants, and the protections that --break takes away
  --jobs N       processes at once (as many as there are cores)
  --json         the result as one line of JSON
  --help         print this

Exit code: 0, no violation; 1, one was found, which is what --break is to come to; 2, the options are wrong, a fault was in
none of 200 seeds and more, or a protection was taken away and nothing found. A test that fails without its protection is
a violation found.`;

/** Whether `--break` names a group of protections, each of which is taken away in turn. */
export function isGroup(broken: string | null): broken is 'all' | 'seeds' | 'tests' {
  return broken === 'all' || broken === 'seeds' || broken === 'tests';
}

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      archives: { type: 'string' },
      from: { type: 'string' },
      real: { type: 'string' },
      days: { type: 'string' },
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
  const isNone = broken === 'none' && values.case !== undefined;
  if (broken !== null && !isGroup(broken) && !isNone && !BREAKS.has(broken)) {
    throw new Error(
      `--break: got ${broken}, expected all, seeds, tests or one of\n  ${[...BREAKS.keys()].join('\n  ')}`,
    );
  }
  if (broken !== null && isTestedBreak(broken) && values.case !== undefined) {
    throw new Error(`--break: got ${broken}, which a test shows, expected one that a case can be without`);
  }
  const isArchives = broken !== null && isArchiveBreak(broken);
  const seeds = count('seeds', values.seeds, broken === null ? 100 : isArchives ? 0 : 400);
  const isWhole = broken === null && values.case === undefined;
  const missing = missingRecordings();
  const days = count('days', values.days, isWhole && missing.length === 0 ? Math.floor(seeds / 100) : 0);
  if (days > 0 && missing.length > 0) {
    throw new Error(`--days: got no ${missing.join(', ')}, expected it in ../shared/data/traces`);
  }
  return {
    seeds,
    archives: count('archives', values.archives, isArchives ? 60 : isWhole ? Math.floor(seeds / 10) : 0),
    from: count('from', values.from, 1),
    real: count('real', values.real, isWhole ? Math.floor(seeds / 20) : 0),
    days,
    jobs: Math.max(1, count('jobs', values.jobs, availableParallelism())),
    broken,
    list: values.list ?? false,
    json: values.json ?? false,
    case: values.case ?? null,
    shrinkS: count('shrink', values.shrink, isWhole ? 60 : 0),
    help: values.help ?? false,
  };
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name}: got ${text}, expected a whole number`);
  return value;
}
