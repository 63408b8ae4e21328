import type { Fix } from '../../src/model/fix.js';

/** One stay, as the documents say it; nulls where it is still open. */
export interface ReferenceVisit {
  readonly innerFromMs: number;
  readonly innerToMs: number | null;
  readonly outerFromMs: number | null;
  readonly outerToMs: number | null;
}

interface Seen {
  readonly ms: number;
  readonly distanceM: number;
  readonly sigmaM: number;
}

interface Run {
  /** Indices of the first and the last fix inside, in the whole list. */
  first: number;
  last: number;
  left: boolean;
}

/**
 * The visits of one unit to one place, a whole day at a time: runs in each stretch without a hole, then merged. Written from the
 * documents and nothing of the engine. `fixes` by event time, believed; `holeMs`: fixes this far apart prove nothing between.
 */
export function referenceVisits(
  fixes: readonly Fix[],
  distanceM: (fix: Fix) => number,
  sigmaM: (fix: Fix) => number,
  holeMs: number,
): ReferenceVisit[] {
  const seen = fixes
    .map((fix): Seen => ({ ms: fix.eventTimeMs, distanceM: distanceM(fix), sigmaM: sigmaM(fix) }))
    .filter((fix) => fix.sigmaM <= 100);
  const at = (i: number): Seen => seen[i] as Seen;
  const visits: ReferenceVisit[] = [];
  let start = 0;
  while (start < seen.length) {
    let end = start + 1;
    while (end < seen.length && at(end).ms - at(end - 1).ms < holeMs) end += 1;
    const runs = mergedRuns(seen, start, end);
    for (const [i, run] of runs.entries()) {
      const isLast = i === runs.length - 1;
      const closed = !isLast || end < seen.length || isClosed(seen, run, end);
      visits.push({
        innerFromMs: at(run.first).ms,
        outerFromMs: outsideBefore(seen, run.first, start),
        innerToMs: closed ? at(run.last).ms : null,
        outerToMs: closed ? outsideAfter(seen, run.last, end) : null,
      });
    }
    start = end;
  }
  return visits;
}

function isSurelyOut({ distanceM, sigmaM }: Seen): boolean {
  return distanceM - sigmaM > 25;
}

/** The nearest fix before that is beyond doubt outside; where a hole comes first, the fix before the hole; else there is none. */
function outsideBefore(seen: readonly Seen[], first: number, start: number): number | null {
  for (let i = first - 1; i >= start; i -= 1) if (isSurelyOut(seen[i] as Seen)) return (seen[i] as Seen).ms;
  return seen[start - 1]?.ms ?? null;
}

function outsideAfter(seen: readonly Seen[], last: number, end: number): number | null {
  for (let i = last + 1; i < end; i += 1) if (isSurelyOut(seen[i] as Seen)) return (seen[i] as Seen).ms;
  return seen[end]?.ms ?? null;
}

/** In: from the first of two fixes inside in a row until three that are beyond 25 m with their σ and span 60 s, with none between. */
function mergedRuns(seen: readonly Seen[], start: number, end: number): Run[] {
  const at = (i: number): Seen => seen[i] as Seen;
  const inside = (i: number): boolean => at(i).distanceM <= 0;
  const surelyOut = (i: number): boolean => isSurelyOut(at(i));
  const runs: Run[] = [];
  let i = start;
  while (i + 1 < end) {
    if (!inside(i) || !inside(i + 1)) {
      i += 1;
      continue;
    }
    const run: Run = { first: i, last: i + 1, left: false };
    let outFrom = -1;
    for (i += 2; i < end && !run.left; i += 1) {
      if (inside(i)) run.last = i;
      if (!surelyOut(i)) outFrom = -1;
      else if (outFrom < 0) outFrom = i;
      run.left = outFrom >= 0 && i - outFrom + 1 >= 3 && at(i).ms - at(outFrom).ms >= 60_000;
    }
    const before = runs.at(-1);
    if (before !== undefined && at(run.first).ms - at(before.last).ms < 120_000) {
      before.last = run.last;
      before.left = run.left;
    } else runs.push(run);
  }
  return runs;
}

/** Left, and no run can begin any more that is less than 120 s behind it: not even with the last fix, if that is inside. */
function isClosed(seen: readonly Seen[], run: Run, end: number): boolean {
  if (!run.left) return false;
  const last = seen[end - 1] as Seen;
  return last.ms - (seen[run.last] as Seen).ms >= 120_000;
}
