import { createHash } from 'node:crypto';
import type { Chunks } from './table.js';

/** Where an exported file comes from: who took it out, why, and of which record. Formats that can carry it have it inside. */
export interface Custody {
  readonly district: string;
  /** What was asked for: the kind of rows, and the filter by name. */
  readonly kind: string;
  readonly filter: Readonly<Record<string, unknown>>;
  /** Who exported it; null: nobody said who. */
  readonly exportedBy: string | null;
  readonly exportedAtMs: number;
  readonly purpose: string | null;
  /** The access entry that the server wrote of it; null: none was written, and `notice` says why. */
  readonly accessEntry: string | null;
  readonly notice: string | null;
  /** Last line of the archive's manifest that the rows were read with, and its SHA-256; null: there was no archive. */
  readonly archiveHead: { readonly line: number; readonly sha256: string; readonly upTo: string } | null;
  /** The plans that were in force; left out where they are not known. */
  readonly plans?: readonly {
    readonly version: number;
    readonly inForceFromMs: number;
    readonly sourceSha256: string;
  }[];
}

/** Counts and hashes the bytes that go by. `digest` may be asked once all have. */
export interface Counted {
  readonly chunks: Chunks;
  readonly digest: () => { readonly bytes: number; readonly sha256: string };
}

export function counted(chunks: AsyncIterable<string | Uint8Array>): Counted {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = async function* (): Chunks {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
      yield chunk;
    }
  };
  return { chunks: through(), digest: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/** A custody as lines of a name and a value, for people. */
export function custodyLines(custody: Custody): readonly (readonly [string, string])[] {
  const { district, kind, filter, exportedBy, exportedAtMs, purpose, accessEntry, notice, archiveHead } = custody;
  return [
    ['district', district],
    ['kind', kind],
    ['filter', JSON.stringify(filter)],
    ['exported by', exportedBy ?? 'not said'],
    ['exported at', new Date(exportedAtMs).toISOString()],
    ['purpose', purpose ?? 'not said'],
    ['access entry', accessEntry ?? 'none'],
    ...(notice === null ? [] : ([['notice', notice]] as const)),
    [
      'archive',
      archiveHead === null
        ? 'none'
        : `manifest line ${archiveHead.line}, SHA-256 ${archiveHead.sha256}, log up to ${archiveHead.upTo}`,
    ],
  ];
}
