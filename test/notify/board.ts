import { HotStore } from '../../src/hot/hot-store.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { redisHistory } from '../../src/log/log-history.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { EscalationPolicy } from '../../src/model/escalation.js';
import type { Cursor } from '../../src/model/hot.js';
import type { NoticeEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { NoticeStore } from '../../src/notify/notice-store.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { createMetrics } from '../../src/ops/metrics.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { plan, T0 } from '../engine/support.js';
import { alert } from '../support/hot-records.js';
import { keptLog, startTestRedis, type TestScope } from '../support/redis-server.js';

export const DISTRICT = 'test';
export { T0 };

export const ANY = { severities: null, kinds: null, places: null, groups: null, during: 'always' } as const;

/** One policy that takes every alert: the desk at once, after two minutes and after five. */
export const POLICY: EscalationPolicy = {
  ...ANY,
  id: 'all',
  steps: [
    { to: 'group', afterMs: 0, channels: ['desk'] },
    { to: 'duty', afterMs: 120_000, channels: ['desk'] },
    { to: 'command', afterMs: 300_000, channels: ['desk'] },
  ],
};

export function planWith(...escalation: readonly EscalationPolicy[]): CompiledPlan {
  return { ...plan({ places: [], units: [], rules: [] }), escalation };
}

/** The first version of an alert, raised at that time after T0. */
export function raised(alertId: string, atMs: number, o: Partial<AlertVersion> = {}): AlertVersion {
  return alert(0, { alertId, atMs: T0 + atMs, ...o });
}

export interface Board {
  readonly socketPath: string;
  readonly store: NoticeStore;
  readonly hot: HotStore;
  readonly query: RedisConnection;
  /** Plays the engine: versions of alerts that came about, and the time of the log after them, ms after T0. */
  tell(atMs: number, ...versions: readonly AlertVersion[]): Promise<readonly AlertVersion[]>;
  /** Entries about notices that the log has, in its order. */
  entries(): Promise<readonly NoticeEntry[]>;
}

/** A district whose engine a test plays: a log on a virtual clock, and alerts that are committed as an engine does. */
export async function openBoard(t: TestScope): Promise<Board> {
  const { handle, socketPath } = await startTestRedis(t);
  const query = handle.connect('query');
  const clock = createVirtualClock(T0);
  const hot = new HotStore({ district: DISTRICT, commit: handle.connect('commit'), query });
  const log = new DistrictLog({
    district: DISTRICT,
    append: handle.connect('append'),
    clock,
    logger: keptLog(),
    metrics: createMetrics({ strict: true }),
  });
  await log.ensureGenesis({ kind: 'genesis', district: DISTRICT, clock: 'virtual', foldVersion: 1 });
  await hot.openCursor();
  let at: Cursor | null = null;
  return {
    socketPath,
    store: new NoticeStore({ district: DISTRICT, query }),
    hot,
    query,
    tell: async (atMs, ...versions) => {
      clock.setMs(Math.max(clock.nowMs(), T0 + atMs));
      const logId = await log.tick({ force: true });
      if (logId === null) throw new Error('got no tick');
      const first = (at?.lastAlert ?? 0) + 1;
      const numbered = versions.map((version, i) => ({ ...version, transition: first + i }));
      const isOpen = (one: AlertVersion) =>
        one.condition === 'active' || (!one.acknowledged && one.condition !== 'retracted');
      const target = { logId, foldVersion: 1, lastAlert: first + versions.length - 1, lastVisit: 0 };
      await hot.commit({
        expected: at,
        target,
        outputs: [{ logId, alerts: numbered, visits: [] }],
        hot: {
          positions: new Map(),
          units: new Map(),
          coverage: new Map(),
          tasks: new Map(),
          roster: new Map(),
          plans: new Map(),
          openAlerts: new Map(numbered.map((one) => [one.alertId, isOpen(one) ? one : null])),
          closedAlerts: new Map(numbered.filter((one) => !isOpen(one)).map((one) => [one.alertId, one])),
        },
        counters: { admitted: 0, duplicate: 0, flagged: 0, refused: 0, flags: {} },
      });
      at = target;
      return numbered;
    },
    entries: async () => {
      const found: NoticeEntry[] = [];
      await redisHistory({ district: DISTRICT, connection: query }).read({
        fromMs: T0,
        toMs: T0 + 86_400_000,
        kinds: ['notice'],
        visit: (entries) => {
          for (const { kind, payload } of entries) {
            const entry = decodeLogEntry(kind, payload);
            if (entry.kind === 'notice') found.push(entry);
          }
        },
      });
      return found;
    },
  };
}
