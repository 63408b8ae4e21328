import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { callsignOf, placeWords } from './names.js';
import { endMs, lastEpisode, lastedMs, limitWords, type RuleWords, sinceWords, type Telling } from './telling.js';

/** A unit that is outside the zones of its group. */
export function offZoneWords({ version, clock }: Telling): RuleWords {
  const { evidence } = version;
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const zones = zonesWords(version);
  const lasted = durationOf(evidence.innerMs ?? lastedMs(version));
  const away = evidence.offZone?.awayM;
  return {
    goesOn: {
      zh: `${unit}离开${zones.zh}已${lasted.zh}`,
      en: `${unit} has been outside ${zones.en} for ${lasted.en}`,
    },
    since: sinceWords(clock(lastEpisode(version).fromMs)),
    details: [
      ...(evidence.thresholdMs === undefined ? [] : [limitWords(exactDurationOf(evidence.thresholdMs))]),
      ...(away === undefined ? [] : [{ zh: `最远${away}米`, en: `${away} m away at the most` }]),
    ],
    doubt: null,
    advice: { zh: '请电台询问', en: 'ask by radio' },
    remarks: [],
    repeats: { zh: `${unit}多次离开${zones.zh}`, en: `${unit} has repeatedly been outside ${zones.en}` },
    was: { zh: `${unit}曾离开${zones.zh}${lasted.zh}`, en: `${unit} was outside ${zones.en} for ${lasted.en}` },
    over: overWords({ version, clock }, unit, zones, lasted),
    claim: { subjectZh: unit, nameZh: '离开片区', en: `${unit} was outside ${zones.en}`, disproof: null },
  };
}

function overWords({ version, clock }: Telling, unit: string, zones: Names, lasted: Names): Names | null {
  const at = clock(endMs(version));
  switch (version.evidence.ending) {
    case 'arrival':
      return {
        zh: `${unit}已返回${zones.zh}，此前离开${lasted.zh}（至${at.zh}）`,
        en: `${unit} is back after it had been outside ${zones.en} for ${lasted.en} until ${at.en}`,
      };
    case 'silence':
      return {
        zh: `${unit}自${at.zh}起无定位，此前离开${zones.zh}${lasted.zh}`,
        en: `nobody has seen ${unit} since ${at.en}; until then it had been outside ${zones.en} for ${lasted.en}`,
      };
    case 'window':
      return {
        zh: `${unit}离开${zones.zh}自${at.zh}起不再计入，此前离开${lasted.zh}`,
        en: `the watch over ${unit} ended at ${at.en}; until then it had been outside ${zones.en} for ${lasted.en}`,
      };
    default:
      return null;
  }
}

/** The zones that a sentence names one by one. */
const NAMED_ZONES = 2;

function zonesWords(version: AlertVersion): Names {
  const zones = version.evidence.offZone?.zones ?? [];
  if (zones.length === 0 || zones.length > NAMED_ZONES) return { zh: '责任片区', en: 'its zones' };
  const named = zones.map((id) => placeWords(version, id, 'zone'));
  return { zh: named.map(({ zh }) => zh).join('、'), en: named.map(({ en }) => en).join(' and ') };
}
