import type { Fix } from '../../src/model/fix.js';

/** A plain valid fix. */
export function fixAt(eventTimeMs: number, lngE7 = 1_160_800_000, latE7 = 242_600_000): Fix {
  return {
    eventTimeMs,
    position: { lngE7, latE7 },
    altitudeDm: null,
    speedCmps: 0,
    courseCdeg: null,
    located: true,
    satellites: 14,
    beidouSatellites: 8,
    hdopCenti: 90,
    power: true,
    ignition: true,
    lightbar: false,
    sos: false,
    backfill: false,
  };
}
