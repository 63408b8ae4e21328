import { assert } from '../model/errors.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import type { FoldEntry } from '../model/log-entry.js';
import type { ColumnFault } from './column-fault.js';
import { deflateJson, inflateJson } from './deflated-json.js';
import { cut } from './fixes-payload.js';
import { wire } from './wire.js';

type Told = Pick<FoldEntry, 'alerts' | 'visits'>;

/** The payload of a `fold` entry. */
export function encodeFold({ base, alerts, visits, ...entry }: FoldEntry): Uint8Array {
  assert(entry.foldVersion === base.foldVersion, 'the base was claimed by the fold that takes over');
  const json = deflateJson({ alerts, visits } satisfies Told, MAX_ENTRY_BYTES, 'log-entry-too-large');
  return wire.FoldPayload.encode({
    ...entry,
    baseLogMs: base.logId.ms,
    baseLogSeq: base.logId.seq,
    baseLastAlert: base.lastAlert,
    baseLastVisit: base.lastVisit,
    toldJsonDeflated: json.deflated,
    toldJsonBytes: json.bytes,
    toldJsonSha256: json.sha256,
  }).finish();
}

export function decodeFold(payload: Uint8Array, corrupt: ColumnFault): FoldEntry {
  const message = wire.FoldPayload.decode(payload);
  const { foldVersion, lastAlert, lastVisit, part, parts } = message;
  if (part < 1 || part > parts) throw corrupt('part', String(part), `1 to ${parts}`);
  const json = {
    deflated: message.toldJsonDeflated,
    bytes: message.toldJsonBytes,
    sha256: message.toldJsonSha256,
  };
  // The hash vouches for the shape: they were read from the streams that the engine wrote.
  const { alerts, visits } = inflateJson(json, MAX_ENTRY_BYTES) as Told;
  const base = {
    logId: { ms: message.baseLogMs, seq: message.baseLogSeq },
    foldVersion,
    lastAlert: message.baseLastAlert,
    lastVisit: message.baseLastVisit,
  };
  return { kind: 'fold', foldVersion, base, lastAlert, lastVisit, part, parts, alerts, visits };
}

/** The entries, each of a size that fits, that together say what was told. At least one. */
export function foldEntries(whole: Omit<FoldEntry, 'kind' | 'part' | 'parts'>): FoldEntry[] {
  const alerts = cut(whole.alerts, jsonBytes).map((run) => ({ alerts: run, visits: [] }));
  const visits = cut(whole.visits, jsonBytes).map((run) => ({ alerts: [], visits: run }));
  const runs: Told[] = [...alerts, ...visits];
  if (runs.length === 0) runs.push({ alerts: [], visits: [] });
  return runs.map((run, i) => ({ ...whole, kind: 'fold', ...run, part: i + 1, parts: runs.length }));
}

/** Bytes that a version takes in the JSON, with its comma. What deflating saves is not counted on. */
function jsonBytes(version: object): number {
  return Buffer.byteLength(JSON.stringify(version)) + 1;
}
