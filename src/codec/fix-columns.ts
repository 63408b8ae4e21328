import { assert } from '../model/errors.js';
import type { Fix } from '../model/fix.js';
import type { ColumnFault } from './column-fault.js';
import { flagOf, SHAPE, SHAPE_END, shapeOf } from '../model/fix-shape.js';
import { createReader, createWriter, type Reader, readSint64, type Writer } from './wire.js';

/**
 * Fixes by column, `FixColumns` of `proto/log.proto`: what one fix shares with the one before it costs one byte a column. Written
 * by hand, on the library's reader and writer, so that a snapshot's millions of numbers never stand in arrays.
 */

/** A `FixColumns` of one fix is never longer than this, and each further fix adds at most MAX_FIX_BYTES. */
export const FIX_COLUMNS_OVERHEAD_BYTES = 64;
/** Shape 3, time 7 (to the year 4200), longitude 5, latitude 5, altitude 3, speed 3, course 3, satellites 2 + 2, HDOP 3, accuracy 3, battery 2. */
export const MAX_FIX_BYTES = 41;

/** The columns after `count` in the order of their field numbers, from 2. */
const COLUMNS = [
  'shape',
  'event_time_ms',
  'lng_e7',
  'lat_e7',
  'altitude_dm',
  'speed_cmps',
  'course_cdeg',
  'satellites',
  'beidou_satellites',
  'hdop_centi',
  'accuracy_dm',
  'battery_percent',
] as const;

interface Output {
  readonly writer: Writer;
  previous: number;
}

/** Encodes the fixes of all groups, one after another; the caller keeps the groups' counts. */
export function encodeFixColumns(groups: Iterable<readonly Fix[]>): Uint8Array {
  const encoder = new FixColumnsEncoder();
  for (const fixes of groups) encoder.add(fixes);
  return encoder.finish();
}

/** Encodes the fixes of one group after the other, as they come; the caller keeps the groups' counts. */
export class FixColumnsEncoder {
  readonly #outputs = COLUMNS.map((): Output => ({ writer: createWriter(), previous: 0 }));
  #count = 0;

  add(fixes: readonly Fix[]): void {
    const [shapes, times, lngs, lats, altitudes, speeds, courses, satellites, beidou, hdops, accuracies, batteries] =
      this.#outputs as Columns<Output>;
    this.#count += fixes.length;
    for (const fix of fixes) {
      const shape = shapeOf(fix);
      shapes.writer.uint32(shape ^ shapes.previous);
      shapes.previous = shape;
      put(times, fix.eventTimeMs);
      if (fix.position !== null) {
        putInt32(lngs, fix.position.lngE7);
        putInt32(lats, fix.position.latE7);
      }
      if (fix.altitudeDm !== null) put(altitudes, fix.altitudeDm);
      if (fix.speedCmps !== null) put(speeds, fix.speedCmps);
      if (fix.courseCdeg !== null) put(courses, fix.courseCdeg);
      if (fix.satellites !== null) put(satellites, fix.satellites);
      if (fix.beidouSatellites !== null) put(beidou, fix.beidouSatellites);
      if (fix.hdopCenti !== null) put(hdops, fix.hdopCenti);
      if (fix.accuracyDm !== null) put(accuracies, fix.accuracyDm);
      if (fix.batteryPercent !== null) put(batteries, fix.batteryPercent);
    }
  }

  finish(): Uint8Array {
    const message = createWriter()
      .uint32((1 << 3) | 0)
      .uint32(this.#count);
    this.#outputs.forEach(({ writer }, index) => {
      const bytes = writer.finish();
      if (bytes.length > 0) message.uint32(((index + 2) << 3) | 2).bytes(bytes);
    });
    return message.finish();
  }
}

/** One for each of COLUMNS. */
type Columns<T> = [T, T, T, T, T, T, T, T, T, T, T, T];

function put(output: Output, value: number): void {
  const delta = value - output.previous;
  assert(Number.isSafeInteger(value) && Math.abs(delta) < 2 ** 52, 'a fix is made of integers');
  output.previous = value;
  // The same bytes either way; the 32-bit writer makes no object.
  if (delta >= -(2 ** 31) && delta < 2 ** 31) output.writer.sint32(delta);
  else output.writer.sint64(delta);
}

/** The difference of two int32 has 33 bits; modulo 2^32 it gives the second back all the same. */
function putInt32(output: Output, value: number): void {
  assert((value | 0) === value, 'a coordinate is an int32');
  output.writer.sint32((value - output.previous) | 0);
  output.previous = value;
}

interface Input {
  readonly name: string;
  readonly reader: Reader;
  previous: number;
}

/**
 * Decodes into one list a count. The counts' sum, the message's own count and the length of every column must agree, to the
 * byte; else it throws what `fault` makes, or what the library's reader throws inside a broken number. Allocates no more than
 * the bytes call for.
 */
export function decodeFixColumns(bytes: Uint8Array, counts: readonly number[], fault: ColumnFault): Fix[][] {
  const { count, inputs } = openColumns(bytes, fault);
  const total = counts.reduce((sum, value) => sum + value, 0);
  if (total !== count) throw fault('count', `${count} fixes`, `${total}, the sum of the groups`);
  const groups = counts.map((groupCount) => readGroup(inputs, groupCount, fault));
  for (const { name, reader } of inputs) {
    if (reader.pos !== reader.len)
      throw fault(name, `${reader.len - reader.pos} bytes more`, `the end after ${count} fixes`);
  }
  return groups;
}

function openColumns(bytes: Uint8Array, fault: ColumnFault): { count: number; inputs: Columns<Input> } {
  const message = createReader(bytes);
  const found = new Map<number, Uint8Array>();
  let count = 0;
  while (message.pos < message.len) {
    const tag = message.tag();
    const number = tag >>> 3;
    if (tag === 1 << 3) {
      count = message.uint32();
      continue;
    }
    const name = COLUMNS[number - 2];
    if (name === undefined) throw fault('fix_columns', `field ${number}`, `fields 1..${COLUMNS.length + 1}`);
    if ((tag & 7) !== 2 || found.has(number)) throw fault(name, 'a second or unpacked field', 'one packed field');
    found.set(number, message.bytes());
  }
  const inputs = COLUMNS.map(
    (name, index): Input => ({ name, reader: createReader(found.get(index + 2) ?? NO_BYTES), previous: 0 }),
  );
  return { count, inputs: inputs as Columns<Input> };
}

const NO_BYTES = new Uint8Array(0);

function readGroup(inputs: Columns<Input>, count: number, fault: ColumnFault): Fix[] {
  const [shapes, times, lngs, lats, altitudes, speeds, courses, satellites, beidou, hdops, accuracies, batteries] =
    inputs;
  const fixes: Fix[] = [];
  for (let i = 0; i < count; i++) {
    demand(shapes, fault);
    const shape = shapes.previous ^ shapes.reader.uint32();
    shapes.previous = shape;
    if (shape < 0 || shape >= SHAPE_END) throw fault('shape', `${shape >>> 0}`, `0..${SHAPE_END - 1}`);
    fixes.push({
      eventTimeMs: takeTime(times, fault),
      position: shape & SHAPE.position ? { lngE7: takeInt32(lngs, fault), latE7: takeInt32(lats, fault) } : null,
      altitudeDm: shape & SHAPE.altitude ? takeInt32(altitudes, fault) : null,
      speedCmps: shape & SHAPE.speed ? takeInt32(speeds, fault) : null,
      courseCdeg: shape & SHAPE.course ? takeInt32(courses, fault) : null,
      located: flagOf(shape, SHAPE.located),
      satellites: shape & SHAPE.satellites ? takeInt32(satellites, fault) : null,
      beidouSatellites: shape & SHAPE.beidou ? takeInt32(beidou, fault) : null,
      hdopCenti: shape & SHAPE.hdop ? takeInt32(hdops, fault) : null,
      accuracyDm: shape & SHAPE.accuracy ? takeInt32(accuracies, fault) : null,
      power: flagOf(shape, SHAPE.power),
      batteryPercent: shape & SHAPE.battery ? takeInt32(batteries, fault) : null,
      ignition: flagOf(shape, SHAPE.ignition),
      lightbar: flagOf(shape, SHAPE.lightbar),
      sos: flagOf(shape, SHAPE.sos),
      backfill: flagOf(shape, SHAPE.backfill),
    });
  }
  return fixes;
}

function demand({ name, reader }: Input, fault: ColumnFault): void {
  if (reader.pos >= reader.len) throw fault(name, 'its end', 'one more number');
}

function takeInt32(input: Input, fault: ColumnFault): number {
  demand(input, fault);
  input.previous = (input.previous + input.reader.sint32()) | 0;
  return input.previous;
}

function takeTime(input: Input, fault: ColumnFault): number {
  demand(input, fault);
  input.previous += readSint64(input.reader);
  if (!Number.isSafeInteger(input.previous)) throw fault(input.name, `${input.previous}`, 'an integer below 2^53');
  return input.previous;
}
