import { BeatwatchError } from '../../model/errors.js';
import type { Fix } from '../../model/fix.js';
import type { Span } from './time-spread.js';
import type { TraceItem } from './trace-row.js';

/** `file`: fixes arrive in the order and at the times that the file says. `event-time`: each arrives at the instant at which it was taken. */
export type ReplayOrder = 'file' | 'event-time';

export interface Arrival {
  readonly row: number;
  readonly tracker: string;
  readonly fix: Fix;
  /** When the fix is to reach the server: log time, which never goes back. */
  readonly atMs: number;
  /** Its own date says another time, which is far from that of the rows beside it. */
  readonly odd: boolean;
}

/** Rows that are held at once for sorting. */
const MAX_SORTED_ROWS = 5_000_000;
/** A date that leaps ahead further than this in a file is looked at: the rows after it say whether time goes on there. */
const LEAP_MS = 6 * 3_600_000;
const ROWS_AFTER = 10;
/** The leap is odd when so many of the rows after it lie before it by as much. */
const RETURN_SHARE = 0.75;

type FixItem = Extract<TraceItem, { kind: 'fix' }>;

/**
 * When each fix of a recording reaches the server. One whose date is odd (outside `within`, or a leap that the rows after it do
 * not follow) arrives with the row before it, as it would at a live server, which then flags or refuses it; it moves no time.
 * Without `within` no date is odd.
 */
export function arrivalsOf(
  items: AsyncIterable<TraceItem>,
  order: ReplayOrder,
  within: Span | null,
): AsyncGenerator<Arrival> {
  return order === 'file' ? inFileOrder(fixesOf(items), within) : inEventOrder(fixesOf(items), within);
}

async function* fixesOf(items: AsyncIterable<TraceItem>): AsyncGenerator<FixItem> {
  for await (const item of items) if (item.kind === 'fix') yield item;
}

/** When a row says that it arrived: by receive time, or without one by the latest event time so far. */
export function claimedMs({ receivedMs, fix }: FixItem): number {
  return receivedMs ?? fix.eventTimeMs;
}

async function* inFileOrder(items: AsyncGenerator<FixItem>, within: Span | null): AsyncGenerator<Arrival> {
  const ahead: FixItem[] = [];
  const next = async (): Promise<FixItem | null> => {
    const read = await items.next();
    return read.done === true ? null : read.value;
  };
  let atMs = within?.fromMs ?? Number.NEGATIVE_INFINITY;
  for (let item = await next(); item !== null; item = ahead.shift() ?? (await next())) {
    const claimed = claimedMs(item);
    let odd = isOutside(claimed, within);
    if (!odd && within !== null && claimed - atMs > LEAP_MS) {
      while (ahead.length < ROWS_AFTER) {
        const following = await next();
        if (following === null) break;
        ahead.push(following);
      }
      odd = returns(claimed, ahead);
    }
    if (!odd) atMs = Math.max(atMs, claimed);
    yield { row: item.row, tracker: item.tracker, fix: item.fix, atMs, odd };
  }
}

function returns(claimed: number, ahead: readonly FixItem[]): boolean {
  const back = ahead.filter((item) => claimed - claimedMs(item) > LEAP_MS).length;
  return ahead.length > 0 && back >= ahead.length * RETURN_SHARE;
}

/** Sorted by event time (stable), read whole first. */
async function* inEventOrder(items: AsyncIterable<FixItem>, within: Span | null): AsyncGenerator<Arrival> {
  const arrivals: Arrival[] = [];
  for await (const { row, tracker, fix } of items) {
    if (arrivals.length === MAX_SORTED_ROWS) {
      const message = `trace: got more than ${MAX_SORTED_ROWS} fixes to sort by event time, expected at most that; use file order`;
      throw new BeatwatchError('trace-too-large', message);
    }
    const { eventTimeMs } = fix;
    const atMs = within === null ? eventTimeMs : Math.min(Math.max(eventTimeMs, within.fromMs), within.toMs);
    arrivals.push({ row, tracker, fix, atMs, odd: atMs !== eventTimeMs });
  }
  yield* arrivals.sort((a, b) => a.atMs - b.atMs);
}

function isOutside(ms: number, within: Span | null): boolean {
  return within !== null && (ms < within.fromMs || ms > within.toMs);
}
