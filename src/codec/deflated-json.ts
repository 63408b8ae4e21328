import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { canonicalJson } from '../model/canonical-json.js';
import { BeatwatchError, messageOf } from '../model/errors.js';

/** Canonical JSON, raw deflate, with the length and SHA-256 of the JSON, which say the same on every machine and zlib. */
export interface DeflatedJson {
  readonly deflated: Uint8Array;
  readonly bytes: number;
  readonly sha256: Uint8Array;
}

/** Throws an error of the given code for JSON longer than maxBytes, which `inflateJson` would not read back. */
export function deflateJson(value: unknown, maxBytes: number, code: string): DeflatedJson {
  return deflated(jsonBytes(value, maxBytes, code));
}

/** The first half of `deflateJson`: what the value is by now. */
export function jsonBytes(value: unknown, maxBytes: number, code: string): Uint8Array {
  const json = Buffer.from(canonicalJson(value), 'utf8');
  if (json.length > maxBytes) {
    const message = `JSON: got ${json.length} bytes, expected at most ${maxBytes}`;
    throw new BeatwatchError(code, message, { bytes: json.length });
  }
  return json;
}

/** The second half. */
export function deflated(json: Uint8Array): DeflatedJson {
  return { deflated: deflateRawSync(json), bytes: json.length, sha256: sha256(json) };
}

/** Gives the value back; throws an Error that says got and expected when a byte is not as it was. Inflates at most maxBytes. */
export function inflateJson({ deflated, bytes, sha256: expected }: DeflatedJson, maxBytes: number): unknown {
  if (bytes > maxBytes) throw new Error(`got ${bytes} bytes of JSON announced, expected at most ${maxBytes}`);
  const json = inflate(deflated, bytes);
  if (json.length !== bytes) throw new Error(`got ${json.length} bytes of JSON, expected ${bytes}`);
  const got = sha256(json);
  if (Buffer.compare(got, expected) !== 0) {
    throw new Error(`got JSON with SHA-256 ${hex(got)}, expected ${hex(expected)}`);
  }
  return JSON.parse(json.toString('utf8'));
}

function inflate(deflated: Uint8Array, bytes: number): Buffer {
  try {
    // One more than announced, since zlib refuses a limit of 0.
    return inflateRawSync(deflated, { maxOutputLength: bytes + 1 });
  } catch (error) {
    throw new Error(`got deflated JSON that does not inflate to ${bytes} bytes (${messageOf(error)})`, {
      cause: error,
    });
  }
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
