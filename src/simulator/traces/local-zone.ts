import { isTimeZone, LocalClock } from '../../district/local-time.js';

const MINUTE_MS = 60_000;
const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;

/** Turns times that a recording wrote without an offset into instants. */
export interface LocalZone {
  /** `localMs`: what the local clock showed, as if it were UTC. */
  instantMs(localMs: number): number;
}

/** An IANA zone such as Asia/Shanghai, or an offset such as +08:00; null for anything else. */
export function parseZone(text: string): LocalZone | null {
  if (/^(utc|z)$/i.test(text)) return { instantMs: (localMs) => localMs };
  const [, sign, hours, minutes] = OFFSET.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    if (Number(hours) > 18 || Number(minutes) > 59) return null;
    const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
    return { instantMs: (localMs) => localMs - offsetMs };
  }
  if (!isTimeZone(text)) return null;
  const clock = new LocalClock(text);
  return {
    instantMs: (localMs) => {
      const minute = Math.floor(localMs / MINUTE_MS);
      return clock.instantMs(minute) + (localMs - minute * MINUTE_MS);
    },
  };
}
