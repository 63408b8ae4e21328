import type { AlertCause, AlertEvidence, Certainty } from '../../model/alert.js';

/** A rule's finding about one subject, as recomputed now: the input of the alert book. */
export interface Episode {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly certainty: Certainty;
  readonly evidence: AlertEvidence;
  /** How many settled ones were joined into it; absent: it is one. */
  readonly joined?: number;
}

/** One episode for several of one alert that follow each other. */
export function joinEpisodes(episodes: readonly [Episode, ...Episode[]]): Episode {
  const last = episodes.at(-1) as Episode;
  return {
    ...last,
    fromMs: episodes[0].fromMs,
    certainty: episodes.some(({ certainty }) => certainty === 'uncovered') ? 'uncovered' : last.certainty,
    joined: countEpisodes(episodes),
  };
}

export function countEpisodes(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, { joined = 1 }) => sum + joined, 0);
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

export function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null || a < b ? a : b;
}
