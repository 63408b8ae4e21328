import { type Reader, readUint64 } from './wire.js';

/** The fields that carry a number (the others are flags). */
export type WireFixNumber =
  | 'eventTimeMs'
  | 'lngE7'
  | 'latE7'
  | 'altitudeDm'
  | 'speedCmps'
  | 'courseCdeg'
  | 'satellites'
  | 'beidouSatellites'
  | 'hdopCenti'
  | 'accuracyDm'
  | 'batteryPercent';

/** A fix as it came: nothing checked but the framing. Null: the field was not there. */
export interface WireFix {
  eventTimeMs: number | null;
  lngE7: number | null;
  latE7: number | null;
  altitudeDm: number | null;
  speedCmps: number | null;
  courseCdeg: number | null;
  located: boolean | null;
  satellites: number | null;
  beidouSatellites: number | null;
  hdopCenti: number | null;
  accuracyDm: number | null;
  power: boolean | null;
  batteryPercent: number | null;
  ignition: boolean | null;
  lightbar: boolean | null;
  sos: boolean | null;
  backfill: boolean | null;
  /** The first number that came with another wire type than its own, and was skipped. */
  unreadable: WireFixNumber | null;
}

/** A fix that says nothing. */
export function emptyWireFix(): WireFix {
  return {
    eventTimeMs: null,
    lngE7: null,
    latE7: null,
    altitudeDm: null,
    speedCmps: null,
    courseCdeg: null,
    located: null,
    satellites: null,
    beidouSatellites: null,
    hdopCenti: null,
    accuracyDm: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
    backfill: null,
    unreadable: null,
  };
}

/**
 * Reads a `Fix` up to the reader's end. Written by hand because the generated decoder skips a known field of a wrong wire
 * type without a word, so that a tracker with such a bug would look like one that has no position. Throws what the reader
 * throws on broken framing.
 */
export function readWireFix(reader: Reader): WireFix {
  const fix = emptyWireFix();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    // Tag = field number << 3 | wire type: 0 varint, 5 fixed 32 bits.
    switch (tag) {
      case (1 << 3) | 0:
        fix.eventTimeMs = readUint64(reader);
        break;
      case (2 << 3) | 5:
        fix.lngE7 = reader.sfixed32();
        break;
      case (3 << 3) | 5:
        fix.latE7 = reader.sfixed32();
        break;
      case (4 << 3) | 0:
        fix.altitudeDm = reader.sint32();
        break;
      case (5 << 3) | 0:
        fix.speedCmps = reader.uint32();
        break;
      case (6 << 3) | 0:
        fix.courseCdeg = reader.uint32();
        break;
      case (7 << 3) | 0:
        fix.located = reader.bool();
        break;
      case (8 << 3) | 0:
        fix.satellites = reader.uint32();
        break;
      case (9 << 3) | 0:
        fix.beidouSatellites = reader.uint32();
        break;
      case (10 << 3) | 0:
        fix.hdopCenti = reader.uint32();
        break;
      case (11 << 3) | 0:
        fix.power = reader.bool();
        break;
      case (12 << 3) | 0:
        fix.ignition = reader.bool();
        break;
      case (13 << 3) | 0:
        fix.lightbar = reader.bool();
        break;
      case (14 << 3) | 0:
        fix.sos = reader.bool();
        break;
      case (15 << 3) | 0:
        fix.backfill = reader.bool();
        break;
      case (16 << 3) | 0:
        fix.accuracyDm = reader.uint32();
        break;
      case (17 << 3) | 0:
        fix.batteryPercent = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
        fix.unreadable ??= NUMBERS[tag >>> 3] ?? null;
    }
  }
  return fix;
}

/** The numbers of the message `Fix` by field number. */
const NUMBERS: Readonly<Record<number, WireFixNumber>> = {
  1: 'eventTimeMs',
  2: 'lngE7',
  3: 'latE7',
  4: 'altitudeDm',
  5: 'speedCmps',
  6: 'courseCdeg',
  8: 'satellites',
  9: 'beidouSatellites',
  10: 'hdopCenti',
  16: 'accuracyDm',
  17: 'batteryPercent',
};
