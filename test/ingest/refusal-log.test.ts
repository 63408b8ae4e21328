import t from 'tap';
import { RefusalLog } from '../../src/ingest/refusal-log.js';
import { keptLog } from '../support/redis-server.js';

t.test('a refused tracker is named once a minute for each code, and all of them no faster than can be read', (t) => {
  const logger = keptLog();
  let nowMs = 0;
  const refusals = new RefusalLog({ logger, monotonicMs: () => nowMs });
  for (; nowMs < 59_999; nowMs += 100) refusals.note('bd-1', 'too-fast', 'got too much');
  t.match(logger.lines, [{ level: 'warn', fields: { from: 'bd-1', code: 'too-fast', detail: 'got too much' } }]);
  t.equal(logger.lines.length, 1);
  refusals.note('bd-1', 'storage-full', 'no room');
  nowMs = 60_000;
  refusals.note('bd-1', 'too-fast', 'got too much');
  t.equal(logger.lines.length, 3);
  for (let i = 0; i < 5_000; i += 1) refusals.note(`bd-${i + 2}`, 'too-fast', '');
  t.ok(logger.lines.length <= 3 + 20, `${logger.lines.length} lines`);
  nowMs += 2_000;
  refusals.note('bd-x', 'too-fast', '');
  t.match(logger.lines.at(-1), { fields: { from: 'bd-x', refusalsNotTold: 5_000 - (logger.lines.length - 4) } });
  t.end();
});
