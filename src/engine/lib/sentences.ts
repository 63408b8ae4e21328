import type { AlertCause, AlertCondition, AlertEvidence, AlertRule, Certainty } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { callWords } from './sos-words.js';
import { durationOf } from './durations.js';
import { trackerWords } from './tracker-words.js';

export interface SentenceInput {
  readonly rule: AlertRule;
  readonly condition: AlertCondition;
  readonly cause?: AlertCause;
  readonly certainty: Certainty;
  /** Which of the alert's episodes it is about, and whether they come and go. */
  readonly occurrence: number;
  readonly chattering: boolean;
  readonly place: Names | null;
  readonly unit: string | null;
  readonly lastedMs: number;
  readonly thresholdMs: number | null;
  readonly evidence: AlertEvidence;
}

/** What a supervisor reads first, in both languages. Durations only: the clock times are in the alert's fields. */
export function sentenceOf(input: SentenceInput): Names {
  const place = input.place ?? { zh: '', en: '' };
  const unit = input.unit ?? '';
  const lasted = durationOf(input.lastedMs);
  const limit = durationOf(input.thresholdMs ?? 0);
  const maybe = input.certainty === 'unknown';
  const fact = factOf(input.rule, { place, unit, lasted, limit, maybe, evidence: input.evidence, named: input.place });
  const again = againOf(input);
  if (input.rule === 'sos') return callSentence(input, fact, again);
  const radio = input.evidence.stated === undefined ? { zh: '', en: '' } : BY_RADIO;
  const most = input.thresholdMs === null ? { zh: '', en: '' } : { zh: `上限${limit.zh}`, en: `limit ${limit.en}` };
  switch (input.condition) {
    case 'active':
      return {
        zh: `${fact.zh}${inBrackets('（', [again.zh, radio.zh, most.zh], '，', '）')}。`,
        en: `${fact.en}${inBrackets(' (', [again.en, radio.en, most.en], ', ', ')')}.`,
      };
    case 'cleared':
      return {
        zh: `已解除：${fact.zh}${inBrackets('（', [again.zh, radio.zh], '，', '）')}。`,
        en: `Cleared: ${fact.en}${inBrackets(' (', [again.en, radio.en], ', ', ')')}.`,
      };
    case 'retracted':
      if (input.cause === 'resume')
        return {
          zh: `已撤销：${fact.zh}；日志时间有误，当时情况无法判断。`,
          en: `Retracted: ${fact.en}; the log's time was wrong, so nothing is known of it.`,
        };
      return {
        zh: `已撤销：${fact.zh}，后到数据证明不成立。`,
        en: `Retracted: ${fact.en}; later data shows that it was not so.`,
      };
  }
}

/** Nobody saw it: somebody said so. */
const BY_RADIO: Names = { zh: '已计入电台报告', en: 'counting what was said by radio' };

/** A call is never taken back; a person's word ends it. */
function callSentence({ condition }: SentenceInput, fact: Names, again: Names): Names {
  const zh = `${fact.zh}${inBrackets('（', [again.zh], '，', '）')}。`;
  const en = `${fact.en}${inBrackets(' (', [again.en], ', ', ')')}.`;
  return condition === 'active' ? { zh, en } : { zh: `已处置：${zh}`, en: `Ended by an operator: ${en}` };
}

function againOf({ occurrence, chattering }: SentenceInput): Names {
  if (occurrence === 1) return { zh: '', en: '' };
  return chattering
    ? { zh: `反复出现，第${occurrence}次`, en: `comes and goes, occurrence ${occurrence}` }
    : { zh: `第${occurrence}次`, en: `occurrence ${occurrence}` };
}

function inBrackets(open: string, parts: readonly string[], between: string, close: string): string {
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? '' : `${open}${said.join(between)}${close}`;
}

interface Words {
  readonly place: Names;
  readonly unit: string;
  readonly lasted: Names;
  readonly limit: Names;
  readonly maybe: boolean;
  readonly evidence: AlertEvidence;
  /** The place that is named, if there is one. */
  readonly named: Names | null;
}

function factOf(rule: AlertRule, { place, unit, lasted, limit, maybe, evidence, named }: Words): Names {
  switch (rule) {
    case 'sos':
      return callWords(unit, named, evidence);
    case 'zone-gap':
      return maybe
        ? {
            zh: `片区${place.zh}可能无警力已${lasted.zh}，或有未能确认位置的警力在其中`,
            en: `Zone ${place.en} may have had no unit for ${lasted.en}; units that are not seen could be there`,
          }
        : { zh: `片区${place.zh}无警力已${lasted.zh}`, en: `Zone ${place.en} has had no unit for ${lasted.en}` };
    case 'checkpoint-gap':
      return maybe
        ? {
            zh: `岗点${place.zh}可能无人值守已${lasted.zh}，或有未能确认位置的警力在岗`,
            en: `Checkpoint ${place.en} may have been unattended for ${lasted.en}; units that are not seen could be there`,
          }
        : {
            zh: `岗点${place.zh}无人值守已${lasted.zh}`,
            en: `Checkpoint ${place.en} has been unattended for ${lasted.en}`,
          };
    case 'route-gap':
      return maybe
        ? {
            zh: `路线${place.zh}可能无警力巡线已${lasted.zh}，或有未能确认位置的警力在该路线上`,
            en: `Route ${place.en} may have had no patrol for ${lasted.en}; units that are not seen could be on it`,
          }
        : { zh: `路线${place.zh}无警力巡线已${lasted.zh}`, en: `Route ${place.en} has had no patrol for ${lasted.en}` };
    case 'dwell-short':
      return {
        zh: `${unit}在${place.zh}停留仅${lasted.zh}，不足${limit.zh}`,
        en: `${unit} stayed at ${place.en} for only ${lasted.en}, less than ${limit.en}`,
      };
    case 'dwell-long':
      return {
        zh: `${unit}在岗点外原地停留已${lasted.zh}`,
        en: `${unit} has stood still outside any post for ${lasted.en}`,
      };
    case 'network-outage':
      return {
        zh: `多数定位终端同时失联已${lasted.zh}，疑为网络故障`,
        en: `Most trackers fell silent together ${lasted.en} ago: the network, it seems`,
      };
    case 'tracker-useless':
      return trackerWords(unit, evidence.trackerFault ?? 'no-position', evidence.clockOffsetMs ?? null, lasted);
    case 'tracker-silence':
      return { zh: `${unit}定位终端失联已${lasted.zh}`, en: `The tracker of ${unit} has been silent for ${lasted.en}` };
  }
}
