import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { atWords, callsignOf, placeWords } from './names.js';
import { coordinateWords, nearWords } from './where-words.js';
import { endMs, lastEpisode, lastedMs, limitWords, type RuleWords, sinceWords, type Telling } from './telling.js';

/** A visit that was too short: an event, over when it is found. */
export function shortVisitWords({ version, clock }: Telling): RuleWords {
  const { evidence } = version;
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const place = placeWords(version, version.place ?? '', 'checkpoint');
  const where = atWords(version, version.place ?? '', 'checkpoint');
  const lasted = exactDurationOf(evidence.outerMs ?? lastedMs(version));
  const least = evidence.thresholdMs === undefined ? null : exactDurationOf(evidence.thresholdMs);
  const at = clock(lastEpisode(version).fromMs);
  const fact = {
    zh: `${unit}于${at.zh}到${place.zh}，停留仅${lasted.zh}${least === null ? '' : `，少于规定的${least.zh}`}`,
    en: `${unit} came to ${place.en} at ${at.en} and stayed only ${lasted.en}${least === null ? '' : `, less than the required ${least.en}`}`,
  };
  return {
    goesOn: fact,
    since: null,
    details: [],
    doubt: null,
    advice: null,
    remarks: [],
    repeats: { zh: `${unit}${where.zh}多次停留过短`, en: `${unit} has repeatedly stayed too briefly ${where.en}` },
    was: fact,
    over: fact,
    claim: {
      subjectZh: `${unit}${where.zh}`,
      nameZh: '停留过短',
      en: `${unit} stayed too briefly ${where.en}`,
      disproof: null,
    },
  };
}

/** A unit that stands still where it has nothing to do. */
export function longStandWords({ version, clock }: Telling): RuleWords {
  const { evidence } = version;
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const where = standWords(version);
  const episode = lastEpisode(version);
  const lasted = durationOf(evidence.innerMs ?? lastedMs(version));
  const at = clock(endMs(version));
  return {
    goesOn: {
      zh: `${unit}${where.zh}（非值守岗点）停留已${lasted.zh}`,
      en: `${unit} has stood still off post ${where.en} for ${lasted.en}`,
    },
    since: sinceWords(clock(episode.fromMs)),
    details: [...(evidence.thresholdMs === undefined ? [] : [limitWords(exactDurationOf(evidence.thresholdMs))])],
    doubt: null,
    advice: { zh: '请电台询问', en: 'ask by radio' },
    remarks: [],
    repeats: { zh: `${unit}多次在非值守岗点长时间停留`, en: `${unit} has repeatedly stood still off post` },
    was: {
      zh: `${unit}曾${where.zh}（非值守岗点）停留${lasted.zh}`,
      en: `${unit} stood still off post ${where.en} for ${lasted.en}`,
    },
    over: standOver(version, { unit, where, lasted, at }),
    claim: { subjectZh: unit, nameZh: '长时间停留', en: `${unit} stood still off post ${where.en}`, disproof: null },
  };
}

function standOver(
  { evidence: { ending } }: AlertVersion,
  { unit, where, lasted, at }: Readonly<Record<'where' | 'lasted' | 'at', Names>> & { readonly unit: string },
): Names | null {
  switch (ending) {
    case 'movement':
      return {
        zh: `${unit}已于${at.zh}驶离，此前${where.zh}停留${lasted.zh}`,
        en: `${unit} moved on at ${at.en} after it had stood still ${where.en} for ${lasted.en}`,
      };
    case 'window':
      return {
        zh: `${unit}${where.zh}的停留自${at.zh}起不再计入，此前停留${lasted.zh}`,
        en: `the stand of ${unit} ${where.en} stopped counting at ${at.en}, after ${lasted.en}`,
      };
    default:
      return null;
  }
}

function standWords(version: AlertVersion): Names {
  const { nearPlace, nearPlaceM, standsAt } = version.evidence;
  if (nearPlace !== undefined) return nearWords(version, nearPlace, nearPlaceM);
  if (standsAt === undefined) return { zh: '在岗点外', en: 'away from any place of the plan' };
  const { zh, en } = coordinateWords(standsAt);
  return { zh: `在${zh}处`, en: `at ${en}` };
}
