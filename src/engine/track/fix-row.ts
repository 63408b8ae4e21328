import { assert } from '../../model/errors.js';
import type { Fix } from '../../model/fix.js';
import { flagOf, SHAPE, shapeOf } from '../../model/fix-shape.js';
import type { PositionE7 } from '../../model/position.js';
import type { TrackPoint } from './fold.js';
import { sigmaM } from './sigma.js';

/** Bytes of a row: one fix, and whether its position is believed. */
export const ROW_BYTES = 40;

/** Where in a row each field begins. A number that the fix does not say is 0, and `shape` tells that it does not. */
const AT = {
  eventTimeMs: 0,
  lngE7: 8,
  latE7: 12,
  altitudeDm: 16,
  hdopCenti: 20,
  accuracyDm: 24,
  shape: 28,
  speedCmps: 32,
  courseCdeg: 34,
  satellites: 36,
  beidouSatellites: 37,
  batteryPercent: 38,
  isBelieved: 39,
} as const;

/** Writes a fix that nobody believes yet as the row that begins at `start`. */
export function writeRow(rows: DataView, start: number, fix: Fix): void {
  rows.setFloat64(start + AT.eventTimeMs, fix.eventTimeMs);
  rows.setInt32(start + AT.lngE7, fix.position?.lngE7 ?? 0);
  rows.setInt32(start + AT.latE7, fix.position?.latE7 ?? 0);
  rows.setInt32(start + AT.altitudeDm, fix.altitudeDm ?? 0);
  rows.setInt32(start + AT.hdopCenti, fix.hdopCenti ?? 0);
  rows.setInt32(start + AT.accuracyDm, fix.accuracyDm ?? 0);
  rows.setInt32(start + AT.shape, shapeOf(fix));
  rows.setUint16(start + AT.speedCmps, upTo(0xffff, fix.speedCmps));
  rows.setUint16(start + AT.courseCdeg, upTo(0xffff, fix.courseCdeg));
  rows.setUint8(start + AT.satellites, upTo(0xff, fix.satellites));
  rows.setUint8(start + AT.beidouSatellites, upTo(0xff, fix.beidouSatellites));
  rows.setUint8(start + AT.batteryPercent, upTo(0xff, fix.batteryPercent));
  rows.setUint8(start + AT.isBelieved, 0);
}

function upTo(most: number, value: number | null): number {
  assert(value === null || (value >= 0 && value <= most), 'a fix is valid in every field');
  return value ?? 0;
}

/** The fix of the row that begins at `start`. */
export function readRow(rows: DataView, start: number): Fix {
  const shape = rows.getInt32(start + AT.shape);
  return {
    eventTimeMs: timeOfRow(rows, start),
    position:
      shape & SHAPE.position
        ? { lngE7: rows.getInt32(start + AT.lngE7), latE7: rows.getInt32(start + AT.latE7) }
        : null,
    altitudeDm: shape & SHAPE.altitude ? rows.getInt32(start + AT.altitudeDm) : null,
    speedCmps: shape & SHAPE.speed ? rows.getUint16(start + AT.speedCmps) : null,
    courseCdeg: shape & SHAPE.course ? rows.getUint16(start + AT.courseCdeg) : null,
    located: flagOf(shape, SHAPE.located),
    satellites: shape & SHAPE.satellites ? rows.getUint8(start + AT.satellites) : null,
    beidouSatellites: shape & SHAPE.beidou ? rows.getUint8(start + AT.beidouSatellites) : null,
    hdopCenti: shape & SHAPE.hdop ? rows.getInt32(start + AT.hdopCenti) : null,
    accuracyDm: shape & SHAPE.accuracy ? rows.getInt32(start + AT.accuracyDm) : null,
    power: flagOf(shape, SHAPE.power),
    batteryPercent: shape & SHAPE.battery ? rows.getUint8(start + AT.batteryPercent) : null,
    ignition: flagOf(shape, SHAPE.ignition),
    lightbar: flagOf(shape, SHAPE.lightbar),
    sos: flagOf(shape, SHAPE.sos),
    backfill: flagOf(shape, SHAPE.backfill),
  };
}

/** The position of a row that one can be made of: it has coordinates and a σ. */
export function pointOfRow(rows: DataView, start: number): TrackPoint {
  const shape = rows.getInt32(start + AT.shape);
  const accuracy = {
    located: flagOf(shape, SHAPE.located),
    satellites: shape & SHAPE.satellites ? rows.getUint8(start + AT.satellites) : null,
    hdopCenti: shape & SHAPE.hdop ? rows.getInt32(start + AT.hdopCenti) : null,
    accuracyDm: shape & SHAPE.accuracy ? rows.getInt32(start + AT.accuracyDm) : null,
  };
  return {
    eventTimeMs: timeOfRow(rows, start),
    lngE7: rows.getInt32(start + AT.lngE7),
    latE7: rows.getInt32(start + AT.latE7),
    sigmaM: sigmaM(accuracy) as number,
    speedCmps: shape & SHAPE.speed ? rows.getUint16(start + AT.speedCmps) : null,
  };
}

/** Whether the fix of a row has this position; null: it has none. */
export function isRowAt(rows: DataView, start: number, position: PositionE7 | null): boolean {
  const hasPosition = (rows.getInt32(start + AT.shape) & SHAPE.position) !== 0;
  if (position === null || !hasPosition) return (position !== null) === hasPosition;
  return rows.getInt32(start + AT.lngE7) === position.lngE7 && rows.getInt32(start + AT.latE7) === position.latE7;
}

export function timeOfRow(rows: DataView, start: number): number {
  return rows.getFloat64(start + AT.eventTimeMs);
}

/** What the fix of a row says of a call for help. */
export function sosOfRow(rows: DataView, start: number): boolean | null {
  return flagOf(rows.getInt32(start + AT.shape), SHAPE.sos);
}

export function isRowBelieved(rows: DataView, start: number): boolean {
  return rows.getUint8(start + AT.isBelieved) === 1;
}

export function markRow(rows: DataView, start: number, isBelieved: boolean): void {
  rows.setUint8(start + AT.isBelieved, Number(isBelieved));
}
