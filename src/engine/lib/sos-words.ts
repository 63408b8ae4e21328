import type { AlertEvidence, AlertPosition } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf } from './durations.js';

/** Who calls, how long ago if it came late, and where the unit is: what somebody needs who sends help. */
export function callWords(unit: string, near: Names | null, evidence: AlertEvidence): Names {
  const parts = [whoWords(unit, evidence), whereWords(near, evidence), clockWords(evidence)].filter(
    (part) => part !== null,
  );
  return { zh: parts.map(({ zh }) => zh).join('，'), en: parts.map(({ en }) => en).join('; ') };
}

function whoWords(unit: string, { ageMs }: AlertEvidence): Names {
  if (ageMs === undefined) return { zh: `${unit}发出紧急求助（SOS）`, en: `${unit} calls for help (SOS)` };
  const ago = durationOf(ageMs);
  return {
    zh: `${unit}在${ago.zh}前发出紧急求助（SOS），刚刚收到`,
    en: `${unit} called for help (SOS) ${ago.en} ago, which has only come now`,
  };
}

function whereWords(near: Names | null, { position, positionAgeMs, doubtedPosition, outOfArea }: AlertEvidence): Names {
  if (position === undefined)
    return { zh: '求助时无定位，此前也无位置记录', en: 'no position at the call, and none is known from before' };
  const { sigmaM } = position;
  const place = near ?? coordinatesOf(position);
  const where =
    near === null ? { zh: place.zh, en: `at ${place.en}` } : { zh: `${place.zh}附近`, en: `near ${place.en}` };
  const outside =
    outOfArea === true
      ? { zh: '，不在辖区范围内，可能有误', en: ', outside the district: it may be wrong' }
      : { zh: '', en: '' };
  const accuracy = {
    zh: `定位精度约${Math.round(sigmaM)}米${outside.zh}`,
    en: `accurate to about ${Math.round(sigmaM)} m${outside.en}`,
  };
  if (positionAgeMs === undefined)
    return { zh: `位置在${where.zh}，${accuracy.zh}`, en: `${where.en}, ${accuracy.en}` };
  const before = durationOf(positionAgeMs);
  if (doubtedPosition !== undefined) {
    const doubted = coordinatesOf(doubtedPosition);
    return {
      zh: `求助时的定位（${doubted.zh}）不可信，求助前${before.zh}最后位置在${where.zh}，${accuracy.zh}`,
      en: `its position at the call (${doubted.en}) cannot be believed; ${before.en} before it ${where.en}, ${accuracy.en}`,
    };
  }
  return {
    zh: `求助时无定位，求助前${before.zh}最后位置在${where.zh}，${accuracy.zh}`,
    en: `no position at the call; ${before.en} before it ${where.en}, ${accuracy.en}`,
  };
}

function coordinatesOf({ lng, lat }: AlertPosition): Names {
  return {
    zh: `东经${lng.toFixed(5)}度、北纬${lat.toFixed(5)}度`,
    en: `${lng.toFixed(5)} E, ${lat.toFixed(5)} N`,
  };
}

function clockWords({ clockOffsetMs }: AlertEvidence): Names | null {
  if (clockOffsetMs === undefined) return null;
  const ahead = durationOf(clockOffsetMs);
  return {
    zh: `终端时钟快${ahead.zh}，时间以收到为准`,
    en: `its clock is ${ahead.en} ahead, so the time is when it came`,
  };
}
