import type { AlertVersion } from '../../model/alert.js';
import type { Names, StrengthCount } from '../../model/plan.js';
import { durationOf } from './durations.js';
import { callsignOf, placeWords, unitsWords } from './names.js';
import { endMs, lastEpisode, lastedMs, type RuleWords, sinceWords, type Telling } from './telling.js';

/** A place that has fewer units, or officers, than it wants. */
export function strengthWords({ version, clock }: Telling): RuleWords {
  const place = placeWords(version, version.place ?? version.subject.id, 'checkpoint');
  const episode = lastEpisode(version);
  const maybe = episode.certainty === 'unknown';
  const { strength } = version.evidence;
  // There have been enough for less than a minute: nobody is to do anything yet.
  const isEnough = strength !== undefined && strength.present >= strength.atLeast;
  const lasted = durationOf(lastedMs(version));
  const was = {
    zh: `${maybe ? '疑似' : ''}警力不足${lasted.zh}`,
    en: `${maybe ? 'may have had' : 'had'} too few ${countedEn(version)} for ${lasted.en}`,
  };
  return {
    goesOn: {
      zh: `${place.zh}${maybe ? '疑似' : ''}警力不足已${lasted.zh}`,
      en: maybe
        ? `${place.en} may have had too few ${countedEn(version)} for ${lasted.en}`
        : `${place.en} has had too few ${countedEn(version)} for ${lasted.en}`,
    },
    since: sinceWords(clock(episode.fromMs)),
    details: strengthDetails(version),
    doubt: maybe && !isEnough ? doubtWords({ version, clock }) : null,
    advice: isEnough ? null : maybe && version.evidence.sureSinceMs === undefined ? CHECK : SEND,
    remarks: [],
    repeats: {
      zh: `${place.zh}反复${maybe ? '疑似' : ''}警力不足`,
      en: `${place.en} ${maybe ? 'may repeatedly have had' : 'has repeatedly had'} too few ${countedEn(version)}`,
    },
    was: { zh: `${place.zh}曾${was.zh}`, en: `${place.en} ${was.en}` },
    over: overWords({ version, clock }, place, was),
    claim: {
      subjectZh: place.zh,
      nameZh: `${maybe ? '疑似' : ''}警力不足`,
      en: `${place.en} ${maybe ? 'may have had' : 'had'} too few ${countedEn(version)}`,
      disproof: null,
    },
  };
}

const CHECK: Names = { zh: '请电台核实', en: 'check by radio' };
const SEND: Names = { zh: '请增派警力', en: 'send more' };

const COUNTED: Readonly<Record<StrengthCount, { readonly zh: string; readonly en: string }>> = {
  units: { zh: '个警组', en: 'units' },
  officers: { zh: '名警力', en: 'officers' },
};

function countedEn({ evidence }: AlertVersion): string {
  return COUNTED[evidence.strength?.counts ?? 'units'].en;
}

/** How many are wanted, and how many there are. */
function strengthDetails({ evidence }: AlertVersion): readonly Names[] {
  const { strength } = evidence;
  if (strength === undefined) return [];
  const { atLeast, counts, present, atMost } = strength;
  const { zh } = COUNTED[counts];
  const has =
    present === atMost
      ? { zh: `实有${present}${zh}`, en: `${present} there` }
      : { zh: `确认${present}${zh}，至多${atMost}${zh}`, en: `${present} there for certain, ${atMost} at most` };
  return [{ zh: `应有${atLeast}${zh}`, en: `${atLeast} wanted` }, has];
}

/** Who may be there; or who may have been there until it was sure that there are too few. */
function doubtWords({ version, clock }: Telling): Names {
  const { possibleUnits = [], sureSinceMs } = version.evidence;
  const units = possibleUnits.length === 0 ? null : unitsWords(version, possibleUnits);
  if (sureSinceMs === undefined) {
    if (units === null) return { zh: '目前无法确认', en: 'nobody can tell' };
    return { zh: `位置未确认的${units.zh}可能在场`, en: `${units.en} may be there` };
  }
  const until = clock(sureSinceMs);
  if (units === null) return { zh: `${until.zh}前无法确认`, en: `before ${until.en} nobody can tell` };
  return { zh: `${units.zh}在${until.zh}前可能在场`, en: `${units.en} may have been there until ${until.en}` };
}

function overWords({ version, clock }: Telling, place: Names, was: Names): Names | null {
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  if (ending === 'window')
    return {
      zh: `${place.zh}的勤务时段已于${at.zh}结束，结束前${was.zh}`,
      en: `the watch over ${place.en} ended at ${at.en}; until then it ${was.en}`,
    };
  if (ending !== 'arrival') return null;
  const unit = byUnit === undefined ? null : callsignOf(version, byUnit);
  return {
    zh: `${place.zh}警力已于${at.zh}补足${unit === null ? '' : `（${unit}到达）`}，此前${was.zh}`,
    en: `${place.en} has had enough ${countedEn(version)} again since ${at.en}${unit === null ? '' : ` (${unit} came)`}; before that it ${was.en}`,
  };
}
