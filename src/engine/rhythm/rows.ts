import type { AlertEvidence } from '../../model/alert.js';
import { indexOfInterval, intersect } from '../../model/intervals.js';
import type { Intervals, PredictableRule } from '../../model/plan.js';
import { judgedFromMs, type OutageInput } from '../agenda/after-outage.js';
import type { Episode, Finding } from '../alerts/episodes.js';
import { type LimitInForce, limitAt } from '../plan/limits-over.js';
import { factsOf, latestMs, NO_ROW, type Row, rowWith } from './row.js';
import { NO_STAYS, type Stays, type StayStart, staysOver, type StaysSoFar } from './stays.js';

export interface RhythmInput extends OutageInput {
  readonly nowMs: number;
  /** Before this, who was there is forgotten but for `remembered`. */
  readonly sinceMs: number;
  /** What was known at `sinceMs`; null: nothing is forgotten that matters. */
  readonly remembered: RememberedRhythm | null;
  /** When the rule binds for the place. */
  readonly binds: Intervals;
  /** The rule over the versions of the plan. */
  readonly limits: readonly LimitInForce<PredictableRule>[];
  /** When somebody who counts was there up to now; and when somebody was, or may have been. */
  readonly proven: Intervals;
  readonly maybe: () => Intervals;
  /** Who was there at the start of a stay. */
  readonly whoCame: (atMs: number) => string | null;
}

/** The stays and the row up to an instant. */
export interface RememberedRhythm {
  readonly stays: StaysSoFar;
  readonly row: Row;
}

/**
 * The times in which the visits to a place could be guessed: the last `revisits` intervals between the starts of its stays lay so near to each
 * other, for certain. Of a rhythm that only may have been one nothing is said.
 */
export function findRhythms(input: RhythmInput): Finding {
  // Doubt only takes rhythms away, and at most places there is none to take.
  const { episodes } = rowsUntil(input, input.proven, input.nowMs);
  if (episodes.length === 0) return { episodes, nextMs: null };
  const { episodes: certain, endMs } = rowsUntil(input, input.maybe(), input.nowMs);
  return { episodes: certain, nextMs: endMs };
}

/** What remains known when all that was before `cutoffMs` is forgotten. */
export function rememberRhythm(input: RhythmInput, cutoffMs: number): RememberedRhythm {
  const { stays, row, episodes } = rowsUntil(input, input.maybe(), cutoffMs);
  const toMs = episodes.at(-1)?.toMs ?? null;
  return { stays, row: toMs !== null && toMs < cutoffMs ? { ...row, guessed: null } : row };
}

/** The first stay, of those that are proven now, that is not among those that were told. */
export function untoldStay(
  input: RhythmInput,
  toldMs: readonly number[],
  untilMs: number | null,
): { readonly unit: string; readonly atMs: number } | null {
  const firstMs = toldMs[0] ?? 0;
  for (const { atMs } of staysUntil(input, input.proven, input.nowMs).starts) {
    if (atMs < firstMs || toldMs.includes(atMs) || (untilMs !== null && atMs > untilMs)) continue;
    const unit = input.whoCame(atMs);
    if (unit !== null) return { unit, atMs };
  }
  return null;
}

interface Rows extends RememberedRhythm {
  readonly episodes: readonly Episode[];
  /** When what goes on is over unless somebody comes; null: nothing does. */
  readonly endMs: number | null;
}

function rowsUntil(input: RhythmInput, maybe: Intervals, untilMs: number): Rows {
  const { remembered, binds, limits, nowMs } = input;
  const stays = staysUntil(input, maybe, untilMs);
  const episodes: Episode[] = [];
  let row = remembered?.row ?? NO_ROW;
  for (const start of stays.starts) {
    const { atMs } = start;
    row = endedBy(input, row, atMs, episodes);
    const after = withStay(row, start, binds, limitAt(limits, atMs));
    if (row.guessed !== null && after.guessed === null) {
      const unit = input.whoCame(atMs);
      const came: AlertEvidence = unit === null ? {} : { byUnit: unit, byEventTimeMs: atMs };
      episodes.push(episodeOf(row, row.guessed, atMs, { ending: 'broken', ...came }));
    }
    row = after;
  }
  const { guessed } = row;
  if (guessed === null) return { stays: stays.after, row, episodes, endMs: null };
  const end = endOf(input, row, latestMs(row, guessed));
  const dueMs =
    end.ending === 'window' ? end.toMs : judgedFromMs(row.starts.at(-1) as number, end.toMs + awaitedMs(input), input);
  const goesOn = nowMs < dueMs;
  episodes.push(goesOn ? episodeOf(row, guessed, null, {}) : episodeOf(row, guessed, end.toMs, { ending: end.ending }));
  return { stays: stays.after, row, episodes, endMs: goesOn ? dueMs : null };
}

function staysUntil({ remembered, sinceMs, limits, proven }: RhythmInput, maybe: Intervals, untilMs: number): Stays {
  const over: Intervals = [remembered === null ? 0 : sinceMs, untilMs];
  const mergeMs = (atMs: number): number => limitAt(limits, atMs)?.rule.mergeMs ?? 0;
  return staysOver(intersect(proven, over), intersect(maybe, over), mergeMs, remembered?.stays ?? NO_STAYS);
}

/** Nobody enters a place with fewer than two fixes: so many report intervals after an instant it is known who came at it. */
const REPORTS_AWAITED = 2;

function awaitedMs({ reportIntervalMs }: OutageInput): number {
  return REPORTS_AWAITED * reportIntervalMs;
}

function withStay(row: Row, start: StayStart, binds: Intervals, limit: LimitInForce<PredictableRule> | null): Row {
  const window = indexOfInterval(binds, start.atMs);
  const opensMs = binds[window];
  // Who may have come before the hours began has not come in them.
  if (opensMs === undefined || limit === null || start.earliestMs < opensMs) return NO_ROW;
  return rowWith(row, opensMs, start, limit);
}

/** The row as it is when a stay begins: what could be guessed no longer by then is told. */
function endedBy(input: RhythmInput, row: Row, atMs: number, episodes: Episode[]): Row {
  const { guessed } = row;
  if (guessed === null) return row;
  const { toMs, ending } = endOf(input, row, latestMs(row, guessed));
  if (ending === 'window' ? atMs < toMs : atMs <= toMs) return row;
  episodes.push(episodeOf(row, guessed, toMs, { ending }));
  return { ...row, guessed: null };
}

/** When a row that could be guessed is over if nobody comes: its guess was not true, or the hours end before. */
function endOf(
  { binds }: RhythmInput,
  { starts }: Row,
  lastMs: number,
): { readonly toMs: number; readonly ending: 'broken' | 'window' } {
  const window = indexOfInterval(binds, starts.at(-1) as number);
  const closesMs = binds[window + 1];
  return window >= 0 && closesMs !== undefined && closesMs <= lastMs
    ? { toMs: closesMs, ending: 'window' }
    : { toMs: lastMs, ending: 'broken' };
}

function episodeOf(
  row: Row,
  guessed: NonNullable<Row['guessed']>,
  toMs: number | null,
  evidence: AlertEvidence,
): Episode {
  const { sinceMs, planVersion } = guessed;
  return {
    fromMs: sinceMs,
    toMs,
    certainty: 'certain',
    evidence: { ...evidence, rhythm: factsOf(row, guessed), planVersion },
  };
}
