import { unreachable } from '../../../src/model/errors.js';
import { encodeReport } from '../../../src/codec/tracker-messages.js';
import { wireFixOf } from '../../../src/codec/fix-parser.js';
import type { Fix } from '../../../src/model/fix.js';
import { TrackerPool } from '../../../src/simulator/tracker-pool.js';
import { at, fix } from '../../engine/support.js';
import { Patrol } from '../patrol.js';
import type { FleetOrder, Sent } from './fleet-order.js';
import { FleetSocket } from './fleet-socket.js';

/** So many connect at once: servers cut those that are not known yet when there are more. */
const CONNECTING = 100;

/** A program: a fleet of trackers that does as it is told. */
const sockets: FleetSocket[] = [];
const paces: NodeJS.Timeout[] = [];
/** Reports by tracker, made before they are sent: the making is in no figure. */
let backlog: Uint8Array[][] = [];
let reports = 0;

process.on('message', (order: FleetOrder) => {
  void carryOut(order).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));

async function carryOut(order: FleetOrder): Promise<Sent | 'done'> {
  switch (order.kind) {
    case 'make':
      backlog = makeBacklog(order);
      return 'done';
    case 'connect':
      await connect(order);
      return 'done';
    case 'pour':
      return await pour(order.nth);
    case 'loop':
      return await loop(order.forMs);
    case 'return':
      return await comeBack(order);
    case 'pace':
      pace(order.everyMs);
      return 'done';
    case 'hang-up':
      for (const timer of paces.splice(0)) clearInterval(timer);
      for (const socket of sockets.splice(0)) socket.close();
      return 'done';
    default:
      return unreachable(order);
  }
}

function makeBacklog(o: Extract<FleetOrder, { kind: 'make' }>): Uint8Array[][] {
  const units = o.trackers.map((tracker) => ({ id: tracker, tracker }));
  const patrol = new Patrol({ units }, { seed: o.seed, extentM: o.extentM, stepMs: o.everyMs });
  const fixes = o.trackers.map((): Fix[] => []);
  const made = o.trackers.map((): Uint8Array[] => []);
  for (let ms = o.fromMs; ms < o.toMs; ms += o.everyMs) {
    for (const [i, { fixes: more }] of patrol.reportsAt(ms).entries()) {
      const gathered = fixes[i] as Fix[];
      gathered.push(...more);
      if (gathered.length < o.perReport && ms + o.everyMs < o.toMs) continue;
      made[i]?.push(frameOf(gathered.splice(0)));
    }
  }
  return made;
}

function frameOf(fixes: readonly Fix[]): Uint8Array {
  const id = new Uint8Array(8);
  new DataView(id.buffer).setUint32(4, ++reports);
  return encodeReport(id, fixes.map(wireFixOf));
}

async function connect({ url, tokens }: Extract<FleetOrder, { kind: 'connect' }>): Promise<void> {
  for (let from = 0; from < tokens.length; from += CONNECTING) {
    const some = tokens.slice(from, from + CONNECTING);
    sockets.push(...(await Promise.all(some.map((token) => FleetSocket.open(url, token)))));
  }
}

/** Sends without a wait for answers, as trackers do that were without a link. */
async function pour(nth: number | undefined): Promise<Sent> {
  const tally = new Tally();
  const framesOf = (i: number): Uint8Array[] => backlog[i]?.filter((_, n) => nth === undefined || n === nth) ?? [];
  const sendings = sockets.flatMap((socket, i) => framesOf(i).map((frame) => tally.of(socket.send(frame))));
  await Promise.all(sendings);
  return tally.sent();
}

/** Each tracker sends one fix, and the next one as soon as it is answered. */
async function loop(forMs: number): Promise<Sent> {
  const tally = new Tally();
  const endMs = performance.now() + forMs;
  await Promise.all(
    sockets.map(async (socket, i) => {
      for (let lastMs = 0; performance.now() < endMs; ) {
        lastMs = Math.max(lastMs + 1, Date.now());
        await tally.of(socket.send(frameOf([fix(lastMs, at(i * 40), { speedCmps: 0 })])));
      }
    }),
  );
  return tally.sent();
}

/** Each tracker at an instant of its own, driving to and fro. */
function pace(everyMs: number): void {
  for (const [i, socket] of sockets.entries()) {
    let count = 0;
    const report = (): void => {
      count += 1;
      const eastM = i * 40 + Math.abs((count % 200) - 100) * 8;
      void socket.send(frameOf([fix(Date.now(), at(eastM), { speedCmps: 800, sos: false })]));
    };
    setTimeout(() => paces.push(setInterval(report, everyMs)), (i * everyMs) / sockets.length);
  }
}

async function comeBack(o: Extract<FleetOrder, { kind: 'return' }>): Promise<Sent> {
  const tally = new Tally();
  const tokens = new Map(o.tokens);
  const pool = new TrackerPool({
    url: `${o.url.replace(/^http/, 'ws')}/v1/ingest`,
    tokenOf: (t) => tokens.get(t) ?? '',
  });
  const nowMs = Date.now();
  await Promise.all(
    o.tokens.map(([tracker], n) => {
      const fixes = Array.from({ length: o.fixes }, (_, i) =>
        fix(nowMs - (o.fixes - i) * 1_000, at(n * 4 + i * 8), { speedCmps: 800 }),
      );
      return tally.of(
        pool
          .client(tracker)
          .send(fixes)
          .then(({ refusal }) => refusal === null),
      );
    }),
  );
  const sent = tally.sent();
  await pool.close();
  return sent;
}

class Tally {
  readonly #startMs = performance.now();
  readonly #ackMs: number[] = [];
  #refused = 0;

  /** Counts a report that is sent now by what it comes to. */
  async of(isAcknowledged: Promise<boolean>): Promise<void> {
    const sentMs = performance.now();
    if (await isAcknowledged) this.#ackMs.push(performance.now() - sentMs);
    else this.#refused += 1;
  }

  sent(): Sent {
    return { tookMs: performance.now() - this.#startMs, ackMs: this.#ackMs, refused: this.#refused };
  }
}
