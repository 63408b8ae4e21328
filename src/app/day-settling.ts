import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFolder } from '../archive/archive-folder.js';
import { joinedVersions } from '../archive/joined-versions.js';
import type { LiveFindings } from '../days/day-changes.js';
import { EarlierActs } from '../days/earlier-acts.js';
import { historyEvents } from '../days/history-events.js';
import { hoursLogged } from '../days/hours-logged.js';
import { IncompleteDays } from '../days/incomplete-days.js';
import { type SettlerPorts, settleDueDays } from '../days/settler.js';
import { HotStore } from '../hot/hot-store.js';
import { logBegin } from '../log/log-range.js';
import { logEnd } from '../log/raw-entry.js';
import { appendSettlement, readSettledDays, readSettlement } from '../log/settlements.js';
import type { VersionHistory } from '../log/version-history.js';
import { messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { RedisConnection } from '../redis/connection.js';
import { historyOf } from './district-history.js';

/** How often it is looked whether a day is due: in log time, and in real time how far the log has come. */
const LOOK_EVERY_MS = 300_000;
const LOOK_MS = 5_000;
/** What failed is tried again after this, and then after twice as long each time, up to the longest. */
const AGAIN_MS = 60_000;
const LONGEST_AGAIN_MS = 3_600_000;
/** Alerts, and visits, of a day that are compared with its record. */
const MAX_FINDINGS = 1_000_000;

export interface DaySettlingOptions {
  readonly district: string;
  /** Its archive. */
  readonly folder: string;
  /** Purpose `query`, for nothing else. */
  readonly connection: RedisConnection;
  readonly settleAtMinute: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What is kept of a district from one look to the next. */
export class SettlingMemory {
  readonly incomplete = new IncompleteDays();
  readonly earlier = new EarlierActs();
}

/**
 * Settles the days of a district as they fall due, by the time of its log, until the signal aborts. What fails is tried again. `tell` is given what is
 * wrong after each look, in words; null: nothing.
 */
export async function keepSettling(o: DaySettlingOptions, tell: (wrong: string | null) => void): Promise<void> {
  const { district, connection, logger, signal } = o;
  const memory = new SettlingMemory();
  let againMs = AGAIN_MS;
  let looked = 0;
  while (!signal.aborted) {
    let pauseMs = LOOK_MS;
    try {
      const end = await logEnd(connection, district);
      const look = Math.floor((end?.atMs ?? 0) / LOOK_EVERY_MS);
      if (end !== null && look !== looked) {
        await settleOnce(o, memory);
        tell(lackingText(memory.incomplete.dates));
      }
      looked = look;
      againMs = AGAIN_MS;
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ district, error: messageOf(error) }, 'a day cannot be settled; it is tried again');
      tell(`a day cannot be settled: ${messageOf(error)}`);
      pauseMs = againMs;
      againMs = Math.min(2 * againMs, LONGEST_AGAIN_MS);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

function lackingText(dates: readonly string[]): string | null {
  return dates.length === 0 ? null : `not settled, because something of them was deleted: ${dates.join(', ')}`;
}

/** Settles what is due now. Answers how many settlements it appended. */
export async function settleOnce(o: DaySettlingOptions, memory = new SettlingMemory()): Promise<number> {
  const { district, settleAtMinute, logger } = o;
  const hot = new HotStore({ district, commit: o.connection, query: o.connection });
  const plan = await hot.readPlan();
  if (plan === null) return 0;
  const archive = await ArchiveFolder.open({ folder: o.folder, district });
  const ports = settlerPorts(o, hot, archive, memory);
  const { incomplete } = memory;
  const options = { district, timeZone: plan.timeZone, settleAtMinute, incomplete, logger, signal: o.signal };
  try {
    return await settleDueDays(ports, options);
  } finally {
    await archive.close();
  }
}

function settlerPorts(
  { district, connection }: DaySettlingOptions,
  hot: HotStore,
  archive: ArchiveFolder,
  { earlier }: SettlingMemory,
): SettlerPorts {
  const history = historyOf(district, archive)(connection);
  return {
    logTimes: async () => {
      const end = await logEnd(connection, district);
      const begin = await logBegin({ district, connection });
      const fromMs = archive.lines[0]?.line.logTime.fromMs ?? begin.first?.id.ms;
      return end === null || fromMs === undefined ? null : { fromMs, toMs: end.atMs };
    },
    eventsOf: (day, readToMs) => historyEvents(history, { district, day, readToMs, earlier }),
    hoursLogged: (fromMs, toMs) => hoursLogged(history, fromMs, toMs),
    liveFindings: (fromMs, toMs) => lastFindings(joinedVersions(archive, hot), fromMs, toMs),
    settledDays: () => readSettledDays({ district, connection }),
    readSettlement: (day, mark) => readSettlement(history, day, mark),
    append: (settlement, mark, before) => appendSettlement({ district, connection, settlement, mark, before }),
  };
}

/** The last versions of the alerts and visits that touch `[fromMs, toMs)`. */
async function lastFindings(versions: VersionHistory, fromMs: number, toMs: number): Promise<LiveFindings> {
  const query = { fromMs, toMs, most: MAX_FINDINGS };
  const alerts = (await versions.alerts(query)).flatMap(
    (all) => all.findLast(({ change }) => change !== 'refused') ?? [],
  );
  const visits = (await versions.visits(query)).flatMap((all) => all.at(-1) ?? []);
  return { alerts, visits };
}
