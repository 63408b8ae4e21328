import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { LiveState } from '../../hot/replies.js';
import { canonicalJson } from '../../model/canonical-json.js';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import { compareLogIds, LOG_START, type LogId } from '../../model/log-id.js';
import type { MissingNumbers } from '../../model/losses.js';
import type { Logger, Metrics } from '../../model/ports.js';
import type { Identity } from '../../model/roles.js';
import type { Staleness, StaleReason } from '../../model/staleness.js';
import { LIVE_CLOSE_CODES, type LiveCloseReason } from '../../protocol/live-close-codes.js';
import type { LiveMessage } from '../../protocol/live-socket.js';
import { recordAccess } from '../access-record.js';
import type { ApiDistrict } from '../deps.js';
import { answerOf } from '../errors.js';
import { CATCH_UP_PAGE, LIVE_CONTROLS_PER_MINUTE, LIVE_MESSAGES_PER_MINUTE } from '../limits.js';
import { readDistrict, readState } from '../read-state.js';
import type { LiveFeed, LiveSink, Standing } from './live-feed.js';
import { alertPasses, describeFilter, type LiveFilter, refuseUnknownFilter } from './live-filter.js';
import { parseSubscribe } from './live-query.js';
import { type Occasion, saidSnapshot } from './live-snapshot.js';
import { PerMinute } from './per-minute.js';
import { type FedAlert, fedAlert } from './recent-alerts.js';
import { WaitingState } from './said-state.js';
import type { StateUpdate } from './state-backlog.js';

export interface LiveSessionOptions {
  readonly socket: WebSocket;
  /** What the socket writes to. */
  readonly stream: Duplex;
  readonly district: ApiDistrict;
  readonly feed: LiveFeed;
  readonly identity: Identity;
  readonly purpose: string | null;
  readonly filter: LiveFilter;
  /** The last transition that the client has; null: it begins anew. */
  readonly after: number | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Above this many bytes unsent state changes wait and coalesce; above the other the socket is closed. */
  readonly coalesceBytes: number;
  readonly closeBytes: number;
}

/**
 * One supervisor's socket. It is either catching up, reading transitions from their stream at the pace at which the client takes
 * them, or live, handed them by the feed. In both it sends each transition above its place once, in order: `#sent` only grows,
 * and a transition that is not the next one sends it back to catching up.
 */
export class LiveSession implements LiveSink {
  readonly identity: Identity;
  /** Resolves when the socket is closed and its end is recorded. */
  readonly ended: Promise<void>;
  readonly #o: LiveSessionOptions;
  readonly #socket: WebSocket;
  readonly #labels: { readonly district: string };
  readonly #waiting = new WaitingState();
  #filter: LiveFilter;
  #phase: 'catching-up' | 'live' | 'closed' = 'catching-up';
  #wants: Occasion | null;
  /** The last transition that was sent or filtered out; null before the first snapshot. */
  #sent: number | null;
  /** What stands of the stream when transitions that the client needs do not; to be told before the next snapshot. */
  #lost: Standing | null = null;
  /** State up to this entry was sent; changes up to it are old. Null before the first snapshot. */
  #stateAsOf: LogId | null = null;
  /** Changes that came while the state is being read, before it is known which of them are in it; null when it is not. */
  #whileReading: StateUpdate[] | null = null;
  /** Why the client knows that the state is not of now; null: it is; undefined before the first snapshot. */
  #staleSent: StaleReason | null | undefined;
  #records = 0;
  readonly #messages = new PerMinute(LIVE_MESSAGES_PER_MINUTE);
  readonly #controls = new PerMinute(LIVE_CONTROLS_PER_MINUTE);
  #alive = true;
  #unsentAtPing = 0;

  constructor(o: LiveSessionOptions) {
    this.#o = o;
    this.#socket = o.socket;
    this.identity = o.identity;
    this.#labels = { district: o.district.id };
    this.#filter = o.filter;
    this.#sent = o.after;
    this.#wants = o.after === null ? 'begin' : 'resume';
    this.#socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    this.#socket.on('pong', () => {
      this.#alive = true;
      this.#withinControls();
    });
    this.#socket.on('ping', (data) => {
      if (this.#withinControls() && this.#socket.bufferedAmount <= o.coalesceBytes) this.#socket.pong(data);
    });
    // ws closes by itself with the code that fits: too large, broken frames.
    this.#socket.on('error', (error) =>
      o.logger.debug({ ...this.#labels, error: messageOf(error) }, 'live socket failed'),
    );
    this.ended = new Promise((resolve) => {
      this.#socket.once('close', () => resolve(this.#end()));
    });
    o.feed.attach(this);
    void this.#catchUp();
  }

  onState(update: StateUpdate): void {
    if (this.#whileReading !== null) {
      this.#whileReading.push(update);
      return;
    }
    if (this.#stateAsOf === null || compareLogIds(update.logId, this.#stateAsOf) <= 0) return;
    if (update.complete) this.#stateAsOf = update.logId;
    this.#waiting.add(update, this.#filter);
  }

  serve(alerts: readonly FedAlert[]): void {
    if (this.#phase !== 'live') return;
    this.#inOneWrite(() => {
      for (const alert of alerts) this.#serveAlert(alert);
      this.#flush();
    });
    if (this.#socket.bufferedAmount > this.#o.closeBytes) this.close('consumer-too-slow');
  }

  onLost(standing: Standing): void {
    this.#sent = null;
    this.#wants = 'resync';
    this.#lost = standing;
    this.#fallBack();
  }

  /** Tells the client whether the state is of now; before the first snapshot, that snapshot does. */
  onStale(stale: Staleness | null): void {
    if (this.#phase !== 'closed' && this.#staleSent !== undefined) this.#sendStale(stale);
  }

  /** Pings; cuts a client that has neither answered the last one nor taken anything since, unless it is to be spared. */
  heartbeat(spared: boolean): void {
    const unsent = this.#socket.bufferedAmount;
    if (!spared && !this.#alive && unsent >= this.#unsentAtPing) return this.#socket.terminate();
    this.#alive = false;
    this.#unsentAtPing = unsent;
    this.#socket.ping();
  }

  close(reason: LiveCloseReason): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#o.feed.detach(this);
    const { code } = LIVE_CLOSE_CODES[reason];
    this.#o.metrics.count('beatwatch_live_closed_total', 1, { ...this.#labels, code: String(code) });
    this.#socket.close(code, reason);
  }

  /** Without a handshake. */
  cut(): void {
    this.#socket.terminate();
  }

  #serveAlert(alert: FedAlert): void {
    if (this.#phase !== 'live' || this.#sent === null || alert.version.transition <= this.#sent) return;
    if (alert.version.transition === this.#sent + 1) this.#sendAlert(alert);
    else this.#fallBack();
  }

  /** State changes go out while the client keeps up; else they wait for what is unsent. */
  #flush(): void {
    if (this.#phase !== 'live' || this.#waiting.isEmpty) return;
    if (this.#socket.bufferedAmount > this.#o.coalesceBytes) return;
    this.#inOneWrite(() => {
      for (const { type, text, records, skipped } of this.#waiting.take()) {
        if (skipped > 0) this.#o.metrics.count('beatwatch_live_skipped_total', skipped, this.#labels);
        this.#records += records;
        this.#send(text, type);
      }
    });
  }

  #fallBack(): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'catching-up';
    void this.#catchUp();
  }

  /** Until nothing is wanted and the next transition is the feed's; one at a time, for only a live session begins it again. */
  async #catchUp(): Promise<void> {
    try {
      await this.#o.feed.ready;
      while (this.#phase === 'catching-up') {
        if (this.#wants !== null) await this.#sendState(this.#wants);
        else if (this.#sent !== null && this.#sent >= this.#o.feed.last) this.#phase = 'live';
        else await this.#sendTransitions(Number.POSITIVE_INFINITY);
      }
      this.#flush();
    } catch (error) {
      this.#o.logger.warn({ ...this.#labels, error: messageOf(error) }, 'a live socket failed, and is closed');
      this.close(codeOf(error) === 'access-log-unavailable' ? 'access-log-unavailable' : 'state-unavailable');
    }
  }

  /** Reads the state, records the read, brings the client up to it, and sends it. */
  async #sendState(occasion: Occasion): Promise<void> {
    this.#wants = null;
    const filter = this.#filter;
    const state = await this.#readState();
    // One that has gone meanwhile is shown nothing.
    if (this.#phase !== 'catching-up') return;
    const snapshot = saidSnapshot(state, filter, occasion, this.#o.district);
    const missed = this.#sent === null ? 0 : Math.max(0, state.lastAlert - this.#sent);
    await this.#record(occasion, missed + snapshot.records);
    await this.#o.feed.takeTurn();
    if (this.#sent !== null && !(await this.#sendTransitions(state.lastAlert))) return;
    const lost = this.#lost;
    if (lost !== null) {
      this.#lost = null;
      const { first, last } = lost;
      await this.#sendAll([JSON.stringify({ type: 'resync', first, last } satisfies LiveMessage)], 'resync');
    }
    if (this.#phase !== 'catching-up' || this.#lost !== null) return;
    const place = Math.max(this.#sent ?? 0, state.lastAlert);
    // Go on where the stream stands, even if the cursor is beside it: else the same transitions would be missed again at once.
    this.#sent = lost === null ? place : Math.min(Math.max(place, lost.first - 1), lost.last);
    this.#records += snapshot.records;
    await this.#sendAll([snapshot.text], 'snapshot');
    this.#sendStale(this.#o.feed.stale);
  }

  /** Changes that are newer than the state wait from here on. */
  async #readState(): Promise<LiveState> {
    this.#waiting.clear();
    const meanwhile: StateUpdate[] = [];
    this.#whileReading = meanwhile;
    const state = await readDistrict(this.#o.district, () => this.#o.feed.readState());
    this.#whileReading = null;
    this.#stateAsOf = state.cursor?.logId ?? LOG_START;
    for (const update of meanwhile) this.onState(update);
    return state;
  }

  /**
   * Sends the transitions up to this one that the stream has; looks at least once, which tells whether the client's place is in
   * the stream at all. False: it is not, and the state is wanted.
   */
  async #sendTransitions(upTo: number): Promise<boolean> {
    for (;;) {
      const after = this.#sent;
      if (after === null || this.#phase !== 'catching-up') return false;
      const page = await this.#alertsAfter(after, upTo);
      if (page === null) return false;
      const due = page.alerts.filter(({ version }) => version.transition <= upTo);
      const passing = due.filter(({ version }) => alertPasses(this.#filter, version));
      this.#records += passing.length;
      for (const [i, { version }] of due.entries()) {
        const from = (due[i - 1]?.version.transition ?? after) + 1;
        if (version.transition > from) await this.#sendMissing({ from, to: version.transition - 1 });
      }
      await this.#sendAll(
        passing.map(({ text }) => text),
        'alert',
      );
      // The feed may have told meanwhile that the stream is another one.
      if (this.#sent !== after) return false;
      this.#sent = due.at(-1)?.version.transition ?? after;
      if (this.#sent >= Math.min(upTo, page.last)) return true;
    }
  }

  /** The next alerts and the last transition that is known; from the feed when it has them all. Null: the place is lost. */
  async #alertsAfter(
    after: number,
    upTo: number,
  ): Promise<{ readonly alerts: readonly FedAlert[]; readonly last: number } | null> {
    const { feed, district } = this.#o;
    const isTold = upTo <= feed.last || upTo === Number.POSITIVE_INFINITY;
    const recent = isTold ? feed.alertsSince(after) : null;
    if (recent !== null) return { alerts: recent, last: feed.last };
    const page = await readState(district, (hot) => hot.readAlerts({ after, count: CATCH_UP_PAGE }));
    if (page.kind === 'page')
      return { alerts: page.versions.map((version) => fedAlert(version, district)), last: page.last };
    this.onLost(page);
    return null;
  }

  #sendAlert({ version, text }: FedAlert): void {
    this.#sent = version.transition;
    if (!alertPasses(this.#filter, version)) return;
    this.#records += 1;
    this.#send(text, 'alert');
  }

  async #sendMissing(numbers: MissingNumbers): Promise<void> {
    await this.#sendAll([JSON.stringify({ type: 'missing', ...numbers } satisfies LiveMessage)], 'missing');
  }

  #sendStale(stale: Staleness | null): void {
    const reason = stale?.reason ?? null;
    const known = this.#staleSent ?? null;
    this.#staleSent = reason;
    if (reason !== known) this.#send(JSON.stringify({ type: 'stale', stale } satisfies LiveMessage), 'stale');
  }

  #send(text: string | Buffer, type: LiveMessage['type']): void {
    this.#o.metrics.count('beatwatch_live_messages_total', 1, { ...this.#labels, type });
    this.#socket.send(text, { binary: false }, () => this.#flush());
  }

  /** Resolves when the client (its kernel, and ours) has taken them all, or the socket is gone. */
  async #sendAll(texts: readonly (string | Buffer)[], type: LiveMessage['type']): Promise<void> {
    const taken: Promise<void>[] = [];
    this.#inOneWrite(() => {
      for (const text of texts) {
        this.#o.metrics.count('beatwatch_live_messages_total', 1, { ...this.#labels, type });
        taken.push(new Promise((resolve) => this.#socket.send(text, { binary: false }, () => resolve())));
      }
    });
    await Promise.all(taken);
  }

  /** A write to the kernel costs more than most messages: what `send` sends leaves in one. */
  #inOneWrite(send: () => void): void {
    this.#o.stream.cork();
    send();
    this.#o.stream.uncork();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#phase === 'closed') return;
    if (isBinary || !Buffer.isBuffer(data))
      return this.#refuse('message-unsupported', 'message-unsupported', 'got a binary message, expected JSON text', {});
    if (!this.#messages.take(performance.now())) return this.close('too-many-messages');
    try {
      const filter = parseSubscribe(data.toString());
      refuseUnknownFilter(this.#o.district, filter);
      this.#filter = filter;
    } catch (error) {
      const { code, message, details } = answerOf(error, '');
      return this.#refuse('message-invalid', code, message, details);
    }
    this.#wants = 'subscribe';
    this.#fallBack();
  }

  #refuse(reason: LiveCloseReason, code: string, message: string, details: Readonly<Record<string, unknown>>): void {
    this.#send(JSON.stringify({ type: 'error', code, message, details } satisfies LiveMessage), 'error');
    this.close(reason);
  }

  #withinControls(): boolean {
    if (this.#phase === 'closed') return false;
    if (this.#controls.take(performance.now())) return true;
    this.close('too-many-messages');
    return false;
  }

  async #record(event: Occasion | 'end', records: number): Promise<void> {
    const after = event === 'resume' ? { after: this.#o.after } : {};
    const parameters = canonicalJson({ event, filter: describeFilter(this.#filter), ...after });
    await recordAccess(this.#o.district, this.identity, {
      purpose: this.#o.purpose,
      what: 'live',
      parameters,
      records,
    });
  }

  async #end(): Promise<void> {
    this.#phase = 'closed';
    this.#o.feed.detach(this);
    this.#waiting.clear();
    try {
      await this.#record('end', this.#records);
    } catch (error) {
      this.#o.logger.error(
        { ...this.#labels, actor: this.identity.subject, records: this.#records, error: messageOf(error) },
        'the end of a live read could not be recorded',
      );
    }
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof BeatwatchError ? error.code : null;
}
