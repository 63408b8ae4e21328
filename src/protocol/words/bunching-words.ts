import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf } from './durations.js';
import { callsignOf, placeWords } from './names.js';
import { endMs, lastEpisode, lastedMs, type RuleWords, sinceWords, type Telling } from './telling.js';
import { nearWords } from './where-words.js';

/** Units that are near one another for too long while places have nobody. */
export function bunchingWords({ version, clock }: Telling): RuleWords {
  const { nearPlace, nearPlaceM, bunching } = version.evidence;
  const units = bunchWords(version);
  const places = uncoveredWords(version);
  const where = nearPlace === undefined ? { zh: '', en: '' } : nearWords(version, nearPlace, nearPlaceM);
  const at = { zh: where.zh, en: where.en === '' ? '' : ` ${where.en}` };
  const lasted = durationOf(lastedMs(version));
  const wereTogether = {
    zh: `${at.zh}聚集${lasted.zh}，其间${places.zh}无人`,
    en: `were together${at.en} for ${lasted.en} while nobody was at ${places.en}`,
  };
  const near =
    bunching === undefined
      ? []
      : [{ zh: `各距另一警组不超过${bunching.withinM}米`, en: `each within ${bunching.withinM} m of another` }];
  return {
    goesOn: {
      zh: `${units.zh}${at.zh}聚集已${lasted.zh}，而${places.zh}无人`,
      en: `${units.en} have been together${at.en} for ${lasted.en} while nobody is at ${places.en}`,
    },
    since: sinceWords(clock(lastEpisode(version).fromMs)),
    details: near,
    doubt: null,
    advice: { zh: '请调整部署', en: 'send one of them there' },
    remarks: [],
    repeats: {
      zh: `${units.zh}反复聚集而${places.zh}无人`,
      en: `${units.en} have repeatedly been together while nobody was at ${places.en}`,
    },
    was: { zh: `${units.zh}曾${wereTogether.zh}`, en: `${units.en} ${wereTogether.en}` },
    over: overWords({ version, clock }, units, places, wereTogether),
    claim: {
      subjectZh: units.zh,
      nameZh: '聚集',
      en: `${units.en} were together while nobody was at ${places.en}`,
      disproof: null,
    },
  };
}

function overWords({ version, clock }: Telling, units: Names, places: Names, were: Names): Names | null {
  const at = clock(endMs(version));
  switch (version.evidence.ending) {
    case 'movement':
      return {
        zh: `${units.zh}已于${at.zh}散开，此前${were.zh}`,
        en: `${units.en} parted at ${at.en}; before that they ${were.en}`,
      };
    case 'arrival':
      return {
        zh: `${places.zh}自${at.zh}起可能有人，此前${units.zh}${were.zh}`,
        en: `${places.en} may have had somebody since ${at.en}; before that ${units.en} ${were.en}`,
      };
    case 'window':
      return {
        zh: `聚集监测时段已于${at.zh}结束，结束前${units.zh}${were.zh}`,
        en: `the watch over units that stand together ended at ${at.en}; until then ${units.en} ${were.en}`,
      };
    default:
      return null;
  }
}

/** Units and places that a sentence names one by one. */
const NAMED = 4;

/** The units of all bunches; each bunch by itself where there are several. */
function bunchWords(version: AlertVersion): Names {
  const bunches = version.evidence.bunching?.bunches ?? [];
  const each = bunches.map((units) =>
    listed(
      units.map((unit) => sameName(callsignOf(version, unit))),
      '组警力',
    ),
  );
  return { zh: each.map(({ zh }) => zh).join('及'), en: each.map(({ en }) => en).join(', and ') };
}

function uncoveredWords(version: AlertVersion): Names {
  const places = version.evidence.bunching?.uncovered ?? [];
  return listed(
    places.map((id) => placeWords(version, id, 'checkpoint')),
    '处',
  );
}

function sameName(name: string): Names {
  return { zh: name, en: name };
}

/** @param countedZh what so many of them are called in Chinese */
function listed(names: readonly Names[], countedZh: string): Names {
  const named = names.slice(0, NAMED);
  const more = names.length - named.length;
  const last = named.at(-1);
  if (last === undefined) return sameName('');
  if (more > 0)
    return {
      zh: `${named.map(({ zh }) => zh).join('、')}等${names.length}${countedZh}`,
      en: `${named.map(({ en }) => en).join(', ')} and ${more} more`,
    };
  const before = named.slice(0, -1).map(({ en }) => en);
  return {
    zh: named.map(({ zh }) => zh).join('、'),
    en: before.length === 0 ? last.en : `${before.join(', ')} and ${last.en}`,
  };
}
