import { createHash } from 'node:crypto';
import { districtKey } from '../redis/district-key.js';
import type { RedisConnection } from '../redis/connection.js';

/** Bytes in one command: Redis serves the others between two of them. */
const CHUNK_BYTES = 262_144;
/** A larger snapshot stays in the folder of its engine; a district of 10,000 units comes to 8 MB. */
export const MAX_SHARED_SNAPSHOT_BYTES = 33_554_432;

/**
 * The newest snapshot file of a district, for engines on other machines: Redis is what they share. Two hashes of chunks by number:
 * the one that is being written, and the one that the pointer names.
 */
export class SharedSnapshot {
  readonly #query: RedisConnection;
  readonly #key: string;
  readonly #next: string;

  /** `query` has that purpose. */
  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#query = o.query;
    this.#key = districtKey(o.district, 'snapshot:file');
    this.#next = districtKey(o.district, 'snapshot:next');
  }

  /** False: it is too large to be shared. Rejects when Redis does not take it: away, or at maxmemory. */
  async put(bytes: Uint8Array): Promise<boolean> {
    if (bytes.byteLength > MAX_SHARED_SNAPSHOT_BYTES) return false;
    await this.#query.unlink(this.#next);
    for (let at = 0, number = 0; at < bytes.byteLength; at += CHUNK_BYTES, number += 1) {
      await this.#query.hset(this.#next, String(number), Buffer.from(bytes.subarray(at, at + CHUNK_BYTES)));
    }
    return true;
  }

  /** Call it once the pointer names what was put. Two engines that put at once spoil it; `take` notices. */
  async publish(): Promise<void> {
    if ((await this.#query.exists(this.#next)) === 1) await this.#query.rename(this.#next, this.#key);
  }

  /** The file with this SHA-256; null: another one lies there, or none. */
  async take(sha256: string): Promise<Uint8Array | null> {
    const count = await this.#query.hlen(this.#key);
    const chunks: Buffer[] = [];
    let size = 0;
    for (let number = 0; number < count; number += 1) {
      const chunk = await this.#query.hgetBuffer(this.#key, String(number));
      size += chunk?.byteLength ?? 0;
      if (chunk === null || size > MAX_SHARED_SNAPSHOT_BYTES) return null;
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    return createHash('sha256').update(bytes).digest('hex') === sha256 ? bytes : null;
  }
}
