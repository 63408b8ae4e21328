import { createHash } from 'node:crypto';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes down how a stream ended, and what went through it until then. */
export type RecordEnd = (
  stage: 'ended' | 'cut',
  body: { readonly bytes: number; readonly sha256: string },
) => Promise<void>;

/**
 * A stream with the bytes of `source`, which counts and hashes them. `ended` is recorded after the last byte and before the end: a reader
 * that sees the end has a recorded answer; if it cannot be recorded, the stream fails instead of ending. A stream that breaks off, because
 * of its source or its reader, is recorded as `cut`. `recorded` settles with that record, and rejects when it failed.
 */
export function hashedStream(
  source: Readable,
  record: RecordEnd,
): { readonly stream: Readable; readonly recorded: Promise<void> } {
  const hash = createHash('sha256');
  let bytes = 0;
  let isRecorded = false;
  const end = (stage: 'ended' | 'cut') => record(stage, { bytes, sha256: hash.copy().digest('hex') });
  const recordEnd = async (done: TransformCallback) => {
    try {
      await end('ended');
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    isRecorded = true;
    done();
  };
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => void recordEnd(done),
  });
  const follow = async () => {
    try {
      await pipeline(source, stream);
    } catch {
      if (!isRecorded) await end('cut');
    }
  };
  return { stream, recorded: follow() };
}
