import type { AlertEpisode, AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import type { ClockTimes } from './clock-times.js';

/** What the words of an alert are made from: one of its versions, and how the district reads the clock. */
export interface Telling {
  readonly version: AlertVersion;
  readonly clock: ClockTimes;
}

/**
 * The parts of a sentence that depend on the rule; how they are put together depends on the change. English words are written as in the
 * middle of a sentence.
 */
export interface RuleWords {
  /** The condition while it goes on, as a clause. */
  readonly goesOn: Names;
  /** Since when, in brackets; null: the clause says it. And what else stands there where somebody is asked to act: by which limit. */
  readonly since: Names | null;
  readonly details: readonly Names[];
  /** Who may make it otherwise, as a clause; null: nobody. */
  readonly doubt: Names | null;
  /** What to do about it; null: nothing. */
  readonly advice: Names | null;
  /** What else there is to know, each a clause. */
  readonly remarks: readonly Names[];
  /** The condition when it comes and goes, without times. */
  readonly repeats: Names;
  /** The condition and how long it held, for one that is found only once it is over. */
  readonly was: Names;
  /** What ended it, and how it had been, as a clause; null: something else than what it was about did. */
  readonly over: Names | null;
  /** What an alert that is retracted had claimed. */
  readonly claim: Claim;
}

export interface Claim {
  /** What the alert was about, and the claim's short name in Chinese: 新城小学护学岗, 空岗. */
  readonly subjectZh: string;
  readonly nameZh: string;
  /** The whole claim in English, as a clause in the past: `School gate was unattended`. */
  readonly en: string;
  /** What shows that it was not so; null: nothing that can be named. */
  readonly disproof: Names | null;
}

/** The episode that a sentence speaks of: the last one, for between two of them all was well. */
export function lastEpisode(version: AlertVersion): AlertEpisode {
  return version.episodes.at(-1) ?? version;
}

/** How long the last episode has lasted, or lasted, ms: until this version came about where it goes on. */
export function lastedMs(version: AlertVersion): number {
  const { fromMs, toMs } = lastEpisode(version);
  return Math.max(0, (toMs ?? version.toMs ?? version.atMs) - fromMs);
}

/** When the last episode ended, or this version came about. */
export function endMs(version: AlertVersion): number {
  return lastEpisode(version).toMs ?? version.toMs ?? version.atMs;
}

/** `since`, in brackets. */
export function sinceWords(at: Names): Names {
  return { zh: `${at.zh}起`, en: `since ${at.en}` };
}

export function limitWords(limit: Names): Names {
  return { zh: `上限${limit.zh}`, en: `limit ${limit.en}` };
}

/** Of a doubt about which no unit can be named: it goes on, or it was before an instant. */
export function nobodyCanTell(until: Names | null): Names {
  if (until === null) return { zh: '目前无法确认', en: 'nobody can tell' };
  return { zh: `${until.zh}前无法确认`, en: `before ${until.en} nobody can tell` };
}

/** The rule binds no more. `windowZh`: what its hours are called; `was`: what was so until then. */
export function watchEndedWords(place: Names, { at, was, windowZh = '勤务时段' }: WatchEnd): Names {
  return {
    zh: `${place.zh}的${windowZh}已于${at.zh}结束，结束前${was.zh}`,
    en: `the watch over ${place.en} ended at ${at.en}; until then it ${was.en}`,
  };
}

interface WatchEnd {
  readonly at: Names;
  readonly was: Names;
  readonly windowZh?: string;
}
