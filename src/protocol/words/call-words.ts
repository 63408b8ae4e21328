import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf } from './durations.js';
import { callsignOf } from './names.js';
import { endMs, lastEpisode, type RuleWords, type Telling } from './telling.js';
import { coordinateWords, distanceWords } from './where-words.js';

/** A call for help: who calls, since when, and where the unit is. */
export function callWords({ version, clock }: Telling): RuleWords {
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const calledAt = clock(lastEpisode(version).fromMs);
  const at = clock(endMs(version));
  const where = whereWords(version);
  const parts = [whoWords(version, unit, calledAt), where, ...offClockWords(version)];
  return {
    goesOn: {
      zh: parts.map(({ zh }) => zh).join('，'),
      en: parts.map(({ en }) => en).join(''),
    },
    since: null,
    details: [],
    doubt: null,
    advice: { zh: '请立即呼叫并派警力增援', en: 'answer and send help now' },
    remarks: [],
    repeats: { zh: `${unit}多次发出紧急求助`, en: `${unit} has repeatedly called for help` },
    was: { zh: `${unit}于${calledAt.zh}发出的紧急求助`, en: `the call for help by ${unit} (SOS at ${calledAt.en})` },
    over: {
      zh: `${unit}的紧急求助（${calledAt.zh}发出）已于${at.zh}办结`,
      en: `the call for help by ${unit} (SOS at ${calledAt.en}) was closed at ${at.en}`,
    },
    claim: { subjectZh: unit, nameZh: '紧急求助', en: `${unit} called for help`, disproof: null },
  };
}

function whoWords({ change, occurrence, evidence: { ageMs } }: AlertVersion, unit: string, at: Names): Names {
  const calls =
    change === 'raised'
      ? { zh: `紧急求助：${unit}于${at.zh}发出SOS`, en: `SOS: ${unit} called for help at ${at.en}` }
      : { zh: `${unit}于${at.zh}发出紧急求助（SOS）`, en: `${unit} called for help (SOS) at ${at.en}` };
  const often = occurrence === 1 ? NONE : { zh: `，已求助${occurrence}次`, en: `, ${occurrence} times so far` };
  const later = ageMs === undefined ? null : durationOf(ageMs);
  const age = later === null ? NONE : { zh: `，${later.zh}后才收到`, en: `, received only ${later.en} later` };
  return { zh: `${calls.zh}${often.zh}${age.zh}`, en: `${calls.en}${often.en}${age.en}` };
}

function whereWords(version: AlertVersion): Names {
  const { position, positionAgeMs, doubtedPosition, outOfArea, nearPlace, nearPlaceM } = version.evidence;
  if (position === undefined)
    return { zh: '求助时无定位，此前也无位置记录', en: '; no position at the call, and none is known from before' };
  const accuracy = Math.round(position.sigmaM);
  const coordinates = coordinateWords(position);
  const where =
    nearPlace === undefined
      ? { zh: `在${coordinates.zh}`, en: `at ${coordinates.en}` }
      : distanceWords(version, nearPlace, nearPlaceM ?? 0);
  const outside =
    outOfArea === true ? { zh: '，不在辖区内，可能有误', en: ', outside the district: it may be wrong' } : NONE;
  const zh = `${where.zh}（误差约${accuracy}米）${outside.zh}`;
  const en = `${where.en} (accurate to about ${accuracy} m)${outside.en}`;
  if (positionAgeMs === undefined) return { zh: `位置${zh}`, en: `, ${en}` };
  const before = durationOf(positionAgeMs);
  if (doubtedPosition !== undefined) {
    const doubted = coordinateWords(doubtedPosition);
    return {
      zh: `求助时的定位（${doubted.zh}）不可信，求助前${before.zh}${zh}`,
      en: `; its position at the call (${doubted.en}) cannot be believed; ${before.en} before it was ${en}`,
    };
  }
  return {
    zh: `求助时无定位，求助前${before.zh}${zh}`,
    en: `; no position at the call, ${before.en} before it was ${en}`,
  };
}

const NONE: Names = { zh: '', en: '' };

function offClockWords({ evidence: { clockOffsetMs } }: AlertVersion): readonly Names[] {
  if (clockOffsetMs === undefined) return [];
  const ahead = durationOf(clockOffsetMs);
  return [
    {
      zh: `终端时钟偏快${ahead.zh}，时间以收到时为准`,
      en: `; its clock is ${ahead.en} ahead, so the time is when the call came`,
    },
  ];
}
