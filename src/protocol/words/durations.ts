import type { Names } from '../../model/plan.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in ms as a person says it, in both languages: rounded down to minutes, and to seconds below two minutes. */
export function durationOf(ms: number): Names {
  return ms < 2 * MINUTE ? exactDurationOf(ms) : exactDurationOf(ms - (ms % MINUTE));
}

/** A length of time in ms to the second, where the seconds matter: a limit, or what is short of one. */
export function exactDurationOf(ms: number): Names {
  const [days, afterDays] = divide(ms, DAY);
  const [hours, afterHours] = divide(afterDays, HOUR);
  const [minutes, afterMinutes] = divide(afterHours, MINUTE);
  const [seconds] = divide(afterMinutes, SECOND);
  const parts: (readonly [number, string, string])[] = [
    [days, '天', 'd'],
    [hours, '小时', 'h'],
    [minutes, seconds === 0 ? '分钟' : '分', 'min'],
    [seconds, '秒', 's'],
  ];
  const said = parts.filter(([n]) => n > 0);
  if (said.length === 0) return { zh: '0秒', en: '0 s' };
  return {
    zh: said.map(([n, zh]) => `${n}${zh}`).join(''),
    en: said.map(([n, , en]) => `${n} ${en}`).join(' '),
  };
}

function divide(ms: number, by: number): readonly [whole: number, rest: number] {
  return [Math.floor(ms / by), ms % by];
}
