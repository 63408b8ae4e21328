import { HotStore } from '../../src/hot/hot-store.js';
import { NoticeStore } from '../../src/notify/notice-store.js';
import { Notifier } from '../../src/notify/notifier.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { openRedis } from '../../src/redis/handle.js';
import { createLogger } from '../../src/ops/logger.js';
import { DISTRICT, planWith, POLICY } from './board.js';
import { channel, channelsOf } from './channels.js';

/** `node notifier-program.js '{…}'`: tells of the alerts of a district until it is killed. */
export interface Program {
  readonly socketPath: string;
  readonly url: string;
  readonly folder: string;
  readonly claimMs: number;
}

const { socketPath, url, folder, claimMs } = JSON.parse(process.argv[2] ?? '') as Program;
const logger = createLogger({ level: 'error' });
const redis = await openRedis({ url: `unix://${socketPath}`, dataFolder: folder, logger });
const query = redis.connect('query');
const notifier = new Notifier({
  district: DISTRICT,
  store: new NoticeStore({ district: DISTRICT, query }),
  hot: new HotStore({ district: DISTRICT, commit: query, query }),
  plansFrom: async () => () => planWith(POLICY),
  channels: () => channelsOf(channel(url)),
  about: () => ({ districtName: { zh: '示例区', en: 'Example' }, timeZone: null }),
  nowMs: () => Date.now(),
  logger,
  metrics: createMetrics({ strict: false }),
  claimMs,
  attemptMs: 400,
  firstAgainMs: 100,
});
notifier.start();
process.stdout.write('tells\n');
