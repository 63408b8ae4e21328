import type { DaySettlement } from '../model/day-record.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import { isDateText } from '../model/local-date.js';
import type { SettlementEntry } from '../model/log-entry.js';
import { type ColumnFault, quoted } from './column-fault.js';
import { deflateJson, hex, inflateJson } from './deflated-json.js';
import { wire } from './wire.js';

/** The JSON of a settlement is at most this long: 10,000 units with hundreds of visits a day each. */
const MAX_SETTLEMENT_JSON_BYTES = 536_870_912;
/** So much of an entry is left for what stands beside the piece. */
const BESIDE_BYTES = 1_024;
const SHA256_BYTES = 32;

export function encodeSettlement({ digest, ...entry }: SettlementEntry): Uint8Array {
  return wire.SettlementPayload.encode({ ...entry, recordSha256: Buffer.from(digest, 'hex') }).finish();
}

export function decodeSettlement(payload: Uint8Array, corrupt: ColumnFault): SettlementEntry {
  const message = wire.SettlementPayload.decode(payload);
  const { day, part, parts, jsonBytes } = message;
  if (!isDateText(day)) throw corrupt('day', quoted(day), 'a date');
  if (part < 1 || part > parts) throw corrupt('part', String(part), `1 to ${parts}`);
  for (const [column, bytes] of [
    ['record_sha256', message.recordSha256],
    ['json_sha256', message.jsonSha256],
  ] as const) {
    if (bytes.length !== SHA256_BYTES) throw corrupt(column, `${bytes.length} bytes`, `${SHA256_BYTES}`);
  }
  const [piece, jsonSha256] = [Uint8Array.from(message.piece), Uint8Array.from(message.jsonSha256)];
  return { kind: 'settlement', day, digest: hex(message.recordSha256), part, parts, piece, jsonBytes, jsonSha256 };
}

/** The entries, each of a size that fits, that together say a settlement. `digest`: of its record. */
export function settlementEntries(settlement: DaySettlement, digest: string): readonly SettlementEntry[] {
  const { deflated, bytes, sha256 } = deflateJson(settlement, MAX_SETTLEMENT_JSON_BYTES, 'settlement-too-large');
  const pieceBytes = MAX_ENTRY_BYTES - BESIDE_BYTES;
  const parts = Math.max(1, Math.ceil(deflated.length / pieceBytes));
  return Array.from({ length: parts }, (_, i) => ({
    kind: 'settlement',
    day: settlement.record.day,
    digest,
    part: i + 1,
    parts,
    piece: deflated.subarray(i * pieceBytes, (i + 1) * pieceBytes),
    jsonBytes: bytes,
    jsonSha256: sha256,
  }));
}

/** What all parts of a settlement say, in their order. Throws an Error that says got and expected when one is missing or is not as it was. */
export function settlementOf(entries: readonly SettlementEntry[]): DaySettlement {
  const [first] = entries;
  if (first === undefined || entries.length !== first.parts)
    throw new Error(`got ${entries.length} parts of a settlement, expected ${first?.parts ?? 'at least 1'}`);
  const deflated = Buffer.concat(entries.map(({ piece }) => piece));
  const json = { deflated, bytes: first.jsonBytes, sha256: first.jsonSha256 };
  // The hash vouches for the shape: it was encoded from a settlement.
  return inflateJson(json, MAX_SETTLEMENT_JSON_BYTES) as DaySettlement;
}
