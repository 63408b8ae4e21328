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
export function runScript(
  connection: RedisConnection,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  return evaluate(script, (command, name) => connection.callBuffer(command, [name, keys.length, ...keys, ...args]));
}

/**
 * The same, and how many replicas had what it wrote within `withinMs`. WAIT goes out right behind the script, on the same
 * link: asked on the next one it would answer for a Redis that may never have seen the write.
 */
export function runReplicatedScript(
  connection: RedisConnection,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
  { replicas, withinMs }: { readonly replicas: number; readonly withinMs: number },
): Promise<readonly [reply: unknown, replicas: number]> {
  return evaluate(script, (command, name) =>
    Promise.all([
      connection.callBuffer(command, [name, keys.length, ...keys, ...args]),
      connection.wait(replicas, withinMs),
    ]),
  );
}

async function evaluate<Reply>(
  { lua, sha1 }: Script,
  call: (command: 'EVALSHA' | 'EVAL', name: string) => Promise<Reply>,
): Promise<Reply> {
  try {
    return await call('EVALSHA', sha1);
  } catch (error) {
    // A reply, so the script did not run: sending it whole repeats nothing.
    if (!isReply(error, 'NOSCRIPT')) throw error;
    return await call('EVAL', lua);
  }
}
