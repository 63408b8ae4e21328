import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { FixAnswer } from '../../src/api/fix-answer.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import { rulerAt } from '../../src/geo/ruler.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import type { TestScope } from '../support/redis-server.js';
import { type ExampleServer, startExampleServer } from './example-server.js';
import { API, readProject } from './project.js';

/** 2026-11-24, hh:mm:ss on the district's clock. */
function clockMs(text: string): number {
  return Date.parse(`2026-11-24T${text}+08:00`);
}

const STEP_MS = 10_000;
const SQUARE = { lng: 116.06, lat: 24.27 };

/** Where car-1 was in truth, metres east of the middle of the square: there, off to the east, and back through the tunnel. */
function eastM(atMs: number): number {
  const stops: readonly [string, number][] = [
    ['08:40:00', 0],
    ['08:44:00', 1_500],
    ['08:47:00', 1_500],
    ['08:51:00', 0],
    ['08:54:00', 0],
    ['08:58:00', 1_500],
  ];
  let [beforeMs, before] = [0, 0];
  for (const [time, metres] of stops) {
    const ms = clockMs(time);
    if (atMs <= ms) return beforeMs === 0 ? metres : before + ((metres - before) * (atMs - beforeMs)) / (ms - beforeMs);
    [beforeMs, before] = [ms, metres];
  }
  return before;
}

function fixAt(eventTimeMs: number, backfill: boolean): Fix {
  const latE7 = Math.round(SQUARE.lat * 1e7);
  const lngE7 = Math.round(SQUARE.lng * 1e7 + eastM(eventTimeMs) / rulerAt(latE7).metresPerLngE7);
  return {
    eventTimeMs,
    position: { lngE7, latE7 },
    altitudeDm: null,
    speedCmps: null,
    courseCdeg: null,
    located: true,
    satellites: 14,
    beidouSatellites: 9,
    hdopCenti: 90,
    accuracyDm: null,
    power: true,
    batteryPercent: null,
    ignition: true,
    lightbar: null,
    sos: null,
    backfill: backfill ? true : null,
  };
}

/** An alert as the API and the live socket show it. */
type ToldAlert = AlertVersion & { readonly type?: string; readonly state: string };

export interface WorkedExample {
  /** What the supervisor's socket told, in order. */
  readonly told: readonly ToldAlert[];
  /** What the API answers when it is over: the alert that was raised, with all its versions. */
  readonly versions: readonly ToldAlert[];
  /** What was decided about a fix that followed, 30 km off. */
  readonly wild: FixAnswer;
}

/** The story of the manual of the engine, through a real server: its clock, a tracker's socket, a supervisor's socket. */
export async function tellWorkedExample(t: TestScope): Promise<WorkedExample> {
  const example = await startExampleServer(t, { startMs: clockMs('08:25:00') });
  const admin = await example.token('admin', 'driver');
  const token = await example.token('supervisor', 'li');
  const socketUrl = example.url.replace(/^http/, 'ws');
  const tracker = new TrackerClient({
    url: `${socketUrl}/v1/ingest`,
    token: await example.token('tracker', 'bd-1'),
    tracker: 'bd-1',
  });
  t.teardown(() => tracker.close());
  const live = await openLive(t, `${socketUrl}/v1/districts/example/live?rule=checkpoint-gap`, token);

  let stored: Fix[] = [];
  for (let atMs = clockMs('08:25:00'); atMs <= clockMs('08:58:00'); atMs += STEP_MS) {
    await setClock(example, admin, atMs);
    if (atMs < clockMs('08:28:00')) continue;
    const inTunnel = atMs > clockMs('08:46:00') && atMs < clockMs('08:57:00');
    if (inTunnel) stored.push(fixAt(atMs, true));
    else {
      await tracker.send([fixAt(atMs, false)]);
      if (stored.length > 0) await tracker.send(stored);
      stored = [];
    }
  }
  const { items } = (await example.ask('/v1/districts/example/alerts?state=all&rule=checkpoint-gap', token)) as {
    items: AlertVersion[];
  };
  const last = items.at(-1);
  const { versions } = (await example.ask(`/v1/districts/example/alerts/${last?.alertId}`, token)) as {
    versions: ToldAlert[];
  };
  const told = await live.until(last?.transition ?? 0);
  const wild = await sendWildFix(example, tracker, admin);
  return { told, versions, wild };
}

/** Ten seconds later the receiver jumps; asked for as the manual of the API shows it. */
async function sendWildFix(example: ExampleServer, tracker: TrackerClient, admin: string): Promise<FixAnswer> {
  const atMs = clockMs('08:58:10');
  await setClock(example, admin, atMs);
  const good = fixAt(atMs, false);
  const east = Math.round(30_000 / rulerAt(Math.round(SQUARE.lat * 1e7)).metresPerLngE7);
  const position = { lngE7: (good.position?.lngE7 ?? 0) + east, latE7: good.position?.latE7 ?? 0 };
  await tracker.send([{ ...good, position }]);
  const path = /127\.0\.0\.1:8080([^']*\/fixes\?[^']*)'/.exec(readProject(API))?.[1] ?? '';
  const { items } = (await example.ask(path, await example.token('auditor', 'chen'))) as { items: FixAnswer[] };
  const wild = items.at(-1);
  if (wild === undefined) throw new Error(`${path}: got no fix, expected two`);
  return wild;
}

/** A supervisor's socket, as any WebSocket client would open it. */
async function openLive(t: TestScope, url: string, token: string) {
  const told: ToldAlert[] = [];
  const socket = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization: `Bearer ${token}` } });
  t.teardown(() => socket.close());
  const opened = once(socket, 'open');
  socket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString('utf8')) as ToldAlert;
    if (message.type === 'alert') told.push(message);
  });
  await opened;
  return {
    until: async (transition: number): Promise<readonly ToldAlert[]> => {
      while ((told.at(-1)?.transition ?? 0) < transition) await once(socket, 'message');
      return told;
    },
  };
}

async function setClock(example: ExampleServer, admin: string, nowMs: number): Promise<void> {
  await example.ask('/v1/districts/example/clock', admin, { nowMs });
}
