import { LogReader } from '../../../src/log/log-reader.js';
import type { RawEntry } from '../../../src/log/raw-entry.js';
import { messageOf } from '../../../src/model/errors.js';
import { LOG_START, type LogId } from '../../../src/model/log-id.js';
import { createRandom } from '../../../src/simulator/random.js';
import { DISTRICT } from '../district.js';
import { Link, type Sea } from './link.js';
import { Process } from './process.js';

export interface ArchiveRun {
  readonly entries: readonly RawEntry[];
}

export interface Archive {
  /** Everything up to there is on its own disk. */
  readonly upTo: LogId | null;
  end(): ArchiveRun;
}

const FIRST_READ_MS = 30_000;
const LONGEST_PAUSE_MS = 300_000;

/** Something that copies the log and lags behind it: the log may only be trimmed up to where it is. */
export function followLog(sea: Sea, trouble: (invariant: string, detail: string) => void): Archive {
  const { scheduler, redis } = sea;
  const random = createRandom(sea.random.integer(0, 1_000_000), 'archive');
  const process = new Process('archive', scheduler);
  const link = new Link(sea, process);
  const entries: RawEntry[] = [];
  const openReader = () => {
    const after = entries.at(-1)?.id ?? LOG_START;
    return new LogReader({ district: DISTRICT, connection: link.connection(), after });
  };
  let reader = openReader();
  const copy = async (): Promise<void> => {
    for (;;) {
      const page = await reader.read({ count: 64, blockMs: 0 });
      entries.push(...page);
      if (page.length < 64) return;
    }
  };
  const turn = async (): Promise<void> => {
    try {
      await copy();
    } catch (error) {
      trouble('archive', messageOf(error));
      reader = openReader();
    }
    if (sea.isRough()) scheduler.after(random.integer(1_000, LONGEST_PAUSE_MS), () => void turn());
  };
  scheduler.after(FIRST_READ_MS, () => void turn());
  return {
    get upTo() {
      return entries.at(-1)?.id ?? null;
    },
    end: () => {
      // What it would still read: the log as it stands, where it joins on.
      const read = redis.read(entries.at(-1)?.id ?? LOG_START, '', Number.MAX_SAFE_INTEGER);
      if (read.state === 'ok') entries.push(...read.entries);
      return { entries };
    },
  };
}
