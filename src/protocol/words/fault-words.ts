import { unreachable } from '../../model/errors.js';
import type { Names } from '../../model/plan.js';
import type { TrackerFault } from '../../model/tracker-fault.js';
import { durationOf } from './durations.js';

interface FaultWords extends Names {
  /** What was wrong, once it is over. */
  readonly wasEn: string;
  /** What to do about it. */
  readonly doZh: string;
  readonly doEn: string;
}

/**
 * What is wrong with a tracker that talks.
 *
 * @param offsetMs its clock less the server's, ms; null: not known
 */
export function faultWords(fault: TrackerFault, offsetMs: number | null): FaultWords {
  const by = offsetMs === null ? { zh: '', en: '' } : durationOf(Math.abs(offsetMs));
  const far = by.en === '' ? 'far' : by.en;
  switch (fault) {
    case 'clock-ahead':
      return {
        zh: `时钟偏快${by.zh}`,
        en: `has a clock that is ${far} ahead`,
        wasEn: `had a clock that was ${far} ahead`,
        doZh: '校准终端时间',
        doEn: 'set its clock',
      };
    case 'clock-behind':
      return {
        zh: `时钟偏慢${by.zh}或数据迟到`,
        en: `has a clock that is ${far} behind, or its data comes that late`,
        wasEn: `had a clock that was ${far} behind, or its data came that late`,
        doZh: '校准终端时间并检查网络',
        doEn: 'set its clock and check its link',
      };
    case 'week-rollover':
      return {
        zh: '日期倒退1024周（卫星周数翻转）',
        en: 'counts its weeks wrong (rollover after 1,024 weeks)',
        wasEn: 'counted its weeks wrong (rollover after 1,024 weeks)',
        doZh: '升级终端固件',
        doEn: 'update its firmware',
      };
    case 'frozen-time':
      return {
        zh: '上报时间停滞不变',
        en: 'repeats one instant',
        wasEn: 'repeated one instant',
        doZh: '重启终端',
        doEn: 'restart it',
      };
    case 'frozen-position':
      return {
        zh: '显示行驶中而坐标不变',
        en: 'says that it drives and reports one and the same point',
        wasEn: 'said that it drove and reported one and the same point',
        doZh: '重启终端并检查天线',
        doEn: 'restart it and check its antenna',
      };
    case 'no-position':
      return {
        zh: '有上报但不定位',
        en: 'talks but has no position',
        wasEn: 'talked but had no position',
        doZh: '检查天线，或移到开阔处',
        doEn: 'check its antenna, or its view of the sky',
      };
    case 'vague':
      return {
        zh: '误差一直过大',
        en: 'reports positions that are too vague',
        wasEn: 'reported positions that were too vague',
        doZh: '检查天线',
        doEn: 'check its antenna',
      };
    case 'out-of-area':
      return {
        zh: '上报的位置在辖区之外',
        en: 'reports positions outside the district',
        wasEn: 'reported positions outside the district',
        doZh: '检查终端的坐标设置',
        doEn: 'check how it writes coordinates',
      };
    case 'refused':
      return {
        zh: '上报的数据不合格、被拒收',
        en: 'sends fixes that are refused',
        wasEn: 'sent fixes that were refused',
        doZh: '检查终端设置',
        doEn: 'check its settings',
      };
    default:
      return unreachable(fault);
  }
}
