import type { AlertEvidence, AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { remarksOf } from './gap-remarks.js';
import { GAP_PLACES, type GapKind, type GapTerms, gapTerms } from './gap-terms.js';
import { atWords, callsignOf, unitsWords } from './names.js';
import {
  endMs,
  lastedMs,
  lastEpisode,
  limitWords,
  nobodyCanTell,
  type RuleWords,
  sinceWords,
  type Telling,
  watchEndedWords,
} from './telling.js';

/** A zone without police, a checkpoint that nobody mans, a route that nobody patrols. */
export function gapWords({ version, clock }: Telling, rule: GapKind): RuleWords {
  const { evidence } = version;
  const terms = gapTerms(rule, version);
  const episode = lastEpisode(version);
  const maybe = episode.certainty === 'unknown';
  const sinceMs = maybe ? episode.fromMs : (evidence.sureSinceMs ?? episode.fromMs);
  const lasted = durationOf(Math.max(0, endMs(version) - sinceMs));
  const unitBefore = unitBeforeOf(version);
  const was = wasWords(version, terms, maybe);
  const { thresholdMs } = evidence;
  return {
    goesOn: maybe ? terms.mayLack(lasted) : terms.lacks(lasted),
    since: sinceWords(clock(sinceMs)),
    details: [
      ...(unitBefore === undefined ? [] : [terms.before(callsignOf(version, unitBefore))]),
      ...(thresholdMs === undefined ? [] : [limitWords(exactDurationOf(thresholdMs))]),
    ],
    doubt: maybe ? doubtWords({ version, clock }, terms) : null,
    advice:
      maybe && evidence.sureSinceMs === undefined
        ? { zh: '请电台核实', en: 'check by radio' }
        : { zh: terms.adviceZh, en: 'send a unit' },
    remarks: remarksOf(version, clock),
    repeats: {
      zh: `${terms.place.zh}反复${maybe ? '疑似' : ''}${terms.claimZh}`,
      en: `${terms.place.en} ${maybe ? terms.mayRepeatedlyEn : terms.repeatedlyEn}`,
    },
    was: { zh: `${terms.place.zh}曾${was.zh}`, en: `${terms.place.en} ${was.en}` },
    over: overWords({ version, clock }, terms, was),
    claim: {
      subjectZh: terms.place.zh,
      nameZh: `${maybe ? '疑似' : ''}${terms.claimZh}`,
      en: `${terms.place.en} ${maybe ? 'may have been' : 'was'} ${terms.claimEn}`,
      disproof: disproofWords({ version, clock }, rule),
    },
  };
}

/** Who was there until the gap began; null: nobody in its window, or one that may be there still. */
function unitBeforeOf(version: AlertVersion): string | undefined {
  const { lastUnit, lastSeenMs, possibleUnits = [] } = version.evidence;
  const isBefore = lastSeenMs === lastEpisode(version).fromMs;
  return isBefore && lastUnit !== undefined && !possibleUnits.includes(lastUnit) ? lastUnit : undefined;
}

/** Who may be there, and why nobody knows; or who may have been there until it was sure that nobody is. */
function doubtWords({ version, clock }: Telling, terms: GapTerms): Names {
  const { possibleUnits = [], unseenUnits = [], sureSinceMs } = version.evidence;
  if (sureSinceMs !== undefined) return pastDoubtWords(version, terms, clock(sureSinceMs));
  const { thereZh, thereEn } = terms;
  const vague = possibleUnits.filter((unit) => !unseenUnits.includes(unit));
  const zh: string[] = [];
  const en: string[] = [];
  if (unseenUnits.length > 0) {
    const units = unitsWords(version, unseenUnits);
    zh.push(`定位离线的${units.zh}`);
    en.push(`${units.en} (no position)`);
  }
  if (vague.length > 0) {
    const units = unitsWords(version, vague);
    zh.push(`位置未确认的${units.zh}`);
    en.push(`${units.en} (position not certain)`);
  }
  if (zh.length === 0) return nobodyCanTell(null);
  return { zh: `${zh.join('或')}可能${thereZh}`, en: `${en.join(' or ')} may be ${thereEn}` };
}

function pastDoubtWords(version: AlertVersion, { thereZh, thereEn }: GapTerms, until: Names): Names {
  const { possibleUnits = [] } = version.evidence;
  if (possibleUnits.length === 0) return nobodyCanTell(until);
  const units = unitsWords(version, possibleUnits);
  return {
    zh: `${units.zh}在${until.zh}前可能${thereZh}`,
    en: `${units.en} may have been ${thereEn} until ${until.en}`,
  };
}

function overWords({ version, clock }: Telling, terms: GapTerms, was: Names): Names | null {
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  if (ending === 'arrival' && byUnit !== undefined) {
    const unit = callsignOf(version, byUnit);
    return {
      zh: `${terms.place.zh}${terms.backZh}（${unit}于${at.zh}${terms.cameZh}），此前${was.zh}`,
      en: `${terms.backEn(unit, at.en)}; it ${was.en}`,
    };
  }
  if (ending !== 'window') return null;
  return watchEndedWords(terms.place, { at, was, windowZh: terms.windowZh });
}

/** How much of a gap may be unsure before its length is said as the least that it was, ms. */
const SHORT_DOUBT_MS = 120_000;

/** How long it had been so, and how surely. */
function wasWords(version: AlertVersion, { wasZh, wasEn, mayEn }: GapTerms, maybe: boolean): Names {
  const wholeMs = lastedMs(version);
  const lasted = durationOf(wholeMs);
  if (maybe) return { zh: `疑似${wasZh(lasted.zh)}`, en: mayEn(lasted.en) };
  const { sureMs = wholeMs } = lastEpisode(version);
  const sure = durationOf(sureMs);
  if (sure.zh === lasted.zh) return { zh: wasZh(lasted.zh), en: wasEn(lasted.en) };
  if (wholeMs - sureMs < SHORT_DOUBT_MS) return { zh: wasZh(`约${lasted.zh}`), en: wasEn(`about ${lasted.en}`) };
  return { zh: wasZh(`至少${sure.zh}`), en: wasEn(`at least ${sure.en}`) };
}

function disproofWords({ version, clock }: Telling, rule: GapKind): Names | null {
  const { byUnit, byEventTimeMs }: AlertEvidence = version.evidence;
  if (byUnit === undefined || byEventTimeMs === undefined) return null;
  const unit = callsignOf(version, byUnit);
  const at = clock(byEventTimeMs);
  const where = atWords(version, version.place ?? version.subject.id, GAP_PLACES[rule]);
  return { zh: `${unit}于${at.zh}${where.zh}`, en: `${unit} was ${where.en} at ${at.en}` };
}
