import type { Names } from '../../model/plan.js';

/** How long something lasts, in both languages, rounded down. */
export function durationOf(ms: number): Names {
  const seconds = Math.floor(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = seconds % 60;
  if (hours > 0) return { zh: `${hours}小时${minutes}分`, en: `${hours} h ${minutes} min` };
  if (minutes > 0)
    return rest === 0
      ? { zh: `${minutes}分钟`, en: `${minutes} min` }
      : { zh: `${minutes}分${rest}秒`, en: `${minutes} min ${rest} s` };
  return { zh: `${rest}秒`, en: `${rest} s` };
}
