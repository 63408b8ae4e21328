import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis/connection.js';
import { districtKey } from '../redis/district-key.js';
import type { Script, ScriptArgument } from '../redis/script.js';
import { deploymentScript } from './scripts.js';

/** Shard channels of one district of one deployment. */
export interface DistrictChannels {
  readonly live: string;
  readonly takeover: string;
}

type RunScript = (script: Script, keys: readonly string[], args: readonly ScriptArgument[]) => Promise<unknown>;

/**
 * Names of a district's channels, asked for once; after a failure they are asked for again. Redis's channels know no databases, so
 * the name carries the number of the database, and the id that the first process made for these data: two of them may be one
 * behind the other, under the same number, behind one name.
 */
export function districtChannels(
  connection: RedisConnection,
  district: string,
  run: RunScript,
): () => Promise<DistrictChannels> {
  const database = connection.options.db ?? 0;
  const ask = async (): Promise<DistrictChannels> => {
    const deployment = String(await run(deploymentScript, [districtKey(district, 'deployment')], [randomUUID()]));
    const channel = (name: string) => districtKey(district, `${name}:${database}:${deployment}`);
    return { live: channel('live'), takeover: channel('takeover') };
  };
  let known: Promise<DistrictChannels> | null = null;
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}
