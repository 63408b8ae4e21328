import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { decodeServerMessage, encodeReport, type ServerMessage } from '../../src/codec/tracker-messages.js';
import { emptyWireFix, type WireFix } from '../../src/codec/wire-fix.js';
import { TRACKER_SUBPROTOCOL } from '../../src/protocol/tracker-socket.js';
import { Ingest } from '../../src/ingest/ingest.js';
import { SWEEP_MS } from '../../src/ingest/limits.js';
import type { Acceptance, IngestDeps, IngestDistrict, TrackerInfo } from '../../src/ingest/ports.js';
import type { Timers } from '../../src/ingest/timers.js';
import type { QuotaStore, QuotaUse } from '../../src/ingest/tracker-quotas.js';
import { BeatwatchError } from '../../src/model/errors.js';
import type { LogEntry, TrackerBatch } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';
import type { Clock, Metrics } from '../../src/model/ports.js';
import type { Identity } from '../../src/model/roles.js';
import { type KeptLog, keptLog, type TestScope } from '../support/redis-server.js';

export const NOW_MS = 1_760_000_000_000;
export const DISTRICT = 'meixian';

export class TestClock implements Clock {
  readonly kind = 'virtual';
  atMs = NOW_MS;
  nowMs(): number {
    return this.atMs;
  }
}

/** Real pauses, but a monotonic time that stands still until a test jumps, so that rates and patience can be tested exactly. */
export class JumpTimers implements Timers {
  #nowMs = 0;
  readonly #waiting = new Map<object, { readonly dueMs: number; readonly fire: () => void }>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const key = {};
    const cancel = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(key);
    };
    const fire = (): void => {
      cancel();
      callback();
    };
    const timer = setTimeout(fire, delayMs);
    this.#waiting.set(key, { dueMs: this.#nowMs + delayMs, fire });
    return cancel;
  }

  soon(callback: () => void): () => void {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }

  /** Moves the time, and fires what is due then. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
    // What fires may wait again, which is not due by this jump.
    const due = [...this.#waiting.values()].filter(({ dueMs }) => dueMs <= this.#nowMs);
    for (const { fire } of due) fire();
  }

  /** The same in steps as long as those of a server that is not held up. */
  pass(ms: number): void {
    for (let leftMs = ms; leftMs > 0; leftMs -= SWEEP_MS) this.jump(Math.min(SWEEP_MS, leftMs));
  }
}

export class KeptMetrics implements Metrics {
  readonly counts = new Map<string, number>();
  readonly gauges = new Map<string, number>();
  readonly observed = new Map<string, number[]>();

  count(name: string, value = 1, labels: Readonly<Record<string, string>> = {}): void {
    const key = keyOf(name, labels);
    this.counts.set(key, (this.counts.get(key) ?? 0) + value);
  }
  gauge(name: string, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.gauges.set(keyOf(name, labels), value);
  }
  observe(name: string, value: number): void {
    this.observed.set(name, [...(this.observed.get(name) ?? []), value]);
  }
}

/** The name without its prefix, and the labels' values without the district. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const values = Object.entries(labels).flatMap(([label, value]) => (label === 'district' ? [] : [value]));
  return [name.replace('beatwatch_ingest_', ''), ...values].join(' ');
}

/** A district in memory, whose log a test can hold, break and read. */
export class MemoryDistrict implements IngestDistrict {
  readonly entries: LogEntry[] = [];
  readonly plan = new Map<string, TrackerInfo>();
  planKnown = true;
  acceptance: Acceptance = { ok: true };
  isDurable = true;
  room: number | null = null;
  folded: LogId | null = null;
  readonly kept = new Map<string, QuotaUse>();
  readonly quotas: QuotaStore = {
    read: async (tracker) => this.kept.get(tracker) ?? null,
    write: async (uses) => {
      for (const [tracker, use] of uses) {
        if (use === null) this.kept.delete(tracker);
        else this.kept.set(tracker, use);
      }
    },
  };
  failure: Error | null = null;
  claimFailure: Error | null = null;
  appending = 0;
  mostAppending = 0;
  #claims = 0;
  #listeners = new Set<(tracker: string, claim: number) => void>();
  #held: Promise<void> | null = null;
  #letGo: (() => void) | null = null;

  constructor(...trackers: readonly string[]) {
    for (const tracker of trackers) this.plan.set(tracker, { unit: `unit-${tracker}`, expectedIntervalMs: 10_000 });
  }

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }
  letGo(): void {
    this.#letGo?.();
    this.#held = null;
  }

  async append(entry: LogEntry): Promise<LogId> {
    this.appending += 1;
    this.mostAppending = Math.max(this.mostAppending, this.appending);
    await this.#held;
    await new Promise((resolve) => setImmediate(resolve));
    this.appending -= 1;
    if (this.failure !== null) throw this.failure;
    this.entries.push(entry);
    return { ms: NOW_MS, seq: this.entries.length };
  }
  trackers(): ReadonlyMap<string, TrackerInfo> | null {
    return this.planKnown ? this.plan : null;
  }
  claim(tracker: string): Promise<number> {
    if (this.claimFailure !== null) return Promise.reject(this.claimFailure);
    this.#claims += 1;
    this.tellTakeover(tracker, this.#claims);
    return Promise.resolve(this.#claims);
  }
  tellTakeover(tracker: string, claim: number): void {
    for (const listener of this.#listeners) listener(tracker, claim);
  }
  onTakeover(listener: (tracker: string, claim: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  foldedTo(): LogId | null {
    return this.folded;
  }
  roomBytes(): number | null {
    return this.room;
  }
  accepting(): Acceptance {
    return this.acceptance;
  }
  durable(): boolean {
    return this.isDurable;
  }

  batches(): TrackerBatch[] {
    return batchesOf(this.entries);
  }
}

export function batchesOf(entries: readonly LogEntry[]): TrackerBatch[] {
  return entries.flatMap((entry) => (entry.kind === 'fixes' ? entry.batches : []));
}

export interface TestIngest {
  readonly ingest: Ingest;
  readonly url: string;
  readonly port: number;
  readonly clock: TestClock;
  readonly timers: JumpTimers;
  readonly metrics: KeptMetrics;
  readonly log: KeptLog;
  readonly revoked: Set<string>;
  /** What the server's sockets write to, in the order in which they were opened. */
  readonly links: Duplex[];
}

/** Identities that need no keys: a token is `<tracker>`, or `<tracker>.<expires at, ms>`. */
function plainVerify(token: string): Promise<Identity> {
  const [subject = '', expires] = token.split('.');
  return Promise.resolve({
    subject,
    role: 'tracker',
    districts: [DISTRICT],
    issuedAtMs: 0,
    expiresAtMs: expires === undefined ? NOW_MS + 86_400_000 : Number(expires),
    tokenId: `id-${token}`,
  });
}

/** An ingest behind a real HTTP server on a free port; closed with the test. */
export async function startIngest(
  t: TestScope,
  districts: Readonly<Record<string, IngestDistrict>>,
  deps: Partial<IngestDeps> = {},
): Promise<TestIngest> {
  const clock = new TestClock();
  const timers = new JumpTimers();
  const metrics = new KeptMetrics();
  const log = keptLog();
  const revoked = new Set<string>();
  const ingest = new Ingest({
    districts: new Map(Object.entries(districts)),
    verify: plainVerify,
    isRevoked: ({ tokenId }) => revoked.has(tokenId),
    clock,
    timers,
    metrics,
    logger: log,
    ...deps,
  });
  const server = createServer((_, response) => response.writeHead(404).end());
  const links: Duplex[] = [];
  server.on('upgrade', (request, socket, head) => {
    links.push(socket);
    ingest.handleUpgrade(request, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    await ingest.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { ingest, url: `ws://127.0.0.1:${port}/v1/ingest`, port, clock, timers, metrics, log, revoked, links };
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** One tracker's socket, with what came over it in order. */
export class TestTracker {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  /** Every frame, as it came. */
  readonly frames: Buffer[] = [];
  readonly #messages: ServerMessage[] = [];
  #wake: (() => void) | null = null;
  #ended = false;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(data as Buffer);
      this.#messages.push(decodeServerMessage(data as Buffer));
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#ended = true;
        this.#wake?.();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** The next message; throws when the socket ended and none is left. */
  async next(): Promise<ServerMessage> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      if (this.#ended) throw new Error('got the end of the socket, expected a message');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What came and was not taken by `next`. */
  get waiting(): readonly ServerMessage[] {
    return this.#messages;
  }

  send(frame: Uint8Array): void {
    this.socket.send(frame);
  }

  report(id: number, ...fixes: readonly WireFix[]): void {
    this.send(encodeReport(reportId(id), fixes.length === 0 ? [fixAt(id)] : fixes));
  }

  /** Sends a frame and returns the next message. */
  async ask(frame: Uint8Array): Promise<ServerMessage> {
    this.send(frame);
    return await this.next();
  }
}

/** A socket that said welcome; its answer is taken. */
export async function connect(t: TestScope, url: string, token: string): Promise<TestTracker> {
  const tracker = await open(t, url, token);
  const welcome = await tracker.next();
  if (welcome.kind !== 'welcome') throw new Error(`got ${welcome.kind}, expected welcome`);
  return tracker;
}

/** A socket that is open; nothing is taken from it. */
export async function open(t: TestScope, url: string, token: string): Promise<TestTracker> {
  const socket = new WebSocket(url, [TRACKER_SUBPROTOCOL], { headers: { authorization: `Bearer ${token}` } });
  t.teardown(() => socket.terminate());
  // After an upgrade an error is followed by a close, which tests look at.
  socket.on('error', () => undefined);
  const tracker = new TestTracker(socket);
  await Promise.race([once(socket, 'open'), tracker.closed.then(() => Promise.reject(new Error('refused')))]);
  return tracker;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: { readonly code: string; readonly message: string };
  readonly headers: IncomingMessage['headers'];
}

/** An upgrade that must be refused: the HTTP answer. */
export function refusedUpgrade(
  url: string,
  { token, protocols = [TRACKER_SUBPROTOCOL] }: { readonly token?: string; readonly protocols?: string[] },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(
      url,
      protocols,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
    socket.on('error', reject);
    socket.on('open', () => reject(new Error('got an open socket, expected a refusal')));
    socket.on('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), headers: response.headers });
      });
    });
  });
}

export function reportId(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id);
  return bytes;
}

export function idOf(message: ServerMessage): number | null {
  if (message.kind === 'welcome' || message.reportId === null) return null;
  return Buffer.from(message.reportId).readUInt32BE();
}

/** A valid fix, `step` seconds after a start an hour ago. */
export function fixAt(step: number, change: Partial<WireFix> = {}): WireFix {
  return {
    ...emptyWireFix(),
    eventTimeMs: NOW_MS - 3_600_000 + step * 1_000,
    lngE7: 1_161_000_000,
    latE7: 243_000_000,
    ...change,
  };
}

export function fixesAt(count: number): WireFix[] {
  return Array.from({ length: count }, (_, step) => fixAt(step));
}

export function failureOf(code: string): BeatwatchError {
  return new BeatwatchError(code, `got ${code}, expected room`);
}

/** Waits for something that must become true; the test's own time limit is the only one. */
export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  for (const lastMs = performance.now() + withinMs; !condition(); ) {
    if (performance.now() > lastMs) throw new Error(`not within ${withinMs} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The frame with an unknown field behind it that makes it so long. */
export function padded(frame: Uint8Array, bytes: number): Uint8Array {
  // Field 15 as bytes: a tag of one byte and a length of three.
  const padding = bytes - frame.length - 4;
  const head = [(15 << 3) | 2, (padding & 0x7f) | 0x80, ((padding >> 7) & 0x7f) | 0x80, padding >> 14];
  return Buffer.concat([frame, Buffer.from(head), Buffer.alloc(padding)]);
}
