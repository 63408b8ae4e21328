import { getHeapStatistics } from 'node:v8';
import { assert } from '../model/errors.js';
import type { Logger, Metrics } from '../model/ports.js';
import type { RedisHandle } from '../redis/handle.js';
import { DistrictEngine, type EngineKeeper } from './district-engine.js';
import type { EngineNews, EngineOrder, EngineWork } from './engine-messages.js';
import { KeptThread, type ThreadFault, type ThreadLimits } from './kept-thread.js';
import { writeLine } from './thread-log.js';
import { measureAll } from './thread-metrics.js';

export interface EngineThreadsOptions {
  readonly redis: RedisHandle;
  readonly dataFolder: string;
  /** The districts that this process folds. */
  readonly districts: readonly string[];
  /** How many threads the districts share. */
  readonly threads: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What a thread runs, unless a test brings another. */
  readonly program?: URL | undefined;
  readonly limits?: Partial<ThreadLimits> | undefined;
}

const PROGRAM = new URL('./engine-worker.js', import.meta.url);
const BYTES_A_MB = 1_048_576;
const LIMITS: ThreadLimits = {
  // As much as the main thread may have: `--max-old-space-size` sets both.
  heapMb: Math.floor(getHeapStatistics().heap_size_limit / BYTES_A_MB),
  silentMs: 30_000,
  firstPauseMs: 250,
};
/** Engines commit what they have folded and leave their snapshots within this, or are ended. */
const STOP_WITHIN_MS = 30_000;

/** A thread, and the engines that it runs. */
interface Crew {
  readonly thread: KeptThread<EngineOrder, EngineNews>;
  readonly engines: Set<DistrictEngine>;
}

/**
 * The threads in which a process folds, so that sockets, appends and HTTP wait for no fold. A thread that has ended is started again, and
 * its engines go on from snapshot and log. The district that it worked for last gets a thread of its own then: what ends that one
 * again and again leaves the other districts in peace.
 */
export class EngineThreads implements EngineKeeper {
  readonly #o: EngineThreadsOptions;
  readonly #engines: ReadonlyMap<string, DistrictEngine>;
  readonly #crews = new Map<DistrictEngine, Crew>();

  constructor(o: EngineThreadsOptions) {
    this.#o = o;
    const engines = o.districts.map((district, number) => new DistrictEngine({ district, number, keeper: this }));
    this.#engines = new Map(engines.map((engine) => [engine.district, engine]));
    const crews = Array.from({ length: o.threads }, () => this.#newCrew());
    for (const [i, engine] of engines.entries()) {
      const crew = crews[i % crews.length];
      if (crew !== undefined) this.#crews.set(engine, crew);
    }
  }

  /** Null: the engine of that district does not run here. */
  engineOf(district: string): DistrictEngine | null {
    return this.#engines.get(district) ?? null;
  }

  start(engine: DistrictEngine): void {
    const { thread, engines } = this.#crewOf(engine);
    engines.add(engine);
    if (engines.size === 1) thread.start();
    else thread.send(foldOrder(engine));
  }

  async stop(engine: DistrictEngine): Promise<void> {
    const { thread, engines } = this.#crewOf(engine);
    engines.delete(engine);
    const order: EngineOrder = { do: 'stop', district: engine.district };
    if (engines.size === 0) await thread.close(order, STOP_WITHIN_MS);
    else thread.send(order);
  }

  #crewOf(engine: DistrictEngine): Crew {
    const crew = this.#crews.get(engine);
    assert(crew !== undefined, `${engine.district} has a thread`);
    return crew;
  }

  #newCrew(): Crew {
    const { redis, dataFolder, logger, program = PROGRAM, limits } = this.#o;
    const engines = new Set<DistrictEngine>();
    const work: EngineWork = { address: redis.address, dataFolder, sharesRedis: redis.mode === 'external' };
    const thread = new KeptThread<EngineOrder, EngineNews>({
      name: 'the thread of the engine',
      program,
      work,
      limits: { ...LIMITS, ...limits },
      logger,
      onStart: () => {
        for (const engine of engines) thread.send(foldOrder(engine));
      },
      onNews: (news) => this.#hear(news),
      onFault: (fault) => this.#lose(crew, fault),
    });
    const crew: Crew = { thread, engines };
    return crew;
  }

  #hear(news: EngineNews): void {
    const { logger, metrics } = this.#o;
    if (news.is === 'log') writeLine(logger, news);
    else if (news.is === 'measured') measureAll(metrics, news.measurements);
    else this.engineOf(news.district)?.hear(news);
  }

  #lose({ engines }: Crew, fault: ThreadFault): void {
    const { logger, metrics } = this.#o;
    const districts = [...engines].map(({ district }) => district);
    logger.error({ districts, code: `engine-${fault.kind}` }, fault.detail);
    metrics.count('beatwatch_engine_thread_faults_total', 1, { reason: fault.kind });
    for (const engine of engines) engine.lose(fault);
    const culprit = [...engines].find(({ number }) => number === fault.workedFor);
    if (culprit !== undefined && engines.size > 1) this.#setApart(culprit, engines);
  }

  #setApart(culprit: DistrictEngine, others: Set<DistrictEngine>): void {
    others.delete(culprit);
    const own = this.#newCrew();
    own.engines.add(culprit);
    this.#crews.set(culprit, own);
    own.thread.startAfterFault();
    this.#o.logger.warn({ district: culprit.district }, 'the district gets a thread of its own');
  }
}

function foldOrder({ district, number }: DistrictEngine): EngineOrder {
  return { do: 'fold', district, number };
}
