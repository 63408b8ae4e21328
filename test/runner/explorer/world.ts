import type { SnapshotDump } from '../../../src/model/snapshot.js';
import type { Break } from './breaks.js';
import { type Engine, newEngine } from './engine.js';
import { type Cut, emptyRedis, type FakeRedis, redisKey } from './fake-redis.js';
import { toyFold } from './toy-fold.js';

export interface Bounds {
  /** Contents of the log that there is from the start, one character an entry. */
  readonly log: string;
  /** What is appended later, and what is appended instead after a failover; as long as the log may become. */
  readonly appends?: readonly [before: string, after: string];
  readonly cut: Cut;
  /** Fold versions of the engines; two of the first if it is not said. */
  readonly folds?: readonly number[];
  readonly alertIds?: 'numbered' | 'appended';
  /** How often each may happen. */
  readonly crashes?: number;
  readonly lostReplies?: number;
  readonly failovers?: number;
  readonly snapshots?: number;
  /** Whether something is archived, so that the log may be trimmed; true if it is not said. */
  readonly archived?: boolean;
  readonly broken?: Break;
}

export interface World {
  readonly redis: FakeRedis;
  /** Snapshot files by name. */
  readonly files: ReadonlyMap<string, SnapshotDump>;
  /** Null: killed for good. */
  readonly engines: readonly (Engine | null)[];
  /** What the replica holds that will become master: it stopped following at that point. */
  readonly replica: FakeRedis | null;
  readonly crashes: number;
  readonly lostReplies: number;
  readonly failovers: number;
  readonly snapshots: number;
}

export function firstWorld(bounds: Bounds): World {
  const { log, crashes = 0, lostReplies = 0, failovers = 0, snapshots = 0, broken = null, folds = [1, 1] } = bounds;
  const budget = { crashes, lostReplies, failovers, snapshots };
  return {
    redis: emptyRedis(log),
    files: new Map(),
    engines: folds.map((version) => newEngine(toyFold(version), broken)),
    replica: null,
    ...budget,
  };
}

/** The engines are alike, so worlds that differ only in which is which are one. */
export function worldKey(w: World): string {
  const { committing } = w.redis;
  const engines = w.engines.map((engine, i) => {
    const number = engine?.number ?? 0;
    return i === committing ? -number : number;
  });
  const redis = numberOf(w.redis, () => redisKey(w.redis));
  const { replica, files } = w;
  const replicaNumber = replica === null ? 0 : numberOf(replica, () => redisKey(replica));
  const filesNumber = numberOf(files, () =>
    [...files]
      .map(([file, dump]) => `${file}${String(dump.state)}`)
      .sort()
      .join(),
  );
  const budget = `${w.crashes}${w.lostReplies}${w.failovers}${w.snapshots}`;
  return `${redis}.${engines.sort((a, b) => a - b).join('.')}.${filesNumber}.${budget}.${replicaNumber}`;
}

const numbers = new Map<string, number>();
const numbered = new WeakMap<object, number>();

/** A small number for what an object says, the same for objects that say the same. */
function numberOf(object: object, keyOf: () => string): number {
  const known = numbered.get(object);
  if (known !== undefined) return known;
  const key = keyOf();
  const number = numbers.get(key) ?? numbers.size + 1;
  numbers.set(key, number);
  numbered.set(object, number);
  return number;
}
