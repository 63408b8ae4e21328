import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { encodeReport } from '../../../src/codec/tracker-messages.js';
import { emptyWireFix, type WireFix } from '../../../src/codec/wire-fix.js';
import { HTTP_ATTACKS } from './http-attacks.js';
import { DISTRICT } from './district.js';

/** What an attacker's process is told, once. */
export interface Attack {
  readonly name: AttackName;
  readonly url: string;
  readonly tracker: string;
  readonly auditor: string;
  /** Enough of them that each has its share of live sockets. */
  readonly supervisors: readonly string[];
}

/** One a process, until it is ended. All are bounded by what one machine of an attacker does over one link. */
export const ATTACKS = {
  'dense-fixes': (o: Attack) => sendReports(o, { fixes: 1_000, stepMs: -100, inFlight: 4 }),
  'newest-first': (o: Attack) => sendReports(o, { fixes: 100, stepMs: -1_000, inFlight: 16 }),
  'tiny-reports': (o: Attack) => sendReports(o, { fixes: 1, stepMs: -1_000, inFlight: 512 }),
  'ping-flood': pingFlood,
  // No attack: what as many supervisors cost who only listen, to compare the storm with.
  'whole-shift': (o: Attack) => comeAgain(o, WHOLE_SHIFT_MS),
  'reconnect-storm': (o: Attack) => comeAgain(o, STORM_EVERY_MS),
  'auditor-reads': auditorReads,
  ...HTTP_ATTACKS,
} as const satisfies Readonly<Record<string, (o: Attack) => Promise<void>>>;

export type AttackName = keyof typeof ATTACKS;
export const ATTACK_NAMES = Object.keys(ATTACKS) as AttackName[];

const PINGS_AT_ONCE = 200;
const SUPERVISORS = 400;
const READS_AT_ONCE = 200;
const STORM_EVERY_MS = 2_000;
const WHOLE_SHIFT_MS = 8 * 3_600_000;

/** Runs a socket again whenever it ends, with a short pause, for ever. */
async function forEver(once: () => Promise<void>): Promise<void> {
  for (;;) {
    await once().catch(() => undefined);
    await sleep(200);
  }
}

function trackerSocket({ url, tracker }: Attack): WebSocket {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ingest`, 'beatwatch.tracker.v1', {
    headers: { authorization: `Bearer ${tracker}` },
  });
  socket.on('error', () => undefined);
  return socket;
}

/** One tracker, its fixes in steps back from now; as many reports without an answer as it dares, refusals ignored. */
function sendReports(o: Attack, say: { fixes: number; stepMs: number; inFlight: number }): Promise<void> {
  let lastMs = Date.now();
  let count = 0;
  return forEver(
    () =>
      new Promise((resolve) => {
        const socket = trackerSocket(o);
        const send = (): void => {
          const fixes = Array.from({ length: say.fixes }, (_, i) => fixAt(lastMs + i * say.stepMs));
          lastMs += say.fixes * say.stepMs;
          count += 1;
          const id = new Uint8Array(8);
          new DataView(id.buffer).setUint32(0, count);
          socket.send(encodeReport(id, fixes));
        };
        let welcomed = false;
        socket.on('message', () => {
          if (welcomed) return send();
          welcomed = true;
          for (let i = 0; i < say.inFlight; i += 1) send();
        });
        socket.on('close', () => resolve());
      }),
  );
}

function fixAt(eventTimeMs: number): WireFix {
  return { ...emptyWireFix(), eventTimeMs, lngE7: 1_161_000_000 + (eventTimeMs % 1_000), latE7: 242_700_000 };
}

/** Pings as fast as they leave. */
function pingFlood(o: Attack): Promise<void> {
  return forEver(
    () =>
      new Promise((resolve) => {
        const socket = trackerSocket(o);
        let open = true;
        socket.on('open', () => {
          const flood = (): void => {
            if (!open) return;
            if (socket.bufferedAmount < 65_536) for (let i = 0; i < PINGS_AT_ONCE; i += 1) socket.ping();
            setTimeout(flood, 5);
          };
          flood();
        });
        socket.on('close', () => {
          open = false;
          resolve();
        });
      }),
  );
}

/** All supervisors of a district come at once, take their snapshot and are cut, again and again. */
/** Supervisors who connect all at once, and again and again. */
async function comeAgain({ url, supervisors }: Attack, everyMs: number): Promise<void> {
  for (;;) {
    const sockets = Array.from({ length: SUPERVISORS }, (_, i) => {
      const token = supervisors[i % supervisors.length] ?? '';
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/districts/${DISTRICT}/live`, 'beatwatch.live.v1', {
        headers: { authorization: `Bearer ${token}` },
      });
      socket.on('error', () => undefined);
      return socket;
    });
    await sleep(everyMs);
    for (const socket of sockets) socket.terminate();
  }
}

/** One auditor with many reads at once, as fast as they are answered. */
async function auditorReads({ url, auditor }: Attack): Promise<void> {
  const headers = { authorization: `Bearer ${auditor}`, 'x-purpose': 'an attack' };
  await Promise.all(
    Array.from({ length: READS_AT_ONCE }, () =>
      forEver(async () => {
        await (await fetch(`${url}/v1/districts/${DISTRICT}/units`, { headers })).arrayBuffer();
      }),
    ),
  );
}
