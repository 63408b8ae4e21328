import type { Fix, FixRejection, RejectedFix } from '../model/fix.js';
import { EARLIEST_EVENT_MS, REFUSE_AHEAD_MS } from '../model/limits.js';
import { MAX_LAT_E7, MAX_LNG_E7 } from '../model/position.js';
import {
  ACCURACY_DM,
  ALTITUDE_DM,
  BATTERY_PERCENT,
  COURSE_CDEG,
  HDOP_CENTI,
  SATELLITES,
  SPEED_CMPS,
} from './fix-ranges.js';
import type { WireFix, WireFixNumber } from './wire-fix.js';

/**
 * Turns a fix as it came into a valid one, or says why not; the first fault in the order of the fields counts. Nobody behind
 * checks again.
 *
 * @param index the fix's index in its report, for the refusal
 * @param nowMs log time now; an event time more than REFUSE_AHEAD_MS after it is refused
 */
export function parseFix(wire: WireFix, index: number, nowMs: number): Fix | RejectedFix {
  const fault = faultOf(wire, nowMs);
  if (fault !== null) return { index, code: fault, ...(wire.sos === true ? { sos: true } : {}) };
  return {
    // Absence is a fault, which the line above has answered.
    eventTimeMs: wire.eventTimeMs ?? 0,
    position: wire.lngE7 === null || wire.latE7 === null ? null : { lngE7: wire.lngE7, latE7: wire.latE7 },
    altitudeDm: wire.altitudeDm,
    speedCmps: wire.speedCmps,
    courseCdeg: wire.courseCdeg,
    located: wire.located,
    satellites: wire.satellites,
    beidouSatellites: wire.beidouSatellites,
    hdopCenti: wire.hdopCenti,
    accuracyDm: wire.accuracyDm,
    power: wire.power,
    batteryPercent: wire.batteryPercent,
    ignition: wire.ignition,
    lightbar: wire.lightbar,
    sos: wire.sos,
    backfill: wire.backfill,
  };
}

export function isRejected(parsed: Fix | RejectedFix): parsed is RejectedFix {
  return 'code' in parsed;
}

/** What a tracker sends for a valid fix; the inverse of `parseFix`. */
export function wireFixOf(fix: Fix): WireFix {
  return {
    eventTimeMs: fix.eventTimeMs,
    lngE7: fix.position === null ? null : fix.position.lngE7,
    latE7: fix.position === null ? null : fix.position.latE7,
    altitudeDm: fix.altitudeDm,
    speedCmps: fix.speedCmps,
    courseCdeg: fix.courseCdeg,
    located: fix.located,
    satellites: fix.satellites,
    beidouSatellites: fix.beidouSatellites,
    hdopCenti: fix.hdopCenti,
    accuracyDm: fix.accuracyDm,
    power: fix.power,
    batteryPercent: fix.batteryPercent,
    ignition: fix.ignition,
    lightbar: fix.lightbar,
    sos: fix.sos,
    backfill: fix.backfill,
    unreadable: null,
  };
}

function faultOf(wire: WireFix, nowMs: number): FixRejection | null {
  const time = wire.eventTimeMs;
  if (time === null) return 'time-missing';
  if (time < EARLIEST_EVENT_MS) return 'time-too-old';
  if (time > nowMs + REFUSE_AHEAD_MS) return 'time-too-far-ahead';
  if (wire.unreadable !== null) return UNREADABLE[wire.unreadable];
  if ((wire.lngE7 === null) !== (wire.latE7 === null)) return 'position-incomplete';
  if (outside(wire.lngE7, LNG_E7)) return 'longitude-range';
  if (outside(wire.latE7, LAT_E7)) return 'latitude-range';
  if (outside(wire.altitudeDm, ALTITUDE_DM)) return 'altitude-range';
  if (outside(wire.speedCmps, SPEED_CMPS)) return 'speed-range';
  if (outside(wire.courseCdeg, COURSE_CDEG)) return 'course-range';
  if (outside(wire.satellites, SATELLITES) || outside(wire.beidouSatellites, SATELLITES)) return 'satellites-range';
  if (outside(wire.hdopCenti, HDOP_CENTI)) return 'hdop-range';
  if (outside(wire.accuracyDm, ACCURACY_DM)) return 'accuracy-range';
  if (outside(wire.batteryPercent, BATTERY_PERCENT)) return 'battery-range';
  return null;
}

const LNG_E7 = { min: -MAX_LNG_E7, max: MAX_LNG_E7 };
const LAT_E7 = { min: -MAX_LAT_E7, max: MAX_LAT_E7 };

function outside(value: number | null, range: { readonly min: number; readonly max: number }): boolean {
  return value !== null && !(value >= range.min && value <= range.max);
}

/** The refusal for a number that came with a wrong wire type. (A flag that did counts as not said.) */
const UNREADABLE: Readonly<Record<WireFixNumber, FixRejection>> = {
  eventTimeMs: 'time-missing',
  lngE7: 'position-incomplete',
  latE7: 'position-incomplete',
  altitudeDm: 'altitude-range',
  speedCmps: 'speed-range',
  courseCdeg: 'course-range',
  satellites: 'satellites-range',
  beidouSatellites: 'satellites-range',
  hdopCenti: 'hdop-range',
  accuracyDm: 'accuracy-range',
  batteryPercent: 'battery-range',
};
