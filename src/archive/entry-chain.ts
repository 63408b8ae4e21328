import { hash } from 'node:crypto';
import type { RawEntry } from '../log/raw-entry.js';
import { formatLogId } from '../model/log-id.js';

/** The chain before the first entry of a log. */
export const CHAIN_START = Buffer.alloc(32);

/**
 * A hash over all entries of a log up to one of them: SHA-256 of the chain before and of the entry's id, kind, own log time and payload,
 * each with its length before it. A part of the archive names the chain at its two ends, so one that was compacted is shown to hold
 * just the entries of those that it replaced, without these being there.
 */
export function chainAfter(before: Uint8Array, { id, kind, payload, atMs }: RawEntry): Buffer {
  const head = Buffer.from(`${formatLogId(id)}\0${kind}\0${atMs ?? ''}\0${payload.byteLength}\0`);
  return hash('sha256', Buffer.concat([before, head, payload]), 'buffer');
}

export function chainOver(before: Uint8Array, entries: Iterable<RawEntry>): Buffer {
  let chain: Buffer = Buffer.from(before);
  for (const entry of entries) chain = chainAfter(chain, entry);
  return chain;
}
