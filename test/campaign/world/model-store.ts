import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeSnapshot, encodeSnapshot } from '../../../src/codec/snapshot-codec.js';
import { BeatwatchError, unreachable } from '../../../src/model/errors.js';
import type { Commit, Cursor, SnapshotPointer } from '../../../src/model/hot.js';
import { compareLogIds, formatLogId, type LogId } from '../../../src/model/log-id.js';
import type { CompiledPlan } from '../../../src/model/plan.js';
import { untilKnown } from '../../../src/redis/outcome.js';
import type { RunnerStore, SnapshotFiles } from '../../../src/runner/ports.js';
import { snapshotName, superfluous } from '../../../src/runner/snapshot-folder.js';
import type { CallKind } from '../scenario.js';
import type { Link, Sea } from './link.js';
import { callsOf } from './redis-model.js';

const FIRST_MIXED_PAUSE_MS = 20;

/** `HotStore` as one process has it, over the model: a lost reply is tried again until it is known. */
export class ModelStore implements RunnerStore {
  readonly #sea: Sea;
  readonly #link: Link;
  readonly #name: string;
  readonly #archivedUpTo: () => LogId | null;
  #run = 0;
  #commits = 0;

  constructor(sea: Sea, link: Link, name: string, archivedUpTo: () => LogId | null) {
    this.#sea = sea;
    this.#link = link;
    this.#name = name;
    this.#archivedUpTo = archivedUpTo;
  }

  async openCursor(): Promise<Cursor | null> {
    const { redis } = this.#sea;
    const [cursor, run] = await this.#call('open', () => [redis.cursor, redis.run] as const);
    this.#run = run;
    return cursor;
  }

  readCursor(): Promise<Cursor | null> {
    return this.#call('read', () => this.#sea.redis.cursor);
  }

  async commit(commit: Commit): Promise<Cursor | null> {
    const { redis, server, random } = this.#sea;
    this.#commits += 1;
    const calls = callsOf(commit, server.writesPerCall, `${this.#name}/${this.#commits}`, this.#run);
    let pauseMs = FIRST_MIXED_PAUSE_MS;
    for (let at = 0; at < calls.length; at += 1) {
      const call = calls[at];
      if (call === undefined) break;
      const answer = await this.#call(call.streams.length > 0 ? 'tell' : 'commit', () => redis.commit(call));
      switch (answer.state) {
        case 'written':
          break;
        case 'cursor':
          return answer.found;
        case 'run':
          throw runChanged();
        case 'stream':
          throw new BeatwatchError('hot-stream', answer.detail);
        case 'mixed':
          await sleep(pauseMs * (1 + random.next()));
          pauseMs *= 2;
          at = -1;
          break;
        default:
          unreachable(answer);
      }
    }
    return commit.expected;
  }

  writePlan(plan: CompiledPlan, expected: Cursor | null): Promise<boolean> {
    return this.#call('plan', () => this.#sea.redis.writePlan(plan, expected));
  }

  readSnapshotPointer(): Promise<SnapshotPointer | null> {
    return this.#call('read', () => this.#sea.redis.pointer);
  }

  async storeSnapshot(pointer: SnapshotPointer): Promise<{ readonly stored: boolean; readonly trimmed: number }> {
    const { redis } = this.#sea;
    const answer = await this.#call('pointer', () => redis.storePointer(pointer, this.#archivedUpTo(), this.#run));
    if (answer === 'run') throw runChanged();
    return answer;
  }

  async addSkipped(id: LogId, why: { readonly error: string; readonly atMs: number }): Promise<void> {
    const { redis } = this.#sea;
    await this.#call('skip', () => {
      if (redis.run === this.#run && !redis.skipped.has(formatLogId(id))) redis.skipped.set(formatLogId(id), why);
    });
  }

  readSkipped(): Promise<ReadonlyMap<string, unknown>> {
    return this.#call('read', () => new Map(this.#sea.redis.skipped));
  }

  #call<T>(kind: CallKind, effect: () => T): Promise<T> {
    return untilKnown(this.#link.connection(), () => this.#link.call(kind, effect));
  }
}

function runChanged(): BeatwatchError {
  return new BeatwatchError('redis-run-changed', 'got another Redis run, expected the one that was opened: reload');
}

export interface WrittenSnapshot {
  readonly cursor: Cursor;
  readonly bytes: Uint8Array;
}

/** A folder that all processes share. */
export class ModelFiles {
  readonly files = new Map<string, Uint8Array>();
  written: WrittenSnapshot[] = [];

  /** As one process sees it: it may die before or after a file is there. */
  seenBy(link: Link): SnapshotFiles {
    const call = <T>(effect: () => T) => link.local('file', effect);
    return {
      write: (dump) => {
        const bytes = encodeSnapshot(dump);
        return call(() => {
          const hash = sha256(bytes);
          const file = snapshotName(dump.cursor.logId, hash);
          this.files.set(file, bytes);
          this.written.push({ cursor: dump.cursor, bytes });
          return { file, sha256: hash };
        });
      },
      read: ({ file, sha256: expected }) =>
        call(() => {
          const bytes = this.files.get(file);
          return bytes === undefined || sha256(bytes) !== expected ? null : decodeSnapshot(bytes);
        }),
      tidy: (pointed) =>
        call(() => {
          for (const file of superfluous([...this.files.keys()].sort(), pointed)) this.files.delete(file);
        }),
    };
  }

  /** Snapshots beyond this place are of a history that is no more. */
  forgetAfter(last: LogId): void {
    this.written = this.written.filter(({ cursor }) => compareLogIds(cursor.logId, last) <= 0);
  }

  spoilNewest(missing: boolean): void {
    const newest = [...this.files.keys()].sort().at(-1);
    if (newest === undefined) return;
    const bytes = this.files.get(newest);
    if (missing || bytes === undefined) this.files.delete(newest);
    else
      this.files.set(
        newest,
        bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte)),
      );
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
