import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createRandom } from '../../src/simulator/random.js';
import { temporaryFolder } from '../support/redis-server.js';
import { openBoard, POLICY, raised } from './board.js';
import type { Program } from './notifier-program.js';
import { type Received, startReceiver } from './receiver.js';

const SEED = Number(process.env.SEED ?? 7);
const KILLS = Number(process.env.KILLS ?? 10);
const ALERTS = Number(process.env.ALERTS ?? 1_000);
/** Alerts that come at once: below the flood line, and far above it. */
const BURSTS = [7, 60];
const CLAIM_MS = 1_500;
const random = createRandom(SEED, 'kills');

t.setTimeout(600_000);

const toldIn = ({ json }: Received) =>
  (json.data as { readonly notices: readonly { readonly noticeId: string }[] }).notices.map(({ noticeId }) => noticeId);

t.test(
  `seed ${SEED}: a receiver that drops, delays and breaks sees every step of ${ALERTS} alerts, each with its id, across ${KILLS} kills`,
  async (t) => {
    const board = await openBoard(t);
    const folder = await temporaryFolder(t);
    /** Whatever became of an answer, the receiver had the message: what a sender does not hear is sent again. */
    const { url, received } = await startReceiver(t, (response) => {
      const fate = random.integer(0, 10 - 1);
      if (fate < 6) response.writeHead(204).end();
      else if (fate < 7) response.writeHead(500).end();
      else if (fate < 8) response.destroy();
      else if (fate < 9) setTimeout(() => response.writeHead(204).end(), random.integer(0, 700 - 1)).unref();
    });
    const program: Program = { socketPath: board.socketPath, url, folder, claimMs: CLAIM_MS };
    const start = (): ChildProcess => {
      const path = join(import.meta.dirname, 'notifier-program.js');
      const child = spawn(process.execPath, [path, JSON.stringify(program)], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      t.teardown(() => child.kill('SIGKILL'));
      return child;
    };
    const notifiers = [start(), start()];
    // Who begins later than ten minutes after an alert, by the log's time, does not tell of it.
    await board.tell(0);
    while ((await board.store.readCursor()) === null) await sleep(50);
    const expected = new Set<string>();
    let [made, atMs, kills] = [0, 0, 0];
    const killAt = Array.from({ length: KILLS }, (_, i) =>
      Math.floor(((i + 0.2 + 0.6 * random.next()) * ALERTS) / KILLS),
    );
    while (made < ALERTS) {
      const burst = Math.min(BURSTS[random.integer(0, BURSTS.length - 1)] ?? 1, ALERTS - made);
      await board.tell(atMs, ...Array.from({ length: burst }, (_, i) => raised(`a${made + i}`, atMs)));
      for (let i = 0; i < burst; i += 1)
        for (const [step] of POLICY.steps.entries()) expected.add(`a${made + i}:v1:s${step + 1}:desk`);
      made += burst;
      atMs += 20_000;
      await sleep(300 + random.integer(0, 600));
      if (made >= (killAt[kills] ?? Number.POSITIVE_INFINITY)) {
        const victim = kills % 2;
        const killed = notifiers[victim];
        killed?.kill('SIGKILL');
        if (killed?.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
        notifiers[victim] = start();
        kills += 1;
      }
    }
    t.equal(kills, KILLS);
    await board.tell(atMs + 600_000);
    const seen = (): Set<string> => new Set(received.flatMap(toldIn));
    for (const lastMs = performance.now() + 240_000; performance.now() < lastMs; await sleep(500)) {
      const ended = (await board.entries()).flatMap(({ steps }) => steps).length;
      if (seen().size === expected.size && ended >= expected.size) break;
    }
    t.strictSame([...seen()].sort(), [...expected].sort(), 'every step');

    const messageOf = new Map<string, string>();
    const bodyOf = new Map<string, string>();
    for (const one of received) {
      const id = String(one.headers['webhook-id']);
      if (bodyOf.has(id) && bodyOf.get(id) !== one.body) t.fail(`${id} came with two bodies`);
      bodyOf.set(id, one.body);
      for (const noticeId of toldIn(one)) {
        const before = messageOf.get(noticeId);
        if (before !== undefined && before !== id) t.fail(`${noticeId} came in ${before} and in ${id}`);
        messageOf.set(noticeId, id);
      }
    }
    const outcomes = (await board.entries()).flatMap(({ outcome, steps }) =>
      steps.map(({ noticeId }) => `${noticeId} ${outcome}`),
    );
    t.strictSame(
      outcomes.toSorted(),
      [...expected].map((id) => `${id} delivered`).sort(),
      'one outcome of each in the log',
    );
    t.comment(`${received.length} requests, ${bodyOf.size} messages, ${expected.size} steps`);
  },
);
