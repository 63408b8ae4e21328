import type { AlertVersion } from '../../model/alert.js';
import type { MovedTerms, Names, StrengthCount } from '../../model/plan.js';
import { durationOf } from './durations.js';
import { callsignOf, placeWords, unitsWords } from './names.js';
import {
  endMs,
  lastedMs,
  lastEpisode,
  nobodyCanTell,
  type RuleWords,
  sinceWords,
  type Telling,
  watchEndedWords,
} from './telling.js';

/** A place, a district or its reserve that has fewer units, or officers, than it wants. */
export function strengthWords({ version, clock }: Telling): RuleWords {
  const place = siteWords(version);
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
    remarks: rosterRemarks(version),
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

/** What has too few. */
function siteWords(version: AlertVersion): Names {
  const { scope } = version.evidence.strength ?? {};
  if (version.rule !== 'duty-strength') return placeWords(version, version.place ?? version.subject.id, 'checkpoint');
  return scope === 'reserve' ? { zh: '备勤', en: 'the reserve' } : { zh: '全辖区', en: 'the district' };
}

function isDuty({ rule }: AlertVersion): boolean {
  return rule === 'duty-strength';
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

/** How many are wanted, and how many there are; and what else is wanted of each. */
function strengthDetails(version: AlertVersion): readonly Names[] {
  const { strength } = version.evidence;
  if (strength === undefined) return [];
  const { atLeast, counts, present, atMost, moved } = strength;
  const { zh } = COUNTED[counts];
  const there = isDuty(version) ? 'on hand' : 'there';
  const has =
    present === atMost
      ? { zh: `实有${present}${zh}`, en: `${present} ${there}` }
      : { zh: `确认${present}${zh}，至多${atMost}${zh}`, en: `${present} ${there} for certain, ${atMost} at most` };
  return [
    { zh: `应有${atLeast}${zh}`, en: `${atLeast} wanted` },
    has,
    ...(moved === undefined ? [] : [movedWords(moved)]),
  ];
}

/** Units whose crews nobody knows. */
function rosterRemarks(version: AlertVersion): readonly Names[] {
  const { unrostered = [] } = version.evidence;
  if (unrostered.length === 0) return [];
  const units = unitsWords(version, unrostered);
  return [{ zh: `排班表未列${units.zh}的人员`, en: `the roster names no crew for ${units.en}` }];
}

function movedWords({ metres, withinMs }: MovedTerms): Names {
  const within = durationOf(withinMs);
  return {
    zh: `动中备勤：${within.zh}内移动${metres}米以上`,
    en: `each to move ${metres} m in ${within.en}`,
  };
}

/** Who may be there; or who may have been there until it was sure that there are too few. */
function doubtWords({ version, clock }: Telling): Names {
  const { possibleUnits = [], sureSinceMs } = version.evidence;
  const units = possibleUnits.length === 0 ? null : unitsWords(version, possibleUnits);
  const [zh, en] = isDuty(version) ? ['在岗可用', 'on hand'] : ['在场', 'there'];
  const unsure = isDuty(version) ? '状态未确认' : '位置未确认';
  if (sureSinceMs === undefined) {
    if (units === null) return nobodyCanTell(null);
    return { zh: `${unsure}的${units.zh}可能${zh}`, en: `${units.en} may be ${en}` };
  }
  const until = clock(sureSinceMs);
  if (units === null) return nobodyCanTell(until);
  return { zh: `${units.zh}在${until.zh}前可能${zh}`, en: `${units.en} may have been ${en} until ${until.en}` };
}

function overWords({ version, clock }: Telling, place: Names, was: Names): Names | null {
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  if (ending === 'window') return watchEndedWords(place, { at, was });
  if (ending !== 'arrival') return null;
  const unit = byUnit === undefined ? null : callsignOf(version, byUnit);
  const [zh, en] = isDuty(version) ? ['到岗', 'is on hand'] : ['到达', 'came'];
  return {
    zh: `${place.zh}警力已于${at.zh}补足${unit === null ? '' : `（${unit}${zh}）`}，此前${was.zh}`,
    en: `${place.en} has had enough ${countedEn(version)} again since ${at.en}${unit === null ? '' : ` (${unit} ${en})`}; before that it ${was.en}`,
  };
}
