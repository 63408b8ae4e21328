import type { Protocol } from '../../../src/runner/protocol.js';
import { lastLogId } from './fake-redis.js';
import { fulfilmentOf, plainEntries, POISON, type ToyState } from './toy-fold.js';
import type { Bounds, World } from './world.js';

/** What is wrong with a world, whatever comes next; null: nothing. */
export function violation({ redis, files }: World): string | null {
  const { log, alerts, cursor, pointer, floor, skipped } = redis;
  const wanted = fulfilmentOf(log, skipped);
  for (const [i, [number, id]] of alerts.entries()) {
    if (number !== i + 1) return `alert ${number} in the place of ${i + 1}`;
    if (id !== wanted.alerts[i])
      return `alert ${number} is ${id}, the fold of the log has ${wanted.alerts[i] ?? 'none'}`;
  }
  if (cursor !== null) {
    const { logId, lastAlert } = cursor;
    if (logId.ms > log.length) return `the cursor is at ${logId.ms}, the log ends at ${log.length}`;
    if (lastAlert !== wanted.lastAlert[logId.ms])
      return `the cursor at ${logId.ms} counts ${lastAlert} alerts, the fold ${wanted.lastAlert[logId.ms]}`;
    if (lastAlert > alerts.length) return `the cursor counts ${lastAlert} alerts, the stream has ${alerts.length}`;
  }
  for (const ms of skipped) if (log.charAt(ms - 1) !== POISON) return `entry ${ms} is skipped and is not poison`;
  if (pointer !== null) {
    const at = pointer.cursor.logId.ms;
    if (at > (cursor?.logId.ms ?? 0)) return `the snapshot is at ${at}, ahead of the cursor`;
    if (pointer.sha256 !== fulfilmentOf(log.slice(0, at), skipped).dump)
      return `the snapshot at ${at} is of another history`;
    if (String(files.get(pointer.file)?.state) !== pointer.sha256) return `the file of the snapshot at ${at} is gone`;
  }
  if (floor > 1 && floor > (pointer?.cursor.logId.ms ?? 0)) return `the log begins at ${floor}, past the snapshot`;
  return null;
}

/** What is wrong with a step, besides what it leads to. */
export function stepViolation(from: World, to: World): string | null {
  const failedOver = from.redis.run !== to.redis.run;
  const [before, after] = [from.redis.cursor?.logId.ms ?? 0, to.redis.cursor?.logId.ms ?? 0];
  return after < before && !failedOver ? `the cursor went from ${before} back to ${after}` : null;
}

/** Everything is committed, and every engine that lives and may go on has seen it. */
export function isSettled(w: World, { appends }: Bounds): boolean {
  const { redis, engines } = w;
  const { cursor, log } = redis;
  const end = lastLogId(redis).ms;
  if (cursor === null || plainEntries(log) < (appends?.[redis.run === 0 ? 0 : 1].length ?? 0)) return false;
  const wanted = fulfilmentOf(log, redis.skipped);
  const isCommitted = cursor.logId.ms === end && redis.alerts.length === wanted.alerts.length;
  if (!isCommitted || [...wanted.hot].some(([field, text]) => redis.hot[field] !== text)) return false;
  // V1: an older one must not go on; whether it has noticed is all the same.
  const living = engines.filter((engine) => engine !== null && engine.fold.version >= cursor.foldVersion);
  const isAtEnd = ({ next, cursor: seen }: Protocol<ToyState>) =>
    next.do === 'read-log' && next.after.ms === end && seen?.logId.ms === end;
  return living.length > 0 && living.every((engine) => engine !== null && isAtEnd(engine.protocol));
}
