import { MAX_TRACK_SIGMA_M } from '../model/limits.js';
import { unreachable } from '../model/errors.js';
import type { FixDecision } from '../model/decision.js';
import type { FixFlag, FixRejection } from '../model/fix.js';
import { formatLogId } from '../model/log-id.js';
import type { Names } from '../model/plan.js';

/** What a fix must have; the first field that had not is named by the code. The value that came is not kept. */
export const REFUSED_FIELDS: Readonly<Record<FixRejection, { readonly field: string; readonly expected: string }>> = {
  'time-missing': { field: 'event_time_ms', expected: 'an unsigned integer' },
  'time-too-old': { field: 'event_time_ms', expected: '2006-01-01T00:00:00Z or later' },
  'time-too-far-ahead': { field: 'event_time_ms', expected: "at most 7 days ahead of the server's clock" },
  'position-incomplete': { field: 'lng_e7, lat_e7', expected: 'both or neither' },
  'longitude-range': { field: 'lng_e7', expected: '-180° to 180°' },
  'latitude-range': { field: 'lat_e7', expected: '-90° to 90°' },
  'altitude-range': { field: 'altitude_dm', expected: '-500 m to 10,000 m' },
  'speed-range': { field: 'speed_cmps', expected: 'at most 300 m/s' },
  'course-range': { field: 'course_cdeg', expected: '0° to 359.99°' },
  'satellites-range': { field: 'satellites, beidou_satellites', expected: 'at most 255' },
  'hdop-range': { field: 'hdop_centi', expected: '0.01 to 1,000' },
  'accuracy-range': { field: 'accuracy_dm', expected: '0.1 m to 100 km' },
  'battery-range': { field: 'battery_percent', expected: '0 to 100' },
};

/** Why a copy of a fix got its disposition, in both languages, with what it was measured and compared with. */
export function reasonOf(decision: FixDecision): Names {
  const { disposition, flag, rejected } = decision;
  switch (disposition) {
    case 'admitted':
      return { zh: '计入', en: 'It counts.' };
    case 'duplicate':
      return {
        zh: `与${otherOf(decision).zh}重复，以该条为准`,
        en: `The same position for the same instant as ${otherOf(decision).en}, which stands for both.`,
      };
    case 'refused': {
      if (rejected === null) throw new Error('bug: a refused fix without its rejection');
      const { field, expected } = REFUSED_FIELDS[rejected.code];
      return {
        zh: `字段${field}无效（${rejected.code}），已拒收`,
        en: `Refused as ${rejected.code}: expected ${field} to be ${expected}; the value that came is not kept.`,
      };
    }
    case 'flagged':
      if (flag === null) throw new Error('bug: a flagged fix without its flag');
      return flagReason(flag, decision);
    default:
      return unreachable(disposition);
  }
}

function flagReason(flag: FixFlag, decision: FixDecision): Names {
  const got = decision.measured?.got ?? 0;
  const limit = decision.measured?.limit ?? 0;
  switch (flag) {
    case 'clock-ahead':
      return {
        zh: `终端时钟比服务器快${seconds(got)}秒，上限${seconds(limit)}秒`,
        en: `Its time is ${seconds(got)} s ahead of the server's clock; the limit is ${seconds(limit)} s.`,
      };
    case 'late': {
      const inTime = decision.comparedWith === null ? null : otherOf(decision);
      return {
        zh: `迟到${seconds(got)}秒，上限${seconds(limit)}秒${inTime === null ? '' : `；同一时刻已有${inTime.zh}`}`,
        en: `It came ${seconds(got)} s after it was taken; the limit is ${seconds(limit)} s.${inTime === null ? '' : ` For its instant there is ${inTime.en}, which came in time.`}`,
      };
    }
    case 'conflict':
      return {
        zh: `同一时刻另有位置：以${otherOf(decision).zh}为准（更可靠或可到达）`,
        en: `Another position for its instant: ${otherOf(decision).en} counts, the surer one, or the one that the unit can have reached.`,
      };
    case 'too-dense':
      return {
        zh: `同一时段内以${otherOf(decision).zh}为准，其余不计`,
        en: `Reported denser than the unit's interval by more than the plan's factor: ${otherOf(decision).en} counts for its stretch.`,
      };
    case 'null-island':
      return { zh: '位置为0°, 0°，是接收机的零值', en: "At 0°, 0°: a receiver's zero, not a place." };
    case 'no-position':
      return { zh: '没有位置', en: 'It has no position.' };
    case 'not-located':
      return {
        zh: '接收机表示未定位，或卫星少于4颗',
        en: 'The receiver says that it is no live fix, or has fewer than four satellites.',
      };
    case 'out-of-area':
      return {
        zh: '位置在本区可能范围之外',
        en: 'Outside the area in which units of the district can be.',
      };
    case 'too-vague':
      return {
        zh: `定位精度差于${MAX_TRACK_SIGMA_M}米，不作为位置`,
        en: `Its accuracy is worse than ${MAX_TRACK_SIGMA_M} m: too vague to be a position.`,
      };
    case 'outlier':
      return {
        zh: `自${otherOf(decision).zh}起须达${speed(got)}米/秒，上限${speed(limit)}米/秒`,
        en: `From ${otherOf(decision).en}, the last position believed, it would have had to go ${speed(got)} m/s; the limit is ${speed(limit)} m/s.`,
      };
    case 'unknown-tracker':
      return { zh: '当时的计划中没有该终端', en: 'No unit of the plan of that time has the tracker.' };
    default:
      return unreachable(flag);
  }
}

function otherOf({ comparedWith }: FixDecision): Names {
  if (comparedWith === null) return { zh: '另一条', en: 'another' };
  const { logId, ordinal } = comparedWith;
  return { zh: `日志${formatLogId(logId)}第${ordinal}条`, en: `fix ${ordinal} of log entry ${formatLogId(logId)}` };
}

function seconds(ms: number): string {
  return String(ms / 1_000);
}

function speed(mps: number): string {
  return mps.toFixed(1);
}
