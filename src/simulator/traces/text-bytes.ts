import { TextDecoder } from 'node:util';
import { BeatwatchError } from '../../model/errors.js';

/** Encodings that `--encoding` names; without one a byte-order mark or zero bytes tell UTF-16, and all else is UTF-8. */
export const TRACE_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'] as const;
export type TraceEncoding = (typeof TRACE_ENCODINGS)[number];

/** Enough for a byte-order mark, and for two characters of UTF-16 without one. */
const SNIFFED_BYTES = 4;

/**
 * The text of a recording as UTF-8 without a byte-order mark, whatever its encoding. Throws `trace-encoding` for bytes that are
 * not of the encoding, so that no name is silently read as something else.
 */
export async function* decodeText(
  bytes: AsyncIterable<Uint8Array>,
  encoding: TraceEncoding | null,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let head: Uint8Array = new Uint8Array(0);
  let decoder: TextDecoder | null = null;
  let chosen: TraceEncoding = 'utf-8';
  const decode = (part?: Uint8Array): Uint8Array => {
    try {
      return encoder.encode(part === undefined ? decoder?.decode() : decoder?.decode(part, { stream: true }));
    } catch (error) {
      const message = `trace: got bytes that are not ${chosen}, expected text in one encoding; name it with --encoding (${TRACE_ENCODINGS.join(', ')})`;
      throw new BeatwatchError('trace-encoding', message, { encoding: chosen }, { cause: error });
    }
  };
  for await (const chunk of bytes) {
    if (decoder !== null) {
      yield decode(chunk);
      continue;
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < SNIFFED_BYTES) continue;
    chosen = encoding ?? encodingOf(head);
    decoder = new TextDecoder(chosen, { fatal: true });
    yield decode(head);
  }
  if (decoder === null) {
    chosen = encoding ?? encodingOf(head);
    decoder = new TextDecoder(chosen, { fatal: true });
    yield decode(head);
  }
  yield decode();
}

/** The encoding that the byte-order mark names; without one, UTF-16 shows in the zero byte beside a first ASCII character. */
function encodingOf(head: Uint8Array): TraceEncoding {
  const [first = 1, second = 1, third = 1, fourth = 1] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be';
  return 'utf-8';
}
