/**
 * Why a tracker that talks does not say where its unit is.
 *
 * - `clock-ahead`: its times are more than CLOCK_AHEAD_MS ahead; `clock-behind`: so far behind that its positions are old when
 *   they come; `week-rollover`: behind by 1,024 weeks, or twice that; `frozen-time`: each fix has the time of the one before.
 * - `frozen-position`: it says that it drives, from the very same coordinates. A receiver that repeats itself at rest is none.
 * - `no-position`: without a position, not located, without satellites, or at 0° N 0° E.
 * - `vague`: too vague for fences. `out-of-area`: outside the district's area. `refused`: ingest refuses its fixes.
 */
export const TRACKER_FAULTS = [
  'clock-ahead',
  'clock-behind',
  'week-rollover',
  'frozen-time',
  'frozen-position',
  'no-position',
  'vague',
  'out-of-area',
  'refused',
] as const;
export type TrackerFault = (typeof TRACKER_FAULTS)[number];

/** Whether the fault is one of the tracker's clock. */
export function isClockFault(fault: TrackerFault): boolean {
  return fault === 'clock-ahead' || fault === 'clock-behind' || fault === 'week-rollover' || fault === 'frozen-time';
}
