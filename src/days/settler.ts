import { DAY_MINUTES, LocalClock } from '../district/local-time.js';
import type { DayMark, DaySettlement, SettledDay } from '../model/day-record.js';
import { BeatwatchError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { changesOf, type LiveFindings } from './day-changes.js';
import { correctionOf } from './day-correction.js';
import type { DayEvents } from './day-events.js';
import { foldDay } from './fold-day.js';
import { LEAD_MS } from './history-events.js';
import type { IncompleteDays } from './incomplete-days.js';
import { type LocalDay, localDayAt } from './local-day.js';
import { recordDigest } from './record-digest.js';

/** A day is settled, or corrected, while it is at most so many days old. */
export const SETTLE_DAYS = 14;
/** A note of a settled day names so many of the live alerts and visits that it does not hold. */
export const MAX_UNHELD = 1_000;

/** What settling asks of the log and of what is known of it. */
export interface SettlerPorts {
  /** Log times of the first entry that can be read, and of the last; null: there is no log. */
  readonly logTimes: () => Promise<{ readonly fromMs: number; readonly toMs: number } | null>;
  readonly eventsOf: (day: LocalDay, readToMs: number) => Promise<DayEvents>;
  /** The hours that entries bear on which were logged in `[fromMs, toMs)`, each as its start, ms. */
  readonly hoursLogged: (fromMs: number, toMs: number) => Promise<ReadonlySet<number>>;
  readonly liveFindings: (fromMs: number, toMs: number) => Promise<LiveFindings>;
  /** Oldest first. */
  readonly settledDays: () => Promise<readonly SettledDay[]>;
  readonly readSettlement: (day: string, mark: DayMark) => Promise<DaySettlement>;
  /** False: somebody else has settled or corrected the day otherwise meanwhile. */
  readonly append: (
    settlement: DaySettlement,
    mark: Omit<DayMark, 'logId' | 'atMs' | 'parts'>,
    before: SettledDay | null,
  ) => Promise<boolean>;
}

export interface SettlerOptions {
  readonly district: string;
  readonly timeZone: string;
  /** Minute of the next local day at which a day is settled; 720 is noon. */
  readonly settleAtMinute: number;
  /** Kept from one call to the next. */
  readonly incomplete: IncompleteDays;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Settles every day that is due and not settled, oldest first; before each it corrects the days before it for which something came since they were
 * settled. Whatever breaks it off, the next call goes on from what the log says. Answers how many settlements it has appended.
 */
export async function settleDueDays(ports: SettlerPorts, o: SettlerOptions): Promise<number> {
  const times = await ports.logTimes();
  if (times === null) return 0;
  let appended = 0;
  const due = dueDays(times, await ports.settledDays(), o);
  o.incomplete.keep(new Set(due.map(({ day }) => day)));
  for (const day of due) {
    if (!o.incomplete.isDue(day.day, times.toMs)) continue;
    appended += await correctDays(ports, day, times.toMs, o);
    if (await settle(ports, day, null, times.toMs, o)) appended += 1;
  }
  return appended;
}

/** Days from the log's first one on that are over long enough and not settled, oldest first. */
export function dueDays(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  settled: readonly SettledDay[],
  { timeZone, settleAtMinute }: Pick<SettlerOptions, 'timeZone' | 'settleAtMinute'>,
): readonly LocalDay[] {
  const clock = new LocalClock(timeZone);
  const done = new Set(settled.map(({ day }) => day));
  const today = clock.dayAt(toMs);
  const last = clock.instantMs(today * DAY_MINUTES + settleAtMinute) <= toMs ? today - 1 : today - 2;
  const first = Math.max(clock.dayAt(fromMs), last - SETTLE_DAYS + 1);
  const days: LocalDay[] = [];
  for (let number = first; number <= last; number += 1) {
    const day = localDayAt(clock.instantMs(number * DAY_MINUTES), timeZone);
    if (!done.has(day.day)) days.push(day);
  }
  return days;
}

/** Settles those days before `due` again for which something came since the last daily run. Answers how many came out otherwise. */
async function correctDays(ports: SettlerPorts, due: LocalDay, readToMs: number, o: SettlerOptions): Promise<number> {
  const settled = await ports.settledDays();
  const earlier = settled.filter(
    ({ fromMs }) => fromMs < due.fromMs && fromMs >= due.fromMs - SETTLE_DAYS * 86_400_000,
  );
  // The last run looked at what came before it; a correction that was broken off is found again, and is then none.
  const sinceMs = Math.max(0, ...settled.map(({ settlements: [first] }) => first.readToMs));
  if (earlier.length === 0) return 0;
  const hours = await ports.hoursLogged(sinceMs, readToMs);
  let corrected = 0;
  for (const day of earlier) {
    const local = localDayAt(day.fromMs, o.timeZone);
    if (![...hours].some((hourMs) => bearsOn(local, hourMs))) continue;
    if (await settle(ports, local, day, readToMs, o)) corrected += 1;
  }
  return corrected;
}

/** Null: something of the day was deleted from the archive. Whatever stands of it stands. */
async function wholeDay(
  ports: SettlerPorts,
  day: LocalDay,
  readToMs: number,
  logger: Logger,
): Promise<DayEvents | null> {
  try {
    return await ports.eventsOf(day, readToMs);
  } catch (error) {
    if (!(error instanceof BeatwatchError) || error.code !== 'day-incomplete') throw error;
    logger.warn({ day: day.day, error: error.message }, 'a day is not settled or corrected: not all of it is there');
    return null;
  }
}

/** Whether what happened in an hour may be in the fold of a day; what lies before or behind it may, too. */
function bearsOn({ fromMs, toMs }: LocalDay, hourMs: number): boolean {
  return hourMs >= fromMs - BEFORE_MS && hourMs < toMs + AFTER_MS;
}
const BEFORE_MS = LEAD_MS + 3_600_000;
/** The longest that plans can ask for: doubt of four hours, presence of one; and what is forgotten later than it is settled. */
const AFTER_MS = 8 * 3_600_000;

/** False: the day stands as it comes out, or another settler was first. */
async function settle(
  ports: SettlerPorts,
  day: LocalDay,
  before: SettledDay | null,
  readToMs: number,
  { incomplete, logger, signal }: SettlerOptions,
): Promise<boolean> {
  const events = await wholeDay(ports, day, readToMs, logger);
  if (events === null) {
    if (before === null) incomplete.add(day.day, readToMs);
    return false;
  }
  const folded = await foldDay(events, signal === undefined ? {} : { signal });
  const { record } = folded;
  const digest = recordDigest(record);
  const last = before?.settlements.at(-1);
  if (last?.digest === digest) return false;
  const changes = changesOf(folded, await ports.liveFindings(record.fromMs, record.toMs));
  const correction =
    last === undefined ? null : correctionOf((await ports.readSettlement(day.day, last)).record, record);
  const unheld = changes.flatMap(({ live }) => live);
  const mark = {
    digest,
    foldVersion: record.foldVersion,
    readToMs,
    visits: record.visits.length,
    alerts: record.alerts.length,
    changes: changes.length,
    unheld: unheld.slice(0, MAX_UNHELD),
    unheldInAll: unheld.length,
  };
  const stands = await ports.append({ record, changes, correction }, mark, before);
  const facts = { day: day.day, digest, changes: changes.length };
  if (!stands) logger.warn(facts, 'another server has settled this day otherwise; it is corrected with the next one');
  else logger.info(facts, before === null ? 'a day is settled' : 'a settled day is corrected');
  return stands;
}
