import { setImmediate as nextRound } from 'node:timers/promises';
import type { ClearOf, ClearStretch, FixQuery, LoggedFix } from '../log/fix-history.js';
import { compareLogIds, type LogId } from '../model/log-id.js';
import type { AreaE7 } from '../model/plan.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { Leg } from './fix-legs.js';
import { estimateFixes, filesOf } from './read-plan.js';

/** Ways are read first from files that have so many times the rows of the question at most: of few units of many, their fixes cost less. */
const ROWS_READ_PER_ROW = 32;
/** Trackers whose ways are looked at until the event loop goes round. */
const TRACKERS_A_ROUND = 256;

const NONE: ReadonlySet<number> = new Set();

/**
 * The stretches of a query that are clear of its area, by the coarse ways of their trackers. None when the archive has more than the reading looks
 * at, as a way does not say of which entry it is; nor when to read the ways costs more than to read the fixes.
 *
 * @param upTo as far as the archive is read; all that it had of the query is there
 * @param tail what the log in Redis has of the query
 */
export async function clearStretches(
  { archive, upTo }: { readonly archive: ArchiveFolder; readonly upTo: LogId },
  { clearOf, stretches, trackers, signal }: FixQuery,
  tail: readonly LoggedFix[],
): Promise<ReadonlySet<number>> {
  if (clearOf === undefined || compareLogIds(upTo, archive.upTo) < 0) return NONE;
  const inTail = new Set(tail.map(({ stretch }) => stretch));
  const offered = stretches.flatMap((stretch, index) => {
    const its = clearOf.stretches[index];
    return its === null || its === undefined || inTail.has(index) ? [] : [{ index, tracker: stretch.tracker, its }];
  });
  if (offered.length === 0) return NONE;
  const quietMs = Math.max(...offered.map(({ its }) => its.quietMs));
  const times = { fromMs: clearOf.fromMs - quietMs, toMs: clearOf.toMs + quietMs };
  const parts = filesOf(archive.fixParts, times);
  const { rows } = estimateFixes(parts, stretches, trackers);
  if (parts.length === 0 || archive.legs.unreadRows(parts) > ROWS_READ_PER_ROW * rows) return NONE;
  try {
    const files = parts.map(({ file }) => file.name);
    const legs = await archive.legs.read(await archive.reader(), files, signal);
    const clear = new Set<number>();
    for (const [i, { index, tracker, its }] of offered.entries()) {
      const own = legs.flatMap((file) => file.of(tracker)?.within(times.fromMs, times.toMs) ?? []);
      if (isClear(own, its, clearOf)) clear.add(index);
      if (i % TRACKERS_A_ROUND === TRACKERS_A_ROUND - 1) await nextRound();
    }
    return clear;
  } catch {
    // A file that cannot be read is reported when the fixes are.
    signal?.throwIfAborted();
    return NONE;
  }
}

/**
 * Whether a unit with these legs surely was outside of an area all the time, and was heard of: precise positions follow each other from before
 * the times to behind them, and neither a position nor the way from one to the next comes near the area.
 */
export function isClear(legs: readonly Leg[], { quietMs, area }: ClearStretch, clearOf: ClearOf): boolean {
  const sorted = legs.toSorted((a, b) => a.fromMs - b.fromMs);
  return isHeard(sorted, quietMs, clearOf) && sorted.every(({ box }) => isIn(box, area)) && isAway(sorted, clearOf);
}

function isHeard(legs: readonly Leg[], quietMs: number, { fromMs, toMs }: ClearOf): boolean {
  let heardMs = legs[0]?.preciseFromMs ?? Number.POSITIVE_INFINITY;
  if (heardMs > fromMs) return false;
  for (const { preciseFromMs, preciseToMs, gapMs } of legs) {
    if (preciseFromMs - heardMs > quietMs || gapMs > quietMs) return false;
    heardMs = Math.max(heardMs, preciseToMs);
  }
  return heardMs >= toMs;
}

/** A way between two legs lies in the box around both; between legs that overlap, ways lie in the box around all. */
function isAway(legs: readonly Leg[], { box, wideBox }: ClearOf): boolean {
  const isMixed = legs.some(({ fromMs }, i) => fromMs <= (legs[i - 1]?.toMs ?? Number.NEGATIVE_INFINITY));
  const areaOf = (some: readonly Leg[]): AreaE7 => (some.every(({ isPrecise }) => isPrecise) ? box : wideBox);
  const groups = isMixed ? [legs] : legs.map((_, i) => legs.slice(Math.max(0, i - 1), i + 1));
  return groups.every((some) => !meets(around(some), areaOf(some)));
}

function around(legs: readonly Leg[]): AreaE7 {
  return legs
    .map(({ box }) => box)
    .reduce((a, b) => ({
      westE7: Math.min(a.westE7, b.westE7),
      southE7: Math.min(a.southE7, b.southE7),
      eastE7: Math.max(a.eastE7, b.eastE7),
      northE7: Math.max(a.northE7, b.northE7),
    }));
}

function meets(a: AreaE7, b: AreaE7): boolean {
  return a.westE7 <= b.eastE7 && a.eastE7 >= b.westE7 && a.southE7 <= b.northE7 && a.northE7 >= b.southE7;
}

function isIn(box: AreaE7, area: AreaE7 | null): boolean {
  if (area === null) return true;
  const isAcross = box.westE7 >= area.westE7 && box.eastE7 <= area.eastE7;
  return isAcross && box.southE7 >= area.southE7 && box.northE7 <= area.northE7;
}
