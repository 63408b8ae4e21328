import './protobuf-setup.js';
import protobuf from 'protobufjs/minimal.js';
import { beatwatch } from '#proto/beatwatch.js';

/** The generated messages of `proto/`. */
export const wire = beatwatch.v1;

export type Reader = protobuf.Reader;
export type Writer = protobuf.Writer;
/** Reads bytes where they lie: what it returns as bytes are views. */
export function createReader(bytes: Uint8Array): Reader {
  return protobuf.Reader.create(bytes);
}
export function createWriter(): Writer {
  return protobuf.Writer.create();
}

/** Bytes of seven bits each that a number holds exactly. */
const EXACT_VARINT_BYTES = 7;

/** As the reader's `uint64`, which makes an object for each number that it reads: times are most of what is read. */
export function readUint64(reader: Reader): number {
  const value = readShortVarint(reader);
  return value < 0 ? (reader.uint64() as unknown as number) : value;
}

/** As the reader's `sint64`. */
export function readSint64(reader: Reader): number {
  const value = readShortVarint(reader);
  if (value < 0) return reader.sint64() as unknown as number;
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** A varint of up to EXACT_VARINT_BYTES; -1, and nothing is read: it is longer, or cut off. */
function readShortVarint(reader: Reader): number {
  const { buf, pos } = reader;
  const end = Math.min(reader.len, pos + EXACT_VARINT_BYTES);
  let value = 0;
  let scale = 1;
  for (let at = pos; at < end; at += 1) {
    const byte = buf[at] as number;
    if (byte < 0x80) {
      reader.pos = at + 1;
      return value + byte * scale;
    }
    value += (byte - 0x80) * scale;
    scale *= 0x80;
  }
  return -1;
}
