import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { atWords, callsignOf, placeWords, unitsWords } from './names.js';
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

/** A place whose credit of presence is used up. */
export function debtWords(telling: Telling): RuleWords {
  const { version, clock } = telling;
  const place = placeWords(version, version.place ?? version.subject.id, 'checkpoint');
  const { fromMs, certainty } = lastEpisode(version);
  const maybe = certainty === 'unknown';
  const lasted = durationOf(lastedMs(version));
  const was = maybe
    ? { zh: `疑似巡逻欠账${lasted.zh}`, en: `may have been owed presence for ${lasted.en}` }
    : { zh: `巡逻欠账${lasted.zh}`, en: `was owed presence for ${lasted.en}` };
  const claimEn = `${place.en} ${maybe ? 'may have been' : 'was'} owed presence`;
  return {
    goesOn: maybe
      ? { zh: `${place.zh}疑似巡逻欠账${lasted.zh}`, en: `${place.en} may have been owed presence for ${lasted.en}` }
      : { zh: `${place.zh}巡逻欠账${lasted.zh}`, en: `${place.en} has been owed presence for ${lasted.en}` },
    since: sinceWords(clock(fromMs)),
    details: detailsWords(telling),
    doubt: maybe ? doubtWords(version) : null,
    advice: maybe
      ? { zh: '请电台核实', en: 'check by radio' }
      : { zh: '请派警力驻守', en: 'send a unit that stays there' },
    remarks: [],
    repeats: {
      zh: `${place.zh}反复${maybe ? '疑似' : ''}巡逻欠账`,
      en: `${place.en} ${maybe ? 'may repeatedly have been' : 'has repeatedly been'} owed presence`,
    },
    was: { zh: `${place.zh}曾${was.zh}`, en: `${place.en} ${was.en}` },
    over: overWords(telling, place, was),
    claim: {
      subjectZh: place.zh,
      nameZh: `${maybe ? '疑似' : ''}巡逻欠账`,
      en: claimEn,
      disproof: disproofWords(telling),
    },
  };
}

/** How much presence there was, who was last there, and what would end it. */
function detailsWords({ version, clock }: Telling): readonly Names[] {
  const { debt, lastUnit, lastSeenMs } = version.evidence;
  if (debt === undefined) return [];
  const [present, credit] = [durationOf(debt.presentMs), exactDurationOf(debt.creditMs)];
  const last =
    lastUnit === undefined || lastSeenMs === undefined
      ? []
      : [
          {
            zh: `最后在场${callsignOf(version, lastUnit)}（至${clock(lastSeenMs).zh}）`,
            en: `last there: ${callsignOf(version, lastUnit)} until ${clock(lastSeenMs).en}`,
          },
        ];
  const there =
    debt.presentMs === 0
      ? { zh: '本时段尚无人到场', en: 'nobody there in these hours' }
      : { zh: `本时段确认在场共${present.zh}`, en: `there for ${present.en} in these hours` };
  return [there, ...last, { zh: `额度${credit.zh}`, en: `credit ${credit.en}` }, clearWords(version)];
}

/** How long somebody must stay: by the balance when it was owed, and by the lowest that there is. */
function clearWords({ evidence: { debt } }: AlertVersion): Names {
  if (debt === undefined) return { zh: '', en: '' };
  const [least, most] = [debt.leastMs, -debt.creditMs].map((leftMs) =>
    durationOf(Math.ceil((debt.clearMs - leftMs) / debt.worth)),
  ) as [Names, Names];
  return { zh: `须在场${least.zh}至${most.zh}方可解除`, en: `over after a stay of ${least.en} to ${most.en}` };
}

function doubtWords(version: AlertVersion): Names {
  const { possibleUnits = [], unseenUnits = [] } = version.evidence;
  if (possibleUnits.length === 0) return nobodyCanTell(null);
  const units = unitsWords(version, possibleUnits);
  const isUnseen = unseenUnits.length === possibleUnits.length;
  return {
    zh: `${isUnseen ? '定位离线' : '位置未确认'}的${units.zh}可能到过`,
    en: `${units.en} (${isUnseen ? 'no position' : 'position not certain'}) may have been there`,
  };
}

function overWords({ version, clock }: Telling, place: Names, was: Names): Names | null {
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  if (ending === 'window') return watchEndedWords(place, { at, was });
  if (ending !== 'arrival') return null;
  const unit = byUnit === undefined ? null : callsignOf(version, byUnit);
  return {
    zh: `${place.zh}巡逻欠账已于${at.zh}补足${unit === null ? '' : `（${unit}在场）`}，此前${was.zh}`,
    en: `${place.en} has had enough presence again since ${at.en}${unit === null ? '' : ` (${unit} there)`}; before that it ${was.en}`,
  };
}

function disproofWords({ version, clock }: Telling): Names | null {
  const { byUnit, byEventTimeMs } = version.evidence;
  if (byUnit === undefined || byEventTimeMs === undefined) return null;
  const [unit, at] = [callsignOf(version, byUnit), clock(byEventTimeMs)];
  const where = atWords(version, version.place ?? version.subject.id, 'checkpoint');
  return { zh: `${unit}于${at.zh}${where.zh}`, en: `${unit} was ${where.en} at ${at.en}` };
}
