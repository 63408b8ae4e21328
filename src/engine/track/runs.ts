import type { AlertEnding } from '../../model/alert.js';

/** A stretch of event time in which what a rule looks for held of a unit, by its positions. Never changed in place. */
export interface Run {
  /** The first position of the first stretch of positions, one after another, that lasted for `holdMs`; until there is one, of the latest. */
  readonly fromMs: number;
  /** The last position at which it held, and the last that spoke of it. */
  readonly lastMs: number;
  readonly seenMs: number;
  /** It has held at every position since; null: not at the last one. */
  readonly sinceMs: number | null;
  /** It has been over, or in doubt, at every position since the one at which it was surely over; null: it holds. */
  readonly overSinceMs: number | null;
  readonly isFound: boolean;
  /** What ended it, and the position that showed so; null: nothing has. */
  readonly ending: AlertEnding | null;
  readonly endedAtMs: number | null;
  /** How much of it there was at the most, and the limit there: what is measured, and in what, is the rule's matter. */
  readonly most: number;
  readonly limit: number;
  /** Places that it is about, sorted. */
  readonly places: readonly string[];
  /** How many of its positions said that the lightbar was on, or off, or said nothing of it. */
  readonly lit: number;
  readonly unlit: number;
  readonly unsaid: number;
  /** By the rule of then. */
  readonly holdMs: number;
  readonly planVersion: number;
}

/** Runs by rule. Never changed in place, so that folds share them. */
export type RunsByRule = ReadonlyMap<string, readonly Run[]>;

export const NO_RUNS: RunsByRule = new Map();
const NONE: readonly Run[] = [];

/** What one position says to a rule: that it holds, that it surely does not (`false`), or that nobody can tell (null). */
export interface Observation {
  readonly holds: boolean | null;
  readonly most: number;
  readonly limit: number;
  readonly places: readonly string[];
  readonly lightbar: boolean | null;
}

/** How a rule makes runs of its observations. */
export interface RunTerms {
  /** A run is found when it has held at every position for this long, and at two at least. */
  readonly holdMs: number;
  /** A run that was found is over when it has not held for this long. */
  readonly clearMs: number;
  /** Positions that are further apart say nothing of the time between them. */
  readonly mostGapMs: number;
  /** What it means that a run is over. */
  readonly over: AlertEnding;
  readonly planVersion: number;
}

/** The runs of one rule with one more position. Null: the rule does not look at it, for it does not bind. */
export function stepRuns(
  runs: readonly Run[],
  atMs: number,
  seen: Observation | null,
  terms: RunTerms,
): readonly Run[] {
  const last = runs.at(-1);
  const isOpen = last !== undefined && last.endedAtMs === null;
  if (!isOpen) return seen?.holds === true ? [...runs, begun(atMs, seen, terms)] : runs;
  if (seen === null) return ended(runs, last, atMs, 'window');
  if (atMs - last.seenMs > terms.mostGapMs) return stepRuns(ended(runs, last, atMs, 'silence'), atMs, seen, terms);
  if (last.places.join() !== seen.places.join() && seen.holds !== null)
    return stepRuns(ended(runs, last, atMs, 'window'), atMs, seen, terms);
  if (seen.holds === true) return replaced(runs, held(last, atMs, seen));
  if (!last.isFound) return runs.slice(0, -1);
  const overSinceMs = last.overSinceMs ?? (seen.holds === false ? atMs : null);
  const isOver = seen.holds === false && atMs - (overSinceMs ?? atMs) >= terms.clearMs;
  const next = { ...last, seenMs: atMs, sinceMs: null, overSinceMs };
  return isOver ? ended(runs, next, atMs, terms.over) : replaced(runs, next);
}

function begun(atMs: number, seen: Observation, { holdMs, planVersion }: RunTerms): Run {
  const start = {
    fromMs: atMs,
    lastMs: atMs,
    seenMs: atMs,
    sinceMs: atMs,
    overSinceMs: null,
    isFound: false,
    ending: null,
    endedAtMs: null,
    most: 0,
    limit: seen.limit,
    places: seen.places,
    lit: 0,
    unlit: 0,
    unsaid: 0,
    holdMs,
    planVersion,
  };
  return held(start, atMs, seen);
}

function held(run: Run, atMs: number, { most, limit, lightbar }: Observation): Run {
  const sinceMs = run.sinceMs ?? atMs;
  const isMore = most > run.most;
  return {
    ...run,
    lastMs: atMs,
    seenMs: atMs,
    sinceMs,
    overSinceMs: null,
    isFound: run.isFound || (atMs > sinceMs && atMs - sinceMs >= run.holdMs),
    most: isMore ? most : run.most,
    limit: isMore ? limit : run.limit,
    lit: run.lit + Number(lightbar === true),
    unlit: run.unlit + Number(lightbar === false),
    unsaid: run.unsaid + Number(lightbar === null),
  };
}

/** A run that was not found leaves nothing. */
function ended(runs: readonly Run[], run: Run, endedAtMs: number, ending: AlertEnding): readonly Run[] {
  return run.isFound ? replaced(runs, { ...run, ending, endedAtMs }) : runs.slice(0, -1);
}

function replaced(runs: readonly Run[], run: Run): readonly Run[] {
  return [...runs.slice(0, -1), run];
}

/** Ends the run of a rule that no longer looks at the unit. */
export function endRuns(runs: readonly Run[], atMs: number): readonly Run[] {
  const last = runs.at(-1);
  return last === undefined || last.endedAtMs !== null ? runs : ended(runs, last, atMs, 'window');
}

export function runsOf(all: RunsByRule, ruleId: string): readonly Run[] {
  return all.get(ruleId) ?? NONE;
}

/** The same with other runs of a rule. */
export function withRuns(all: RunsByRule, ruleId: string, runs: readonly Run[]): RunsByRule {
  if (runs === runsOf(all, ruleId)) return all;
  const others = new Map(all);
  if (runs.length === 0) others.delete(ruleId);
  else others.set(ruleId, runs);
  return others.size === 0 ? NO_RUNS : others;
}

/** Without those that ended before the cutoff. */
export function keptRuns(all: RunsByRule, cutoffMs: number): RunsByRule {
  let kept = all;
  for (const [ruleId, runs] of all) {
    const isKept = ({ endedAtMs }: Run): boolean => endedAtMs === null || endedAtMs >= cutoffMs;
    if (!runs.every(isKept)) kept = withRuns(kept, ruleId, runs.filter(isKept));
  }
  return kept;
}
