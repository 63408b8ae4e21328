import { userInfo } from 'node:os';
import { readConfig } from '../config.js';
import { resumeLog } from '../log/resumes.js';
import { formatLogId } from '../model/log-id.js';
import { isId } from '../model/roles.js';
import { createLogger } from '../ops/logger.js';
import { openRedis } from '../redis/handle.js';
import { instantMs, readOptions, usageError } from './options.js';

const USAGE = `beatwatch log resume --district ID --reason TEXT [--since INSTANT] [--actor WHO]

Makes a log continue whose last entry is ahead of the clock. Without this command, nothing is judged until the clock has
reached that entry. First correct the clocks. The command appends an entry that records which time is skipped and why; it
deletes nothing. The time from the last right entry until now counts as an outage: no unit is blamed for it. The command
finds Redis in the same way as \`serve\`.`;

const OPTIONS = {
  district: { type: 'string', value: 'ID', help: 'district whose log is ahead' },
  reason: { type: 'string', value: 'TEXT', help: 'what happened, for people who read the log later' },
  since: { type: 'string', value: 'INSTANT', help: 'since when its time is wrong; default: its last right entry' },
  actor: { type: 'string', value: 'WHO', help: 'who does this; default: your account on this machine' },
} as const;

/** Characters of a reason, and of a name. */
const MAX_REASON_CHARS = 500;
const MAX_ACTOR_CHARS = 100;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  if (options.words.join(' ') !== 'resume') {
    throw usageError(`got ${JSON.stringify(options.words.join(' '))}, expected resume`);
  }
  const district = options.text('district') ?? '';
  if (!isId(district)) throw usageError(`--district: got ${JSON.stringify(district)}, expected a district's id`);
  const reason = text('reason', options.text('reason') ?? '', MAX_REASON_CHARS);
  const actor = text('actor', options.text('actor') ?? userInfo().username, MAX_ACTOR_CHARS);
  const since = options.text('since');
  const sinceMs = since === null ? null : instantMs('since', since);
  const { redisUrl, dataFolder, redisServer, redisMaxmemoryBytes } = readConfig();
  await using redis = await openRedis({
    url: redisUrl,
    dataFolder,
    serverBinary: redisServer ?? undefined,
    maxmemoryBytes: redisMaxmemoryBytes ?? undefined,
    logger: createLogger({ level: 'warn' }),
  });
  const resumed = await resumeLog({ district, connection: redis.connect('append'), actor, reason, sinceMs });
  const { id, atMs, skippedToMs } = resumed;
  process.stdout.write(
    `${JSON.stringify({ type: 'resumed', district, logId: formatLogId(id), sinceMs: resumed.sinceMs, atMs, skippedToMs })}\n`,
  );
  return 0;
}

function text(name: string, value: string, mostChars: number): string {
  const trimmed = value.trim().normalize('NFC');
  // Half a surrogate pair is one of these too.
  const isPlain = !/\p{C}/u.test(trimmed);
  if (trimmed !== '' && trimmed.length <= mostChars && isPlain) return trimmed;
  throw usageError(`--${name}: got ${JSON.stringify(value.slice(0, 80))}, expected 1 to ${mostChars} plain characters`);
}
