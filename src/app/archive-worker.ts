import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonWebKey } from 'node:crypto';
import { Archiver } from '../archive/archiver.js';
import { archiveSigner } from '../archive/keys.js';
import type { Retention } from '../archive/retention.js';
import { ArchivedMark } from '../hot/archived-mark.js';
import { daySnapshots } from './day-snapshots.js';
import { CommittedVersions } from '../hot/committed-versions.js';
import { VersionTrim } from '../hot/version-trim.js';
import { LogReader } from '../log/log-reader.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { VERSIONS_KEPT_MS } from '../model/limits.js';
import { compareLogIds, formatLogId, type LogId } from '../model/log-id.js';
import type { RedisAddress } from '../redis/address.js';
import { openConnection } from '../redis/connection.js';
import { keepSettling } from './day-settling.js';
import { type ThreadLine, threadLogger } from './thread-log.js';
import { workInBackground } from './thread-priority.js';

/** What an archive, and what is made from it, is signed with. */
export interface ArchiveKey {
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
}

/** What the thread of the archive is started with. */
export interface ArchiveWork {
  readonly address: RedisAddress;
  /** `snapshots`: the folder where an engine on this machine leaves them. */
  readonly districts: readonly { readonly district: string; readonly folder: string; readonly snapshots: string }[];
  readonly key: ArchiveKey;
  readonly foldVersion: number;
  readonly retention: Retention;
  /** Minute of the next local day at which a day is settled. */
  readonly settleAtMinute: number;
}

/** What the thread is told: to write what it has gathered, and to end. */
export type ArchiveOrder = 'stop';

/** What the thread says. */
export type ArchiveNews =
  | { readonly is: 'archived'; readonly district: string; readonly upTo: string }
  | { readonly is: 'failed'; readonly district: string; readonly code: string; readonly message: string }
  | { readonly is: 'settling'; readonly district: string; readonly wrong: string | null }
  | ThreadLine;

/** A failure is tried again after this, and then after twice as long each time, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const stop = new AbortController();

function say(news: ArchiveNews): void {
  parentPort?.postMessage(news);
}

/** Archives one district until it is to stop; what fails is said, and tried again. */
async function archive(
  work: ArchiveWork,
  { district, folder, snapshots }: ArchiveWork['districts'][number],
): Promise<void> {
  const name = `beatwatch-archive-${district}`;
  const connect = (purpose: 'read' | 'query') => openConnection(work.address, purpose, name, () => undefined);
  const [reading, query] = [connect('read'), connect('query')];
  const mark = new ArchivedMark({ district, query });
  const trim = new VersionTrim({ district, query });
  const source = daySnapshots({ district, folder: snapshots, query });
  let pauseMs = FIRST_PAUSE_MS;
  /** Where the archive ended when it could not be written; it is well again when it has grown. */
  let unwritten: LogId | null = null;
  do {
    const archiver = new Archiver({
      folder,
      district,
      signer: archiveSigner(work.key.kid, work.key.privateJwk),
      foldVersion: work.foldVersion,
      openReader: (after, afterDigest) => new LogReader({ district, connection: reading, after, afterDigest }),
      setArchived: async (upTo, { alerts, visits, nowMs }) => {
        await mark.set(upTo);
        await trim.trim({ archived: { alerts, visits }, keptSinceMs: nowMs - VERSIONS_KEPT_MS });
        if (unwritten !== null && compareLogIds(upTo, unwritten) <= 0) return;
        unwritten = null;
        pauseMs = FIRST_PAUSE_MS;
        say({ is: 'archived', district, upTo: formatLogId(upTo) });
      },
      versions: new CommittedVersions({ district, query }),
      snapshots: source,
      retention: work.retention,
      nowMs: () => Date.now(),
      logger: threadLogger(say, { district }),
    });
    try {
      await archiver.run(stop.signal);
    } catch (error) {
      const code = error instanceof BeatwatchError ? error.code : 'archive-failed';
      if (code === 'archive-write-failed') unwritten = archiver.upTo;
      say({ is: 'failed', district, code, message: messageOf(error) });
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  } while (!stop.signal.aborted);
  reading.disconnect();
  query.disconnect();
}

/** Settles the days of one district until it is to stop. */
async function settle(work: ArchiveWork, district: string, folder: string): Promise<void> {
  const connection = openConnection(work.address, 'query', `beatwatch-settle-${district}`, () => undefined);
  const { settleAtMinute } = work;
  const logger = threadLogger(say, { district });
  const o = { district, folder, connection, settleAtMinute, logger, signal: stop.signal };
  await keepSettling(o, (wrong) => say({ is: 'settling', district, wrong }));
  connection.disconnect();
}

if (parentPort !== null) {
  workInBackground();
  const work = workerData as ArchiveWork;
  parentPort.once('message', () => stop.abort());
  const tasks = work.districts.flatMap((one) => [archive(work, one), settle(work, one.district, one.folder)]);
  await Promise.all(tasks);
  parentPort.close();
}
