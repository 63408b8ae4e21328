import type { LiveCloseReason } from '../../protocol/live-close-codes.js';
import { LIVE_CLOSE_CODES } from '../../protocol/live-close-codes.js';
import { LIVE_SUBPROTOCOL, type LiveMessage, livePath } from '../../protocol/live-socket.js';
import type { ConsoleEvent } from '../store/events.js';
import { type Ask, AskError, endOf } from './ask.js';

/** The part of a browser's WebSocket that the link uses. */
export interface LinkSocket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  close(): void;
}

/** What the link takes of the machine that it runs on. */
export interface LinkMachine {
  openSocket(url: string, protocol: string): LinkSocket;
  /** Its clock, ms. */
  nowMs(): number;
  /** Resolves after so long, or as soon as the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
  /** What the server's machine says that time it is, ms, to the second; rejects when it does not answer. Nobody's read is recorded for it. */
  serverTimeMs(signal: AbortSignal): Promise<number>;
}

export interface LinkOptions {
  readonly district: string;
  /** `virtual`: the district's time is not its machine's, and is known only by what is told. */
  readonly clock: 'wall' | 'virtual';
  /** `ws://host:port`, without a path. */
  readonly socketOrigin: string;
  readonly ask: Ask;
  readonly machine: LinkMachine;
  readonly tell: (event: ConsoleEvent) => void;
  /** The last transition that was told; null: none was. */
  readonly lastTransition: () => number | null;
  /** Why somebody looks, for the access record. */
  readonly purpose?: string;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** The server is asked for its time so often: a link that broke without a word is found by it, too. */
const LOOK_EVERY_MS = 10_000;
/** A question that is not answered within this is as good as refused. */
const LOOK_WITHIN_MS = 5_000;

/**
 * Follows the live socket of a district for as long as the session is good. After every broken link it resumes behind the last transition that
 * was told, so no alert is missed and none is told twice; and it says at once that there is no link. A browser sees no pings: so it asks
 * the server for its time now and then, and takes silence for a broken link.
 */
export class LiveLink {
  readonly #o: LinkOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  /** The latest instant that a message has named, ms. */
  #toldMs = 0;

  constructor(options: LinkOptions) {
    this.#o = options;
    this.#ended = this.#follow();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    const { machine, tell } = this.#o;
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const end = await this.#oneLink(() => {
        attempt = 0;
      });
      if (signal.aborted) return;
      if (end.session !== null) {
        tell({ is: 'ended', why: end.session });
        return;
      }
      tell({ is: 'unlinked', atMs: machine.nowMs(), why: end.why });
      const wholeMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
      // Half of it drawn: many pages that lost one server do not come back at one instant.
      await machine.pause(wholeMs / 2 + (wholeMs / 2) * machine.random(), signal);
    }
  }

  /** One socket from its ticket to its end. */
  async #oneLink(onOpen: () => void): Promise<LinkEnd> {
    const { ask, tell, lastTransition, purpose } = this.#o;
    try {
      const { ticket } = (await ask('/v1/ticket', { body: {}, signal: this.#stop.signal })) as { ticket: string };
      const query = new URLSearchParams({ ticket });
      const after = lastTransition();
      if (after !== null) query.set('after', String(after));
      if (purpose !== undefined) query.set('purpose', purpose);
      return await this.#listen(query, () => {
        onOpen();
        tell({ is: 'linked' });
      });
    } catch (error) {
      if (!(error instanceof AskError)) return { session: null, why: String(error) };
      return { session: endOf(error.code), why: error.message };
    }
  }

  #listen(query: URLSearchParams, onOpen: () => void): Promise<LinkEnd> {
    const { socketOrigin, district, machine } = this.#o;
    const socket = machine.openSocket(`${socketOrigin}${livePath(district)}?${query.toString()}`, LIVE_SUBPROTOCOL);
    const link = new AbortController();
    const stop = (): void => socket.close();
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    return new Promise((resolve) => {
      const end = (found: LinkEnd): void => {
        link.abort();
        this.#stop.signal.removeEventListener('abort', stop);
        socket.onmessage = null;
        resolve(found);
      };
      socket.onopen = () => {
        onOpen();
        void this.#lookAfter(link.signal).then((why) => {
          if (why === null) return;
          // It may take minutes until the machine gives the old one up.
          end({ session: null, why });
          socket.close();
        });
      };
      socket.onmessage = ({ data }: { data: unknown }) => this.#hear(JSON.parse(String(data)) as LiveMessage);
      // What follows is its close, which says more.
      socket.onerror = () => undefined;
      socket.onclose = ({ code, reason }: { code: number; reason: string }) => end(endOfSocket(code, reason));
    });
  }

  #hear(message: LiveMessage): void {
    const { clock, machine, tell } = this.#o;
    tell({ is: 'message', message });
    const latestMs = clock === 'virtual' ? latestIn(message) : 0;
    if (latestMs <= this.#toldMs) return;
    this.#toldMs = latestMs;
    const atMs = machine.nowMs();
    tell({ is: 'clock', serverMs: latestMs, askedMs: atMs, answeredMs: atMs });
  }

  /** Resolves with why there is no link any more, or with null once the signal aborts. */
  async #lookAfter(signal: AbortSignal): Promise<string | null> {
    const { clock, machine, tell } = this.#o;
    while (!signal.aborted) {
      const askedMs = machine.nowMs();
      try {
        const serverMs = await machine.serverTimeMs(AbortSignal.any([signal, AbortSignal.timeout(LOOK_WITHIN_MS)]));
        if (clock === 'wall') tell({ is: 'clock', serverMs, askedMs, answeredMs: machine.nowMs() });
      } catch {
        return signal.aborted ? null : 'the server does not answer';
      }
      await machine.pause(LOOK_EVERY_MS, signal);
    }
    return null;
  }
}

/** The latest instant of the district's clock that a message names; 0: it names none. */
function latestIn(message: LiveMessage): number {
  switch (message.type) {
    case 'alert':
      return message.atMs;
    case 'positions':
      return Math.max(0, ...message.positions.map(({ eventTimeMs }) => eventTimeMs));
    case 'units':
      return Math.max(0, ...message.units.map(({ lastHeardMs }) => lastHeardMs ?? 0));
    case 'snapshot':
      return Math.max(latestIn({ ...message, type: 'positions' }), latestIn({ ...message, type: 'units' }));
    default:
      return 0;
  }
}

interface LinkEnd {
  /** The session is over; null: a new link may help. */
  readonly session: ReturnType<typeof endOf>;
  readonly why: string;
}

function endOfSocket(code: number, reason: string): LinkEnd {
  const known = (Object.keys(LIVE_CLOSE_CODES) as LiveCloseReason[]).find(
    (name) => LIVE_CLOSE_CODES[name].code === code,
  );
  const meaning = known === undefined ? `${code} ${reason}`.trim() : LIVE_CLOSE_CODES[known].meaning;
  return { session: known === undefined ? null : endOf(known), why: meaning };
}
