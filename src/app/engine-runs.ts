import type { MessagePort } from 'node:worker_threads';
import type { EngineState } from '../engine/state.js';
import { ArchivedMark } from '../hot/archived-mark.js';
import { HotStore } from '../hot/hot-store.js';
import { LogReader } from '../log/log-reader.js';
import { unreachable } from '../model/errors.js';
import type { Metrics } from '../model/ports.js';
import { type ConnectionPurpose, openConnection, type RedisConnection } from '../redis/connection.js';
import { DistrictRunner } from '../runner/district-runner.js';
import { engineFold, type Fold } from '../runner/fold.js';
import type { EngineNews, EngineOrder, EngineWork } from './engine-messages.js';
import { openSnapshots } from './engine-snapshots.js';
import { EngineTeller } from './engine-teller.js';
import type { KeptWork } from './kept-thread.js';
import { LifeSigns } from './life-signs.js';
import { threadLogger } from './thread-log.js';
import { ThreadMetrics } from './thread-metrics.js';

export interface EngineRuns {
  readonly port: MessagePort;
  readonly work: EngineWork & KeptWork;
  /** The engine, unless a test brings another. */
  readonly foldOf?: (district: string) => Fold<EngineState>;
}

/** What the engines of a thread share. */
interface Shared extends Required<EngineRuns> {
  readonly signs: LifeSigns;
  readonly metrics: Metrics;
  readonly say: (news: EngineNews) => void;
}

const SIGN_EVERY_MS = 250;
const MEASURED_EVERY_MS = 1_000;

/** Runs engines in this thread as it is told to, until the last of them has stopped. */
export function runEngines({ port, work, foldOf = engineFold }: EngineRuns): void {
  const say = (news: EngineNews): void => port.postMessage(news);
  const signs = new LifeSigns(work.signs);
  const metrics = new ThreadMetrics();
  const sayMeasured = (): void => say({ is: 'measured', measurements: metrics.take() });
  const timers = [setInterval(() => signs.give(), SIGN_EVERY_MS), setInterval(sayMeasured, MEASURED_EVERY_MS)];
  const shared: Shared = { port, work, foldOf, signs, metrics, say };
  const running = new Map<string, Promise<StopEngine>>();
  const stop = async (district: string): Promise<void> => {
    await (await running.get(district))?.();
    running.delete(district);
    if (running.size > 0) return;
    for (const timer of timers) clearInterval(timer);
    sayMeasured();
    port.close();
  };
  port.on('message', (order: EngineOrder) => {
    switch (order.do) {
      case 'fold':
        running.set(order.district, startEngine(shared, order.district, order.number));
        return;
      case 'stop':
        void stop(order.district);
        return;
      default:
        unreachable(order);
    }
  });
}

type StopEngine = () => Promise<void>;

async function startEngine(shared: Shared, district: string, number: number): Promise<StopEngine> {
  const { work, metrics, say } = shared;
  const logger = threadLogger(say, { district });
  const connections: RedisConnection[] = [];
  const connect = (purpose: ConnectionPurpose): RedisConnection => {
    const connection = openConnection(work.address, purpose, `beatwatch-engine-${district}`, (error) =>
      logger.debug({ error: error.message }, 'Redis connection'),
    );
    connections.push(connection);
    return connection;
  };
  const [commit, query, reading] = [connect('commit'), connect('query'), connect('read')];
  const store = new HotStore({ district, commit, query });
  const archived = new ArchivedMark({ district, query });
  const share = work.sharesRedis ? connect('query') : null;
  const snapshots = await openSnapshots({ district, dataFolder: work.dataFolder, share, logger });
  const teller = new EngineTeller(district, say);
  const runner = new DistrictRunner({
    district,
    store,
    takeover: store,
    openReader: (after, afterDigest) => new LogReader({ district, connection: reading, after, afterDigest }),
    snapshots,
    logger,
    metrics,
    fold: signing(shared.foldOf(district), () => shared.signs.giveFor(number)),
    onPlan: (plan) => teller.tellPlan(runner, plan),
    onChange: () => teller.tell(runner),
    archivedUpTo: () => archived.read(),
  });
  runner.start();
  return async () => {
    await runner.stop();
    for (const connection of connections) connection.disconnect();
  };
}

/** The fold, with a sign of life before each thing that may take it long. */
function signing(fold: Fold<EngineState>, sign: () => void): Fold<EngineState> {
  const signed =
    <Arguments extends readonly unknown[], Result>(work: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      sign();
      return work(...given);
    };
  return {
    ...fold,
    step: signed(fold.step),
    skip: signed(fold.skip),
    restore: signed(fold.restore),
    dump: signed(fold.dump),
  };
}
