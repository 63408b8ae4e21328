import { generateKeyPairSync } from 'node:crypto';
import { archiveKeys, type ArchiveKeys, archiveSigner, type ArchiveSigner } from '../../src/archive/keys.js';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';

/** A key of the archive, and who believes it. */
export function testKeys(kid = 'archive-1'): { readonly signer: ArchiveSigner; readonly keys: ArchiveKeys } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    signer: archiveSigner(kid, privateKey.export({ format: 'jwk' })),
    keys: archiveKeys([[kid, publicKey.export({ format: 'jwk' })]]),
  };
}

export function raw(id: LogId, entry: LogEntry, atMs?: number): RawEntry {
  const one = { id, kind: entry.kind, payload: encodeLogEntry(entry) };
  return atMs === undefined ? one : { ...one, atMs };
}

export async function gather(parts: AsyncIterable<readonly RawEntry[]>): Promise<RawEntry[]> {
  const all: RawEntry[] = [];
  for await (const entries of parts) all.push(...entries);
  return all;
}

/** Entries that can be compared: bytes as text. */
export function plain(entries: readonly RawEntry[]): readonly object[] {
  return entries.map(({ payload, ...rest }) => ({ ...rest, payload: Buffer.from(payload).toString('hex') }));
}
