import t from 'tap';
import { HORIZON_MS, MAX_FIXES_PER_REPORT } from '../../src/model/limits.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { fastTemporary } from './programs.js';
import { fixAt, startWholeServer } from './whole-server.js';

t.setTimeout(180_000);

const MINUTE_MS = 60_000;
const INTERVAL_MS = 5_000;
const DAY = 86_400_000 / INTERVAL_MS;
const TOGETHER = 480;
const WITHIN_HORIZON = HORIZON_MS / INTERVAL_MS + 1;

t.test(
  'a day of backlog newest first, one fix a report, and a week of it on one connection: nobody else notices (E6) [hostile]',
  async (t) => {
    const server = await startWholeServer(t, {
      startMs: Date.parse('2026-11-24T11:40:00+08:00'),
      redis: { where: fastTemporary() },
    });
    await server.pass(40 * MINUTE_MS);
    const [daily = '', weekly = '', neighbour = ''] = server.plan.units.map(({ tracker }) => tracker);
    const beside = server.trackers.client(neighbour);
    /** The neighbour is acknowledged, and hot state has its position as soon as its second is over. */
    const neighbourIsWell = async () => {
      const eventTimeMs = server.nowMs();
      t.match(await beside.send([fixAt(eventTimeMs)]), { durable: true, refusal: null });
      await server.pass(1_000);
      const unit = server.plan.units.find(({ tracker }) => tracker === neighbour)?.id;
      const position = (await server.host.hot.readPositions()).find((one) => one.unit === unit);
      t.equal(position?.eventTimeMs, eventTimeMs);
    };

    const newestMs = server.nowMs();
    let sent = 0;
    for (; sent < DAY; sent += TOGETHER) {
      const client = server.trackers.client(daily);
      const reports = Array.from({ length: TOGETHER }, (_, i) =>
        client.send([fixAt(newestMs - (sent + i) * INTERVAL_MS)]),
      );
      const answers = await Promise.all(reports);
      if (!answers.every(({ durable, refusal }) => durable && refusal === null)) t.fail('a report was refused');
      await neighbourIsWell();
    }
    t.equal(sent, DAY);
    const counted = await server.host.hot.readCounters();
    t.comment(JSON.stringify(counted));
    const neighbours = DAY / TOGETHER;
    t.equal(counted?.admitted, WITHIN_HORIZON + neighbours, 'what is within the horizon counts');
    t.equal(counted?.flagged, DAY - WITHIN_HORIZON, 'of the rest each fix is told as late');

    const token = await server.token('tracker', weekly);
    await using connection = new TrackerClient({ url: server.ingestUrl, tracker: weekly, token });
    const weekFromMs = server.nowMs();
    const pending: Promise<unknown>[] = [];
    for (let first = 0; first < 7 * DAY; first += MAX_FIXES_PER_REPORT) {
      const count = Math.min(MAX_FIXES_PER_REPORT, 7 * DAY - first);
      const fixes = Array.from({ length: count }, (_, i) => fixAt(weekFromMs - (first + i) * INTERVAL_MS));
      pending.push(connection.send(fixes));
    }
    pending.push(beside.send([fixAt(server.nowMs() - 500)]));
    for (const answer of await Promise.all(pending)) t.match(answer, { durable: true, rejected: [], refusal: null });
    const startedMs = performance.now();
    await neighbourIsWell();
    t.comment(`${7 * DAY} fixes folded ${Math.round(performance.now() - startedMs)} ms after their last ack`);
    const after = await server.host.hot.readCounters();
    t.equal(after?.admitted, (counted?.admitted ?? 0) + WITHIN_HORIZON + 2);
    t.equal(after?.flagged, (counted?.flagged ?? 0) + 7 * DAY - WITHIN_HORIZON);
    t.match(connection.counters, { connections: 1 }, 'all of it on one connection');
  },
);
