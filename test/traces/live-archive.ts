import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { compact, dueForCompaction } from '../../src/archive/compaction.js';
import { Duck } from '../../src/archive/duck.js';
import type { WrittenPart } from '../../src/archive/part-writer.js';
import { dueForDeletion } from '../../src/archive/retention.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { type FixLog, redisFixes } from '../../src/log/fix-tail.js';
import { LogReader } from '../../src/log/log-reader.js';
import { logKey, type RawEntry } from '../../src/log/raw-entry.js';
import { formatLogId, LOG_START, type LogId } from '../../src/model/log-id.js';
import type { VirtualClock } from '../../src/model/ports.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { testKeys } from '../archive/support.js';
import { T0 } from '../engine/support.js';
import { keptLog, startTestRedis, type TestScope, temporaryFolder } from '../support/redis-server.js';

const district = 'test';
const { signer } = testKeys();

/** A log on a real Redis with an archive beside it, that flushes, compacts and trims when the test says so. */
export class LiveArchive {
  readonly district = district;
  readonly clock: VirtualClock & { setMs(ms: number): void };
  readonly folder: string;
  readonly redis;
  readonly log: DistrictLog;
  /** As the archive's own process has it. */
  readonly archive: ArchiveFolder;
  readonly #duck: Duck;
  #parts = 0;

  private constructor(o: {
    readonly folder: string;
    readonly clock: LiveArchive['clock'];
    readonly redis: Awaited<ReturnType<typeof startTestRedis>>['handle'];
    readonly log: DistrictLog;
    readonly archive: ArchiveFolder;
    readonly duck: Duck;
  }) {
    this.folder = o.folder;
    this.clock = o.clock;
    this.redis = o.redis;
    this.log = o.log;
    this.archive = o.archive;
    this.#duck = o.duck;
  }

  static async open(t: TestScope): Promise<LiveArchive> {
    const { handle: redis } = await startTestRedis(t);
    const folder = await temporaryFolder(t);
    const clock = createVirtualClock(T0);
    const metrics = createMetrics({ strict: true });
    const append = redis.connect('append');
    const log = new DistrictLog({ district, append, clock, logger: keptLog(), metrics });
    const archive = await ArchiveFolder.open({ folder, district });
    const duck = await Duck.open({ folder, memory: '256MB', threads: 1 });
    t.teardown(() => duck.close());
    await log.ensureGenesis({ kind: 'genesis', district, clock: 'virtual', foldVersion: 1 });
    return new LiveArchive({ folder, clock, redis, log, archive, duck });
  }

  /** Another process's view of the archive. */
  reader(): Promise<ArchiveFolder> {
    return ArchiveFolder.open({ folder: this.folder, district });
  }

  /** What is in Redis of it. */
  fixes(): FixLog {
    return redisFixes({ district, connection: this.redis.connect('query') });
  }

  /** Every entry of the log in Redis after one. */
  async entries(after: LogId = LOG_START): Promise<RawEntry[]> {
    const connection = this.redis.connect('read');
    const reader = new LogReader({ district, connection, after });
    const all: RawEntry[] = [];
    for (;;) {
      const entries = await reader.read({ count: 64, blockMs: 0 });
      if (entries.length === 0) break;
      all.push(...entries);
    }
    connection.disconnect();
    return all;
  }

  /** Archives at most so many of the next entries. */
  async flush(most = Number.MAX_SAFE_INTEGER): Promise<void> {
    const entries = (await this.entries(this.archive.upTo)).slice(0, most);
    if (entries.length === 0) return;
    const part = this.archive.newPart(this.#duck);
    await part.add(entries);
    await this.#publish(await part.finish(this.#prefix()), 'flush', []);
  }

  /** Puts the days and hours that are over into one part each; deletes what these stand for. */
  async compact(): Promise<void> {
    for (;;) {
      const due = dueForCompaction(this.archive, this.archive.upTo.ms);
      if (due === null) break;
      const written = await compact(this.archive, this.#duck, due, this.#prefix());
      await this.#publish(
        written,
        'compaction',
        due.lines.map(({ line }) => line),
      );
    }
    await this.archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  }

  /** Deletes the fixes of days that a rule does not keep. */
  async forgetFixes(keepMs: number): Promise<void> {
    const retention = { fixes: keepMs, visits: null, alerts: null, entries: null };
    const deletion = dueForDeletion(this.archive.lines, retention);
    if (deletion === null) throw new Error('nothing is old enough');
    await this.archive.note({ kind: 'deletion', deletion }, { foldVersion: 1, madeAtMs: 0 }, signer);
    await this.archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  }

  /** Takes away what is archived; the last archived entry stays, as L1 wants it. */
  async trim(): Promise<void> {
    const connection = this.redis.connect('query');
    await connection.xtrim(logKey(district), 'MINID', formatLogId(this.archive.upTo));
    connection.disconnect();
  }

  async #publish(written: WrittenPart, kind: 'flush' | 'compaction', replaces: readonly number[]): Promise<void> {
    await this.archive.publish(written, { kind, replaces, foldVersion: 1, madeAtMs: 0 }, signer);
  }

  #prefix(): string {
    this.#parts += 1;
    return `${String(this.#parts).padStart(10, '0')}-test`;
  }
}
