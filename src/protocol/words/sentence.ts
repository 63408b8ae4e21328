import type { AlertVersion } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import { REOPEN_MS } from '../../model/limits.js';
import type { Names } from '../../model/plan.js';
import { bunchingWords } from './bunching-words.js';
import { callWords } from './call-words.js';
import { asksToAct, leadWords } from './change-words.js';
import { checkpointWindowWords } from './checkpoint-window-words.js';
import { clockTimes } from './clock-times.js';
import { durationOf } from './durations.js';
import { debtWords } from './debt-words.js';
import { longStandWords, shortVisitWords } from './dwell-words.js';
import { explainedWords, noActionWords } from './explained-words.js';
import { gapWords } from './gap-words.js';
import { lightsWords } from './lights-words.js';
import { offZoneWords } from './off-zone-words.js';
import { retractionWords } from './retraction-words.js';
import { predictableWords } from './predictable-words.js';
import { routePassWords } from './route-pass-words.js';
import { speedingWords } from './speeding-words.js';
import { strengthWords } from './strength-words.js';
import { endMs, lastEpisode, type RuleWords, type Telling } from './telling.js';
import { outageWords, silenceWords, uselessWords } from './tracker-words.js';

/**
 * What a supervisor reads first of a version of an alert, in Chinese and English, made from the facts that it carries. Lengths of time
 * are as of the instant at which the version came about.
 *
 * @param timeZone the district's, an IANA name; null: not known, and clock times are in UTC
 */
export function sentenceOf(version: AlertVersion, timeZone: string | null): Names {
  const telling = { version, clock: clockTimes(timeZone, version.atMs) };
  const lead = leadWords(telling);
  const body = bodyWords(telling, ruleWords(telling));
  return { zh: `${lead.zh}${body.zh}。`, en: `${atStart(`${lead.en}${body.en}`)}.` };
}

/** English words at the beginning of a sentence; a name that stands there is written as it is. */
function atStart(words: string): string {
  return words.replace(/^(zone|the|most|nobody) /, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
}

function ruleWords(telling: Telling): RuleWords {
  const { rule } = telling.version;
  switch (rule) {
    case 'zone-gap':
    case 'checkpoint-gap':
    case 'route-gap':
      return gapWords(telling, rule);
    case 'checkpoint-window':
      return checkpointWindowWords(telling);
    case 'debt':
      return debtWords(telling);
    case 'predictable':
      return predictableWords(telling);
    case 'route-pass':
      return routePassWords(telling);
    case 'strength':
    case 'duty-strength':
      return strengthWords(telling);
    case 'bunching':
      return bunchingWords(telling);
    case 'dwell-short':
      return shortVisitWords(telling);
    case 'dwell-long':
      return longStandWords(telling);
    case 'off-zone':
      return offZoneWords(telling);
    case 'speeding':
      return speedingWords(telling);
    case 'lights':
      return lightsWords(telling);
    case 'tracker-silence':
      return silenceWords(telling);
    case 'tracker-useless':
      return uselessWords(telling);
    case 'network-outage':
      return outageWords(telling);
    case 'sos':
      return callWords(telling);
    default:
      return unreachable(rule);
  }
}

function bodyWords(telling: Telling, words: RuleWords): Names {
  const { version } = telling;
  switch (version.condition) {
    case 'active':
      if (lastEpisode(version).toMs === null) return activeWords(version, words);
      return version.chattering ? heldWords(telling, words) : foundLateWords(telling, words);
    case 'cleared':
      return clearedWords(telling, words);
    case 'retracted':
      return retractionWords(telling, words.claim);
    default:
      return unreachable(version.condition);
  }
}

function activeWords(version: AlertVersion, words: RuleWords): Names {
  const isNews = asksToAct(version.change);
  const asks = isNews && !version.acknowledged && version.suppressedBy === null;
  const fact = withBrackets(words.goesOn, [
    ...(words.since === null ? [] : [words.since]),
    ...(isNews ? words.details : []),
    ...againWords(version),
  ]);
  const advice = asks ? words.advice : null;
  const { doubt } = words;
  const after = [...(asks ? words.remarks : []), ...noActionWords(version)];
  const said = {
    zh: [fact.zh, doubt === null ? '' : `：${doubt.zh}`, advice === null ? '' : `，${advice.zh}`].join(''),
    en: [fact.en, doubt === null ? '' : `: ${doubt.en}`, advice === null ? '' : `; ${advice.en}`].join(''),
  };
  return withClauses(said, after);
}

function clearedWords(telling: Telling, { was, over }: RuleWords): Names {
  const { version } = telling;
  if (version.change === 'resolved') return was;
  return withBrackets(over ?? droppedWords(telling, was), [...againWords(version), ...explainedWords(version)]);
}

/** Words for an alert that neither a person nor what it was about ended, but a change of the plan, for instance. */
function droppedWords({ version, clock }: Telling, was: Names): Names {
  const at = clock(endMs(version));
  const why =
    version.cause === 'plan'
      ? { zh: '因勤务方案变更，', en: ' with a change of the plan' }
      : version.cause === 'resume'
        ? { zh: '因日志时间更正，', en: " with a correction of the log's time" }
        : { zh: '', en: '' };
  return { zh: `${why.zh}告警已于${at.zh}结束，${was.zh}`, en: `the alert ended at ${at.en}${why.en}; ${was.en}` };
}

/** All is well now, but it came and went so often that it is held active until it has been calm. */
function heldWords({ version, clock }: Telling, { repeats }: RuleWords): Names {
  const { fromMs, toMs } = lastEpisode(version);
  const [from, to] = [clock(fromMs), clock(toMs ?? version.atMs)];
  const held = withBrackets(repeats, [
    { zh: `已${version.occurrence}次`, en: `${version.occurrence} times` },
    { zh: `最近一次${from.zh}至${to.zh}`, en: `last from ${from.en} to ${to.en}` },
  ]);
  return withClauses(held, noActionWords(version));
}

/** It is told as going on, but it was over when it was found: a version that says so follows at once. */
function foundLateWords({ version, clock }: Telling, { was }: RuleWords): Names {
  const { fromMs, toMs } = lastEpisode(version);
  const [from, to] = [clock(fromMs), clock(toMs ?? version.atMs)];
  const found = withBrackets(was, [
    { zh: `${from.zh}至${to.zh}`, en: `${from.en} to ${to.en}` },
    ...againWords(version),
  ]);
  return withClauses(found, noActionWords(version));
}

/** Repeats that are nearer to each other belong to one alert. */
const WITHIN = durationOf(REOPEN_MS);

/** How often it was so; of a repeat that reopens its alert, also that it belongs to what was before. */
function againWords({ rule, change, occurrence, chattering, evidence }: AlertVersion): readonly Names[] {
  // A call for help says itself how often it came.
  if (occurrence === 1 || rule === 'sos') return [];
  const times = { zh: `第${occurrence}次`, en: `${ordinal(occurrence)} time` };
  if (chattering) return [{ zh: `反复出现，${times.zh}`, en: `comes and goes, ${times.en}` }];
  if (evidence.window !== undefined) return [{ zh: `本时段${times.zh}`, en: `${times.en} in this window` }];
  if (change === 'reopened')
    return [{ zh: `距上次不足${WITHIN.zh}，${times.zh}`, en: `${times.en}, within ${WITHIN.en} of the last` }];
  return [times];
}

function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

function withClauses({ zh, en }: Names, clauses: readonly Names[]): Names {
  return { zh: [zh, ...clauses.map((one) => one.zh)].join('；'), en: [en, ...clauses.map((one) => one.en)].join('; ') };
}

function withBrackets({ zh, en }: Names, details: readonly Names[]): Names {
  if (details.length === 0) return { zh, en };
  return {
    zh: `${zh}（${details.map((one) => one.zh).join('，')}）`,
    en: `${en} (${details.map((one) => one.en).join(', ')})`,
  };
}
