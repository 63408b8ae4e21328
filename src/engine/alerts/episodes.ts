import type { AlertCause, AlertEpisode, AlertEvidence, AlertVersion, WindowFacts } from '../../model/alert.js';
import { intersect, subtract } from '../../model/intervals.js';
import { MAX_ALERT_EPISODES, MAX_SURE_STRETCHES } from '../../model/limits.js';

/** A rule's finding about one subject, as recomputed now: the input of the alert book. */
export interface Episode extends AlertEpisode {
  readonly evidence: AlertEvidence;
  /** How many final ones were joined into it; absent: it is one. */
  readonly joined?: number;
  /** The last event time that bears on it, where that is later than its end: what comes of a time before it may change it. */
  readonly bearsToMs?: number;
}

/** What a rule finds of most subjects. */
export const NO_EPISODES: readonly Episode[] = [];

/** One episode for several of one alert that follow each other. */
export function joinEpisodes(episodes: readonly [Episode, ...Episode[]]): Episode {
  const last = episodes.at(-1) as Episode;
  return {
    ...last,
    fromMs: episodes[0].fromMs,
    joined: countEpisodes(episodes),
  };
}

export function countEpisodes(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, { joined = 1 }) => sum + joined, 0);
}

/** Those that a version carries. */
export function episodesToTell(episodes: readonly Episode[]): readonly AlertEpisode[] {
  return episodes
    .slice(-MAX_ALERT_EPISODES)
    .map(({ evidence: _evidence, joined: _joined, bearsToMs: _bearsToMs, ...episode }) => episode);
}

/** Whether nothing that may still come can change an episode, when everything before `sinceMs` is final. */
export function isFinal({ toMs, bearsToMs }: Episode, sinceMs: number): boolean {
  return toMs !== null && Math.max(toMs, bearsToMs ?? toMs) < sinceMs;
}

/**
 * Whether they tell the same of the past. When the last one ended is no news: that is the alert's end, or it is held active. That one
 * which goes on was sure for longer is no news either, but a stretch that was told as sure and is not is: nobody may be left out for
 * certain by a version that stands.
 */
export function tellTheSame(before: readonly AlertEpisode[], after: readonly AlertEpisode[]): boolean {
  return (
    before.length === after.length &&
    after.every((now, i) => {
      const old = before[i] as AlertEpisode;
      const isLast = i === after.length - 1;
      const runs = isLast && (now.toMs === null || old.toMs === null);
      const sameSurety = runs || (old.certainty === now.certainty && old.sureMs === now.sureMs);
      return (
        old.fromMs === now.fromMs && sameSurety && !isSurenessTakenBack(old, now) && (isLast || old.toMs === now.toMs)
      );
    })
  );
}

/** Whether both say the same of what was wrong in a window; of one that goes on, how surely, and whether it is excused, is what is true of it now. */
export function isSameWindow(
  { evidence: { window: before } }: Pick<AlertVersion, 'evidence'>,
  { evidence: { window: after }, toMs }: Pick<AlertVersion, 'evidence' | 'toMs'>,
): boolean {
  if (before === undefined || after === undefined) return before === after;
  return (
    before.closesMs === after.closesMs &&
    before.awayMs === after.awayMs &&
    before.excusedMs === after.excusedMs &&
    before.arrived?.atMs === after.arrived?.atMs &&
    before.arrived?.unit === after.arrived?.unit &&
    before.findings.length === after.findings.length &&
    after.findings.every(({ is, certain }, i) => {
      const was = before.findings[i];
      return was?.is === is && (was.certain === certain || toMs === null);
    }) &&
    (toMs === null || isSameExcuse(before, after))
  );
}

export function isSameExcuse(before: WindowFacts | undefined, after: WindowFacts | undefined): boolean {
  return after?.findings.every(({ excused }, i) => before?.findings[i]?.excused === excused) ?? true;
}

/** Whether what was told of a rhythm is true still: that more stays have come is no correction of it, unless it is over. */
export function isSameRhythm(
  { evidence: { rhythm: before } }: Pick<AlertVersion, 'evidence'>,
  { evidence: { rhythm: after }, toMs }: Pick<AlertVersion, 'evidence' | 'toMs'>,
): boolean {
  if (before === undefined || after === undefined) return before === after;
  const [firstMs, lastMs] = [
    after.startsMs[0] ?? 0,
    toMs === null ? (before.startsMs.at(-1) ?? 0) : Number.MAX_SAFE_INTEGER,
  ];
  const told = before.startsMs.filter((atMs) => atMs >= firstMs);
  return (
    told.length > 0 &&
    isEqual(
      told,
      after.startsMs.filter((atMs) => atMs <= lastMs),
    )
  );
}

/** Whether a rhythm is told up to its last stay. */
export function isWholeRhythm(
  { evidence: { rhythm: before } }: Pick<AlertVersion, 'evidence'>,
  { evidence: { rhythm: after } }: Pick<AlertVersion, 'evidence'>,
): boolean {
  return before?.startsMs.at(-1) === after?.startsMs.at(-1);
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

/** Whether the first one lists a time as sure that is not sure by the second one; what the second one has no room to list stands. */
function isSurenessTakenBack({ sure: before = [] }: AlertEpisode, { sure: after = [] }: AlertEpisode): boolean {
  const listedFromMs = after.length < 2 * MAX_SURE_STRETCHES ? 0 : (after[0] as number);
  return subtract(intersect(before, [listedFromMs, Number.POSITIVE_INFINITY]), after).length > 0;
}

/** What a rule says of a subject: the episodes that ended at or after `sinceMs`, and when to look again. */
export interface Finding {
  readonly episodes: readonly Episode[];
  readonly nextMs: number | null;
}

export interface Occasion {
  readonly nowMs: number;
  readonly cause: AlertCause;
  readonly logId: string;
}
