import type { Fix } from './fix.js';

/**
 * Which fields a fix has, and the values of its flags, in one number: the `shape` of `FixColumns` in `proto/log.proto`. A number
 * has one bit (it is there); a flag has two, "said" and, above it, "true".
 */
export const SHAPE = {
  position: 1 << 0,
  altitude: 1 << 1,
  speed: 1 << 2,
  course: 1 << 3,
  satellites: 1 << 4,
  beidou: 1 << 5,
  hdop: 1 << 6,
  located: 1 << 7,
  power: 1 << 9,
  ignition: 1 << 11,
  lightbar: 1 << 13,
  sos: 1 << 15,
  backfill: 1 << 17,
  accuracy: 1 << 19,
  battery: 1 << 20,
} as const;

/** Every shape is below this. */
export const SHAPE_END = 1 << 21;

/** The "said" bits of all flags. */
const FLAGS_SAID = SHAPE.located | SHAPE.power | SHAPE.ignition | SHAPE.lightbar | SHAPE.sos | SHAPE.backfill;

/** Whether `shapeOf` makes this number of some fix: no flag is true and not said. */
export function isShape(shape: number): boolean {
  return shape >= 0 && shape < SHAPE_END && ((shape >>> 1) & FLAGS_SAID & ~shape) === 0;
}

export function shapeOf(fix: Fix): number {
  return (
    (fix.position === null ? 0 : SHAPE.position) |
    (fix.altitudeDm === null ? 0 : SHAPE.altitude) |
    (fix.speedCmps === null ? 0 : SHAPE.speed) |
    (fix.courseCdeg === null ? 0 : SHAPE.course) |
    (fix.satellites === null ? 0 : SHAPE.satellites) |
    (fix.beidouSatellites === null ? 0 : SHAPE.beidou) |
    (fix.hdopCenti === null ? 0 : SHAPE.hdop) |
    flagBits(fix.located, SHAPE.located) |
    flagBits(fix.power, SHAPE.power) |
    flagBits(fix.ignition, SHAPE.ignition) |
    flagBits(fix.lightbar, SHAPE.lightbar) |
    flagBits(fix.sos, SHAPE.sos) |
    flagBits(fix.backfill, SHAPE.backfill) |
    (fix.accuracyDm === null ? 0 : SHAPE.accuracy) |
    (fix.batteryPercent === null ? 0 : SHAPE.battery)
  );
}

function flagBits(flag: boolean | null, said: number): number {
  return flag === null ? 0 : flag ? said | (said << 1) : said;
}

/** The flag whose "said" bit is `said`. */
export function flagOf(shape: number, said: number): boolean | null {
  const isTrue = said | (said << 1);
  const bits = shape & isTrue;
  return bits === 0 ? null : bits === isTrue;
}
