import type { ArchiveFolder } from '../archive/archive-folder.js';
import { HotStore } from '../hot/hot-store.js';
import type { Logger, Metrics } from '../model/ports.js';
import type { Channels } from '../notify/channel.js';
import { NoticeStore } from '../notify/notice-store.js';
import { Notifier } from '../notify/notifier.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisHandle } from '../redis/handle.js';
import type { DistrictHost } from './district-host.js';
import { historyOf } from './district-history.js';
import { PlanTimes } from './plan-times.js';

export interface NotifyHostOptions {
  /** As the configuration says them now. */
  readonly channels: () => Channels;
  readonly redis: RedisHandle;
  /** The district's archive, where this process has it. */
  readonly archive: ArchiveFolder | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The role `notify` for one district, over a connection of its own. */
export class NotifyHost {
  readonly #notifier: Notifier;
  readonly #connection: RedisConnection;

  private constructor(
    { id, plan }: { readonly id: string; readonly plan: () => DistrictHost['plan'] },
    o: NotifyHostOptions,
  ) {
    const query = o.redis.connect('query');
    const hot = new HotStore({ district: id, commit: query, query });
    const plans = new PlanTimes({ hot, history: historyOf(id, o.archive)(query) });
    this.#connection = query;
    this.#notifier = new Notifier({
      district: id,
      store: new NoticeStore({ district: id, query }),
      hot,
      plansFrom: (fromMs) => plans.from(fromMs),
      channels: o.channels,
      about: () => {
        const now = plan();
        return { districtName: now?.name ?? { zh: id, en: id }, timeZone: now?.timeZone ?? null };
      },
      nowMs: () => Date.now(),
      logger: o.logger,
      metrics: o.metrics,
    });
  }

  static start(host: Pick<DistrictHost, 'id' | 'plan'>, o: NotifyHostOptions): NotifyHost {
    const started = new NotifyHost({ id: host.id, plan: () => host.plan }, o);
    started.#notifier.start();
    return started;
  }

  /** Whether people are told. */
  describe(): ReturnType<Notifier['describe']> {
    return this.#notifier.describe();
  }

  async close(): Promise<void> {
    await this.#notifier.close();
    this.#connection.disconnect();
  }
}
