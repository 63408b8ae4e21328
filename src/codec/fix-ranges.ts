/**
 * The ranges of a fix's fields, inclusive at both ends, as `proto/tracker.proto` states them. Position and time have theirs in
 * `model/position.ts` and `model/limits.ts`. They refuse what no patrol unit's receiver can mean; what is merely unlikely
 * (an outlier) is the engine's to judge.
 */
export const ALTITUDE_DM = { min: -5_000, max: 100_000 } as const;
/** 300 m/s. */
export const SPEED_CMPS = { min: 0, max: 30_000 } as const;
/** North is 0, never 36000. */
export const COURSE_CDEG = { min: 0, max: 35_999 } as const;
/** One byte in every receiver's own protocol. */
export const SATELLITES = { min: 0, max: 255 } as const;
/** 0 is a receiver's word for "unknown", which is said by leaving the field out. A value far too vague to use is still taken. */
export const HDOP_CENTI = { min: 1, max: 100_000 } as const;
/** 0.1 m to 100 km; 0 is a phone's word for "unknown". */
export const ACCURACY_DM = { min: 1, max: 1_000_000 } as const;
export const BATTERY_PERCENT = { min: 0, max: 100 } as const;
