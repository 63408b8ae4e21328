import { unreachable } from '../../model/errors.js';
import type { Names } from '../../model/plan.js';
import type { TrackerFault } from '../../model/tracker-fault.js';
import { durationOf } from './durations.js';

/** What is wrong with a tracker that talks, for how long, and what to do about it. */
export function trackerWords(unit: string, fault: TrackerFault, offsetMs: number | null, lasted: Names): Names {
  const { zh, en, doZh, doEn } = faultWords(fault, offsetMs);
  return {
    zh: `${unit}定位终端${zh}，已${lasted.zh}没有可用位置，请${doZh}`,
    en: `The tracker of ${unit} ${en}: no usable position for ${lasted.en}; ${doEn}`,
  };
}

interface FaultWords extends Names {
  readonly doZh: string;
  readonly doEn: string;
}

function faultWords(fault: TrackerFault, offsetMs: number | null): FaultWords {
  const by = offsetMs === null ? { zh: '', en: '' } : durationOf(Math.abs(offsetMs));
  const far = by.en === '' ? 'far' : by.en;
  switch (fault) {
    case 'clock-ahead':
      return { zh: `时钟快${by.zh}`, en: `has a clock ${far} ahead`, doZh: '校准终端时间', doEn: 'set its clock' };
    case 'clock-behind':
      return {
        zh: `时钟慢${by.zh}（或数据迟到）`,
        en: `has a clock ${far} behind, or its data comes so late`,
        doZh: '校准终端时间并检查网络',
        doEn: 'set its clock and check its link',
      };
    case 'week-rollover':
      return {
        zh: '日期倒退1024周（卫星周数翻转）',
        en: 'counts its weeks wrong (rollover after 1,024 weeks)',
        doZh: '升级终端固件',
        doEn: 'update its firmware',
      };
    case 'frozen-time':
      return { zh: '时间停住不走', en: 'repeats one instant', doZh: '重启终端', doEn: 'restart it' };
    case 'frozen-position':
      return {
        zh: '报告在行驶，坐标却不变',
        en: 'says that it drives from one and the same point',
        doZh: '重启终端并检查天线',
        doEn: 'restart it and check its antenna',
      };
    case 'no-position':
      return {
        zh: '在线但不定位',
        en: 'talks but has no position',
        doZh: '检查天线，或移到开阔处',
        doEn: 'check its antenna, or the view of the sky',
      };
    case 'vague':
      return { zh: '定位误差一直过大', en: 'is too vague', doZh: '检查天线', doEn: 'check its antenna' };
    case 'out-of-area':
      return {
        zh: '上报的位置在辖区之外',
        en: 'reports positions outside the district',
        doZh: '检查终端的坐标设置',
        doEn: 'check how it writes coordinates',
      };
    case 'refused':
      return {
        zh: '上报的数据不合格、被拒收',
        en: 'sends fixes that are refused',
        doZh: '检查终端设置',
        doEn: 'check its settings',
      };
    default:
      return unreachable(fault);
  }
}
