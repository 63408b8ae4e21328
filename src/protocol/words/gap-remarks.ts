import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import type { ClockTimes } from './clock-times.js';
import { atWords, callsignOf } from './names.js';

/** Remarks of one sort that a sentence makes. */
const MAX_REMARKS = 2;

/** What a supervisor should know of a gap besides: who does not report, who went unseen there, what was said by radio. */
export function remarksOf(version: AlertVersion, clock: ClockTimes): readonly Names[] {
  const { notReporting = [], bridged = [], stated = [] } = version.evidence;
  const remarks: Names[] = [];
  for (const { unit, sinceMs } of notReporting.slice(0, MAX_REMARKS)) {
    const at = clock(sinceMs);
    remarks.push({
      zh: `${callsignOf(version, unit)}自${at.zh}起定位离线，按不在场计`,
      en: `${callsignOf(version, unit)} has reported no position since ${at.en} and counts as absent`,
    });
  }
  for (const { unit, lastSeenMs, nextSeenMs } of bridged.slice(-MAX_REMARKS)) {
    const [from, to] = [clock(lastSeenMs), clock(nextSeenMs)];
    remarks.push({
      zh: `${callsignOf(version, unit)}在${from.zh}至${to.zh}定位中断，中断前后均在此处`,
      en: `${callsignOf(version, unit)} was last seen here at ${from.en} and next seen here at ${to.en}`,
    });
  }
  for (const { unit, at, statedAtMs } of stated.slice(-MAX_REMARKS)) {
    const said = clock(statedAtMs);
    const where = statedWhere(version, at);
    remarks.push({
      zh: `据${said.zh}电台报告，${callsignOf(version, unit)}${where.zh}`,
      en: `reported by radio at ${said.en}: ${callsignOf(version, unit)} is ${where.en}`,
    });
  }
  return remarks;
}

/** `at`: as evidence has it. */
function statedWhere(version: AlertVersion, at: string | null): Names {
  if (at === null) return { zh: '不在此处', en: 'not here' };
  return at === version.place ? { zh: '在此处', en: 'here' } : atWords(version, at, 'checkpoint');
}
