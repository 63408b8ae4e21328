import type { AlertEnding, AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf } from './durations.js';
import { faultWords } from './fault-words.js';
import { callsignOf } from './names.js';
import { endMs, lastEpisode, lastedMs, type RuleWords, sinceWords, type Telling } from './telling.js';

/** A tracker that says nothing. */
export function silenceWords({ version, clock }: Telling): RuleWords {
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const since = clock(lastEpisode(version).fromMs);
  const lasted = durationOf(lastedMs(version));
  const at = clock(endMs(version));
  const { ending, sinceDutyStart = false } = version.evidence;
  return {
    goesOn: sinceDutyStart
      ? {
          zh: `${unit}自${since.zh}纳入监测以来一直未上报位置，已${lasted.zh}`,
          en: `${unit} has not reported since the watch over it began at ${since.en}, ${lasted.en} ago`,
        }
      : { zh: `${unit}定位离线已${lasted.zh}`, en: `${unit} has not reported for ${lasted.en}` },
    since: sinceDutyStart ? null : sinceWords(since),
    details: [],
    doubt: null,
    advice: { zh: '请电台联系', en: 'call it by radio' },
    remarks: [],
    repeats: { zh: `${unit}定位反复离线`, en: `${unit} has repeatedly stopped reporting` },
    was: { zh: `${unit}曾离线${lasted.zh}`, en: `${unit} did not report for ${lasted.en}` },
    over: silenceOver(unit, at, lasted, ending),
    claim: { subjectZh: unit, nameZh: '定位离线', en: `${unit} did not report`, disproof: null },
  };
}

function silenceOver(unit: string, at: Names, lasted: Names, ending: AlertEnding | undefined): Names | null {
  switch (ending) {
    case 'report':
      return {
        zh: `${unit}已于${at.zh}恢复上报，此前离线${lasted.zh}`,
        en: `${unit} reported again at ${at.en}, after ${lasted.en} of silence`,
      };
    case 'window':
      return {
        zh: `${unit}的勤务时段已于${at.zh}结束，结束前定位离线${lasted.zh}`,
        en: `the duty of ${unit} ended at ${at.en}; it had not reported for ${lasted.en}`,
      };
    default:
      return null;
  }
}

/** A tracker that talks and does not say where its unit is. */
export function uselessWords({ version, clock }: Telling): RuleWords {
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const { trackerFault = 'no-position', clockOffsetMs = null, ending } = version.evidence;
  const { zh, en, wasEn, doZh, doEn } = faultWords(trackerFault, clockOffsetMs);
  const lasted = durationOf(lastedMs(version));
  const at = clock(endMs(version));
  const lacked = {
    zh: `${lasted.zh}没有可用位置，原因是终端${zh}`,
    en: `had no usable position for ${lasted.en}, because its tracker ${wasEn}`,
  };
  return {
    goesOn: {
      zh: `${unit}的定位终端${zh}，已${lasted.zh}没有可用位置`,
      en: `the tracker of ${unit} ${en}: no usable position for ${lasted.en}`,
    },
    since: sinceWords(clock(lastEpisode(version).fromMs)),
    details: [],
    doubt: null,
    advice: { zh: `请${doZh}`, en: doEn },
    remarks: [],
    repeats: { zh: `${unit}的定位终端反复异常`, en: `the tracker of ${unit} has repeatedly failed` },
    was: { zh: `${unit}曾${lacked.zh}`, en: `${unit} ${lacked.en}` },
    over: uselessOver(unit, at, lacked, ending),
    claim: { subjectZh: unit, nameZh: '定位终端异常', en: `the tracker of ${unit} was of no use`, disproof: null },
  };
}

function uselessOver(unit: string, at: Names, lacked: Names, ending: AlertEnding | undefined): Names | null {
  switch (ending) {
    case 'report':
      return {
        zh: `${unit}的定位已于${at.zh}恢复，此前${lacked.zh}`,
        en: `the position of ${unit} is known again (since ${at.en}); it ${lacked.en}`,
      };
    case 'silence':
      return {
        zh: `${unit}的定位终端自${at.zh}起离线，此前${lacked.zh}`,
        en: `${unit} has not reported at all since ${at.en}; before that it ${lacked.en}`,
      };
    case 'window':
      return {
        zh: `${unit}的勤务时段已于${at.zh}结束，结束前${lacked.zh}`,
        en: `the duty of ${unit} ended at ${at.en}; it ${lacked.en}`,
      };
    default:
      return null;
  }
}

/** Most trackers that fell silent together. */
export function outageWords({ version, clock }: Telling): RuleWords {
  const { units = [], unitsOnDuty } = version.evidence;
  const since = clock(lastEpisode(version).fromMs);
  const at = clock(endMs(version));
  const lasted = durationOf(lastedMs(version));
  const many = {
    zh: `${units.length}部终端${unitsOnDuty === undefined ? '' : `（在勤${unitsOnDuty}部）`}`,
    en: `${units.length}${unitsOnDuty === undefined ? '' : ` of ${unitsOnDuty}`} trackers`,
  };
  const affected = {
    zh: unitsOnDuty === undefined ? `${units.length}部终端` : `在勤${unitsOnDuty}部终端中的${units.length}部`,
    en: many.en,
  };
  const isNew = version.change === 'raised';
  return {
    goesOn: isNew
      ? {
          zh: `${many.zh}于${since.zh}同时离线，疑似网络故障`,
          en: `${many.en} went silent at ${since.en}; probable network fault`,
        }
      : {
          zh: `自${since.zh}起共${many.zh}离线，已${lasted.zh}，疑似网络故障`,
          en: `${many.en} have been silent since ${since.en}, for ${lasted.en}; probable network fault`,
        },
    since: null,
    details: [],
    doubt: null,
    advice: { zh: '请检查网络，必要时电台点名', en: 'check the network, and call units by radio' },
    remarks: [],
    repeats: { zh: '定位终端网络反复中断', en: 'the network of the trackers has repeatedly failed' },
    was: {
      zh: `定位终端网络曾中断${lasted.zh}，影响${affected.zh}`,
      en: `the network of the trackers failed for ${lasted.en} and silenced ${affected.en}`,
    },
    over: outageOver(version, { since, at, lasted, affected }),
    claim: { subjectZh: '', nameZh: '网络故障', en: 'the network of the trackers failed', disproof: null },
  };
}

function outageOver(
  { evidence: { ending } }: AlertVersion,
  { since, at, lasted, affected }: Readonly<Record<'since' | 'at' | 'lasted' | 'affected', Names>>,
): Names | null {
  if (ending !== 'report') return null;
  return {
    zh: `多数终端已于${at.zh}恢复上报，网络故障自${since.zh}起历时${lasted.zh}，影响${affected.zh}`,
    en: `most trackers were back at ${at.en}; the network fault lasted ${lasted.en} from ${since.en} and silenced ${affected.en}`,
  };
}
