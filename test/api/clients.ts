import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import type { AccessRead } from '../../src/model/log-entry.js';
import type { LiveMessage } from '../../src/protocol/live-socket.js';
import type { Rig } from './rig.js';
import { until } from './until.js';

/** What answers hold, loosely: tests compare the rest. */
export interface Body extends Readonly<Record<string, unknown>> {
  readonly items?: readonly Readonly<Record<string, unknown>>[];
  readonly next?: number | null;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** The JSON of it; empty when it is none. */
  readonly body: Body;
}

export interface AskOptions {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly rawBody?: string;
}

export async function ask(rig: Rig, path: string, o: AskOptions = {}): Promise<Answer> {
  const json = o.body !== undefined || o.rawBody !== undefined;
  const response = await fetch(new URL(path, rig.url), {
    method: o.method ?? (json ? 'POST' : 'GET'),
    headers: {
      ...(o.token === undefined ? {} : { authorization: `Bearer ${o.token}` }),
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...o.headers,
    },
    ...(json ? { body: o.rawBody ?? JSON.stringify(o.body) } : {}),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('utf8');
  return { status: response.status, headers: response.headers, bytes, text, body: parsed(text) };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}

/** A supervisor's client that keeps what it gets. */
export class LiveClient {
  readonly messages: LiveMessage[] = [];
  readonly socket: WebSocket;
  /** Code and reason, once it is closed. */
  closed: { readonly code: number; readonly reason: string } | null = null;

  constructor(rig: Rig, path: string, o: { readonly token?: string; readonly headers?: Record<string, string> } = {}) {
    const url = new URL(path, rig.url.replace('http', 'ws'));
    this.socket = new WebSocket(url, 'beatwatch.live.v1', {
      headers: { ...(o.token === undefined ? {} : { authorization: `Bearer ${o.token}` }), ...o.headers },
    });
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as LiveMessage));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    this.socket.on('error', () => undefined);
  }

  of<Type extends LiveMessage['type']>(type: Type): Extract<LiveMessage, { type: Type }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<LiveMessage, { type: Type }>[];
  }

  get transitions(): number[] {
    return this.of('alert').map(({ transition }) => transition);
  }

  async first<Type extends LiveMessage['type']>(type: Type): Promise<Extract<LiveMessage, { type: Type }>> {
    await until(() => this.of(type).length > 0 || this.closed !== null);
    const [found] = this.of(type);
    if (found === undefined) throw new Error(`closed with ${JSON.stringify(this.closed)} before any ${type}`);
    return found;
  }

  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    await until(() => this.closed !== null);
    return this.closed ?? { code: 0, reason: '' };
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.end();
  }
}

/** The HTTP answer to an upgrade that is expected to fail. */
export function refusedUpgrade(
  rig: Rig,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Body }> {
  const { port } = new URL(rig.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'beatwatch.live.v1',
        ...headers,
      },
    });
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(text) }));
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('got an upgrade, expected a refusal'));
    });
    request.on('error', reject);
    request.end();
  });
}

/** An access record with its parameters read. */
export function accessOf({ actor, role, what, parameters, records, purpose }: AccessRead) {
  return { actor, role, what, parameters: JSON.parse(parameters) as unknown, records, purpose };
}
