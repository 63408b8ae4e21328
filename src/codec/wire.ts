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
