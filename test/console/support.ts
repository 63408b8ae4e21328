import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { LinkMachine, LinkSocket } from '../../src/console/socket/live-link.js';
import type { AlertAnswer } from '../../src/protocol/alert-states.js';
import { T0_MS } from '../api/records.js';

/** An alert as an answer shows it. */
export function alertOf(o: Partial<AlertAnswer> & Pick<AlertAnswer, 'alertId'>): AlertAnswer {
  return {
    transition: 1,
    version: 1,
    rule: 'checkpoint-gap',
    ruleId: 'gap',
    subject: { kind: 'place', id: 'square' },
    place: 'square',
    unit: null,
    severity: 'high',
    change: 'raised',
    condition: 'active',
    acknowledged: false,
    finality: 'provisional',
    shelvedUntilMs: null,
    suppressedBy: null,
    chattering: false,
    fromMs: T0_MS,
    toMs: null,
    certainty: 'uncovered',
    occurrence: 1,
    episodes: [],
    cause: 'timer',
    atMs: T0_MS,
    logId: `${T0_MS}-0`,
    evidence: {},
    mergedInto: null,
    previous: null,
    sentence: { zh: '空岗。', en: 'Unattended.' },
    state: 'unack-active',
    ...o,
  };
}

/** This machine in a browser's place; each socket that it opened can be cut. */
export class TestMachine implements LinkMachine {
  readonly sockets: WebSocket[] = [];

  openSocket(url: string, protocol: string): LinkSocket {
    const socket = new WebSocket(url, protocol);
    this.sockets.push(socket);
    return socket as LinkSocket;
  }

  nowMs(): number {
    return Date.now();
  }

  async pause(ms: number, signal: AbortSignal): Promise<void> {
    // Pauses between tries are what they are; nobody waits ten seconds for the next look.
    await sleep(Math.min(ms, 200), undefined, { signal }).catch(() => undefined);
  }

  random(): number {
    return 0.5;
  }

  /** Set: the server does not answer. */
  isCut = false;
  constructor(readonly origin: string) {}

  async serverTimeMs(signal: AbortSignal): Promise<number> {
    if (this.isCut) throw new Error('cut');
    const answer = await fetch(`${this.origin}/healthz`, { signal });
    return Date.parse(answer.headers.get('date') ?? '');
  }
}
