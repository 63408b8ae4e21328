/** Stretches of event time in which something held, and since when it holds now. */
export interface Mark {
  /** Flat, sorted, disjoint: `[from0, to0, from1, to1, …]`. */
  readonly intervals: number[];
  /** Null: it does not hold. */
  sinceMs: number | null;
}

/** Says whether the mark holds from `nowMs` on. Answers whether that is new. */
export function moveMark(mark: Mark, holds: boolean, nowMs: number): boolean {
  if (holds === (mark.sinceMs !== null)) return false;
  if (mark.sinceMs !== null) addMark(mark.intervals, mark.sinceMs, nowMs);
  mark.sinceMs = holds ? nowMs : null;
  return true;
}

/** Adds a stretch behind those that are there; one that touches the last goes on with it, an empty one is nothing. */
export function addMark(intervals: number[], fromMs: number, toMs: number): void {
  if (fromMs >= toMs) return;
  if (intervals.at(-1) === fromMs) intervals[intervals.length - 1] = toMs;
  else intervals.push(fromMs, toMs);
}

/** Whether it holds, or held at a time that is not forgotten. */
export function hasMarks({ intervals, sinceMs }: Mark): boolean {
  return intervals.length > 0 || sinceMs !== null;
}

/** The stretches up to `nowMs`, flat. */
export function marksUntil({ intervals, sinceMs }: Mark, nowMs: number): readonly number[] {
  return sinceMs === null || sinceMs >= nowMs ? intervals : [...intervals, sinceMs, nowMs];
}
