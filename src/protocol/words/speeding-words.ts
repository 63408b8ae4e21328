import type { AlertVersion, LightsSeen } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { exactDurationOf } from './durations.js';
import { callsignOf } from './names.js';
import { endMs, lastEpisode, lastedMs, type RuleWords, sinceWords, type Telling } from './telling.js';

/** A unit that drives faster than it may. */
export function speedingWords({ version, clock }: Telling): RuleWords {
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const lasted = exactDurationOf(version.evidence.innerMs ?? lastedMs(version));
  const most = mostWords(version);
  const was = {
    zh: [`${unit}曾超速${lasted.zh}`, ...most.map(({ zh }) => zh)].join('，'),
    en: [`${unit} drove too fast for ${lasted.en}`, ...most.map(({ en }) => en)].join(', '),
  };
  return {
    goesOn: { zh: `${unit}超速已${lasted.zh}`, en: `${unit} has been driving too fast for ${lasted.en}` },
    since: sinceWords(clock(lastEpisode(version).fromMs)),
    details: [...most, ...lightsWords(version)],
    doubt: null,
    advice: { zh: '请提醒减速', en: 'tell them to slow down' },
    remarks: [],
    repeats: { zh: `${unit}多次超速`, en: `${unit} has repeatedly driven too fast` },
    was,
    over: overWords({ version, clock }, was),
    claim: { subjectZh: unit, nameZh: '超速', en: `${unit} drove too fast`, disproof: null },
  };
}

function mostWords({ evidence: { speeding } }: AlertVersion): readonly Names[] {
  if (speeding === undefined) return [];
  const { mostKmh, limitKmh } = speeding;
  return [
    { zh: `最高${mostKmh}公里/小时`, en: `up to ${mostKmh} km/h` },
    { zh: `限速${limitKmh}公里/小时`, en: `limit ${limitKmh} km/h` },
  ];
}

const LIGHTS: Readonly<Record<LightsSeen, Names>> = {
  on: { zh: '警灯开启', en: 'lightbar on' },
  off: { zh: '警灯未开', en: 'lightbar off' },
  partly: { zh: '警灯时开时关', en: 'lightbar on for a part' },
  'not-measured': { zh: '警灯状态未测', en: 'lightbar not measured' },
};

function lightsWords({ evidence: { speeding } }: AlertVersion): readonly Names[] {
  return speeding === undefined ? [] : [LIGHTS[speeding.lights]];
}

function overWords({ version, clock }: Telling, was: Names): Names | null {
  const at = clock(endMs(version));
  switch (version.evidence.ending) {
    case 'movement':
      return { zh: `${was.zh}，至${at.zh}`, en: `${was.en}, until ${at.en}` };
    case 'silence':
      return { zh: `${was.zh}，${at.zh}后无测速`, en: `${was.en}, and no speed of it is known since ${at.en}` };
    case 'window':
      return { zh: `${was.zh}，${at.zh}后不再计入`, en: `${was.en}, and it stopped counting at ${at.en}` };
    default:
      return null;
  }
}
