import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { sentenceOf } from './sentence.js';

/** A version of an alert as people and programs read it: its facts, and what they come to in words. */
export interface WordedAlert extends AlertVersion {
  readonly sentence: Names;
}

/** The version with its sentence; one that an older fold made keeps the one that it was told with. `timeZone`: the district's. */
export function wordedAlert(version: AlertVersion, timeZone: string | null): WordedAlert {
  return { ...version, sentence: version.sentence ?? sentenceOrFacts(version, timeZone) };
}

/** An alert whose facts only a newer engine knows must reach people all the same: then its rule and its change are named. */
function sentenceOrFacts(version: AlertVersion, timeZone: string | null): Names {
  try {
    return sentenceOf(version, timeZone);
  } catch {
    const { rule, change } = version;
    return { zh: `${rule}：${change}。`, en: `${rule}: ${change}.` };
  }
}
