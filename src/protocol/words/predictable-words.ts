import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { callsignOf, placeWords } from './names.js';
import { endMs, lastEpisode, lastedMs, type RuleWords, sinceWords, type Telling, watchEndedWords } from './telling.js';

/** A place of which an onlooker could have guessed the last visits. */
export function predictableWords(telling: Telling): RuleWords {
  const { version, clock } = telling;
  const { rhythm, byUnit, byEventTimeMs } = version.evidence;
  const place = placeWords(version, version.place ?? version.subject.id, 'checkpoint');
  const within = exactDurationOf(rhythm?.withinMs ?? 0);
  const visits = Math.max(0, (rhythm?.startsMs.length ?? 0) - 1);
  const lasted = durationOf(lastedMs(version));
  const was = {
    zh: `到访时间可被预测，误差不超过${within.zh}，持续${lasted.zh}`,
    en: `had visits that could be guessed to within ${within.en} for ${lasted.en}`,
  };
  return {
    goesOn: {
      zh: `${place.zh}最近${visits}次到访的时间可被旁观者预测，误差不超过${within.zh}`,
      en: `${place.en} is visited so regularly that an onlooker could have guessed the last ${visits} visits to within ${within.en}`,
    },
    since: sinceWords(clock(lastEpisode(version).fromMs)),
    details: rhythmDetails(telling),
    doubt: null,
    advice: { zh: '请打乱到访时间', en: 'vary the times of visits' },
    remarks: [],
    repeats: {
      zh: `${place.zh}的到访时间反复可被预测`,
      en: `${place.en} has repeatedly had visits that could be guessed`,
    },
    was: { zh: `${place.zh}${was.zh}`, en: `${place.en} ${was.en}` },
    over: overWords(telling, place, was),
    claim: {
      subjectZh: place.zh,
      nameZh: '到访可被预测',
      en: `${place.en} had visits that could be guessed`,
      disproof:
        byUnit === undefined || byEventTimeMs === undefined
          ? null
          : cameWords(callsignOf(version, byUnit), place, clock(byEventTimeMs)),
    },
  };
}

/** How far apart the visits were, and when the next one is expected. */
function rhythmDetails({ version, clock }: Telling): readonly Names[] {
  const { rhythm } = version.evidence;
  if (rhythm === undefined) return [];
  const [least, most] = [durationOf(rhythm.smallestMs), durationOf(rhythm.largestMs)];
  const [from, to] = [clock(rhythm.nextFromMs), clock(rhythm.nextToMs)];
  return [
    least.en === most.en
      ? { zh: `每隔${least.zh}`, en: `every ${least.en}` }
      : { zh: `每隔${least.zh}至${most.zh}`, en: `every ${least.en} to ${most.en}` },
    from.en === to.en
      ? { zh: `预计下次${from.zh}`, en: `next guess ${from.en}` }
      : { zh: `预计下次${from.zh}至${to.zh}`, en: `next guess ${from.en} to ${to.en}` },
  ];
}

function overWords({ version, clock }: Telling, place: Names, was: Names): Names | null {
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  const before = {
    zh: `此前${was.zh}`,
    en: `before that it ${was.en}`,
  };
  if (ending === 'window') return watchEndedWords(place, { at, was });
  if (ending !== 'broken') return null;
  if (byUnit === undefined)
    return {
      zh: `${place.zh}截至${at.zh}无人按规律到访，${before.zh}`,
      en: `nobody had come to ${place.en} by ${at.en}, as could have been guessed; ${before.en}`,
    };
  const came = cameWords(callsignOf(version, byUnit), place, at);
  return {
    zh: `${came.zh}，已打破规律，${before.zh}`,
    en: `${came.en}, which could not have been guessed; ${before.en}`,
  };
}

function cameWords(unit: string, place: Names, at: Names): Names {
  return { zh: `${unit}于${at.zh}到访${place.zh}`, en: `${unit} came to ${place.en} at ${at.en}` };
}
