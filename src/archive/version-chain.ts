import { createHash } from 'node:crypto';

/** One version of a visit or an alert as its stream has it. */
export interface RawVersion {
  /** Its number over the district. */
  readonly transition: number;
  readonly json: string;
}

/** The chain before the first version of a stream. */
export const VERSION_CHAIN_START = Buffer.alloc(32);

/**
 * A hash over all versions of a stream up to one of them: SHA-256 of the chain before, and of the version's number and JSON. As with
 * the entries of the log, a compacted part is shown by it to hold just the versions of those that it replaced.
 */
export function versionChainAfter(before: Uint8Array, { transition, json }: RawVersion): Buffer {
  const text = Buffer.from(json);
  return createHash('sha256').update(before).update(`${transition}\0${text.byteLength}\0`).update(text).digest();
}
