import { createHash } from 'node:crypto';
import { isReply } from './outcome.js';
import type { RedisConnection } from './connection.js';

/** A Lua script, run by its SHA-1; `#!lua flags=` in its first line says whether it may run at maxmemory (R1). */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

export type ScriptArgument = string | number | Buffer;

export function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Runs a script, loading it where the server does not know it yet (after a restart). Bulk strings come back as buffers.
 * The caller's connection decides what happens when the reply is lost.
 */
export async function runScript(
  connection: RedisConnection,
  { lua, sha1 }: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  try {
    return await connection.callBuffer('EVALSHA', [sha1, keys.length, ...keys, ...args]);
  } catch (error) {
    // A reply, so the script did not run: sending it whole repeats nothing.
    if (!isReply(error, 'NOSCRIPT')) throw error;
    return await connection.callBuffer('EVAL', [lua, keys.length, ...keys, ...args]);
  }
}
