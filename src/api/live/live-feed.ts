import type { LiveUpdate } from '../../hot/live-channel.js';
import type { LiveState } from '../../hot/replies.js';
import { messageOf } from '../../model/errors.js';
import { LOG_START, parseLogId } from '../../model/log-id.js';
import type { Logger } from '../../model/ports.js';
import type { Staleness, StaleReason } from '../../model/staleness.js';
import type { ApiDistrict } from '../deps.js';
import { CATCH_UP_PAGE, FEED_POLL_MS, LISTEN_WAIT_MS, STATE_EVERY_MS } from '../limits.js';
import { Turns } from '../turns.js';
import { inRounds } from './in-rounds.js';
import { type FedAlert, fedAlert, RecentAlerts } from './recent-alerts.js';
import type { StateUpdate } from './state-backlog.js';

/** First and last transition of the stream as it is. */
export interface Standing {
  readonly first: number;
  readonly last: number;
}

/** What a feed feeds. Calls come one after the other, alerts in the order of their transitions. */
export interface LiveSink {
  /** Keeps the change until it is served. */
  onState(update: StateUpdate): void;
  /** Sends the alerts, and the changes that it kept if it can, in one write. */
  serve(alerts: readonly FedAlert[]): void;
  /** Transitions after the last one are not there any more (trimmed, or another stream): begin anew. */
  onLost(standing: Standing): void;
  /** The state is not of now, for another reason than before; null: it is again. */
  onStale(stale: Staleness | null): void;
}

/**
 * One reader of a district's outputs for all its sockets. Alerts come from their stream, read on from the last transition
 * whenever the lossy channel says that there are more, and every FEED_POLL_MS in case that it was lost; state comes from the
 * channel, and is read whole after each gap in it. While the store is away nothing comes; then everything does.
 */
export class LiveFeed {
  /** Every transition up to this one was handed to the sinks of its time, this one perhaps not to all of them yet. */
  last = 0;
  /** Resolves once `last` is known and the channel listened to (or not in time); rejects when the store cannot be read. */
  readonly ready: Promise<void>;
  /** `ready` was rejected: the next socket needs another feed. */
  failed = false;
  readonly #district: ApiDistrict;
  readonly #logger: Logger;
  readonly #sinks = new Set<LiveSink>();
  readonly #turns = new Turns();
  readonly #recent = new RecentAlerts();
  readonly #poll: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #serving = false;
  /** Transitions may be there that were not read. */
  #readAgain = false;
  /** State changes that wait until the sinks are served: all get the same ones together, and can share what is said of them. */
  #updates: StateUpdate[] = [];
  /** When the sinks were served last, by the monotonic clock. */
  #servedMs = Number.NEGATIVE_INFINITY;
  /** Until the changes of state that wait are due. */
  #pause: NodeJS.Timeout | null = null;
  /** Updates that came while the whole state is being read; null when it is not. */
  #whileRefreshing: LiveUpdate[] | null = null;
  #refreshAgain = false;
  #closed = false;
  /** As the sinks were told. */
  #staleReason: StaleReason | null;

  constructor(district: ApiDistrict, logger: Logger) {
    this.#district = district;
    this.#logger = logger;
    this.#staleReason = this.stale?.reason ?? null;
    let settle = () => {};
    let settled = false;
    const listening = new Promise<void>((resolve) => {
      settle = () => {
        settled = true;
        resolve();
      };
    });
    this.#unsubscribe = district.subscribeLive({
      onUpdate: (update) => this.#onUpdate(update),
      onGap: () => {
        // Before the first socket has read the state there is none that could have missed a change.
        if (settled) void this.#refresh();
        else settle();
        this.#readOn();
      },
      onError: (error) =>
        logger.warn({ district: district.id, error }, 'the live channel cannot be read; trying again'),
    });
    const impatience = setTimeout(settle, LISTEN_WAIT_MS);
    this.ready = Promise.all([listening, district.watch.readCursor()]).then(([, cursor]) => {
      this.last = cursor?.lastAlert ?? 0;
      this.#recent.beginAfter(this.last);
    });
    this.ready
      .catch(() => {
        this.failed = true;
      })
      .finally(() => clearTimeout(impatience));
    this.#poll = setInterval(() => {
      this.#readOn();
      this.#lookStale();
    }, FEED_POLL_MS);
  }

  /** Why what the sinks are shown is not of now. */
  get stale(): Staleness | null {
    return this.#district.staleness();
  }

  get isIdle(): boolean {
    return this.#sinks.size === 0;
  }

  /** The state as of now, or later. */
  readState(): Promise<LiveState> {
    return this.#district.watch.readLive();
  }

  /** What follows this transition up to `last`; null: some of that may not be in memory any more. */
  alertsSince(transition: number): readonly FedAlert[] | null {
    return transition > this.last ? null : this.#recent.since(transition);
  }

  /** A snapshot is large, and sockets that come back together would all write theirs at once. */
  takeTurn(): Promise<void> {
    return this.#turns.take();
  }

  attach(sink: LiveSink): void {
    this.#sinks.add(sink);
  }

  detach(sink: LiveSink): void {
    this.#sinks.delete(sink);
  }

  /** Sockets that end together each find it idle: the first one closes it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#poll);
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#unsubscribe();
  }

  /** An engine that catches up moves on each second: that is one message. */
  #lookStale(): void {
    const { stale } = this;
    const reason = stale?.reason ?? null;
    if (reason === this.#staleReason) return;
    this.#staleReason = reason;
    for (const sink of this.#sinks) sink.onStale(stale);
  }

  /** What a commit says of alerts and of state goes out together. */
  #onUpdate(update: LiveUpdate): void {
    if (update.lastAlert > this.last) this.#readAgain = true;
    if (this.#whileRefreshing !== null) this.#whileRefreshing.push(update);
    else if (isWhole(update)) this.#emitState(stateUpdateOf(update));
    else void this.#refresh();
    this.#serveAll();
  }

  /** Reads transitions until there are no more. */
  #readOn(): void {
    this.#readAgain = true;
    this.#serveAll();
  }

  #emitState(update: StateUpdate): void {
    this.#updates.push(update);
    this.#serveAll();
  }

  /** Serves the sinks as long as there is something for them; what comes meanwhile waits for the next round. */
  #serveAll(): void {
    if (!this.#serving) void this.#serveRounds();
  }

  async #serveRounds(): Promise<void> {
    this.#serving = true;
    while (!this.#closed && (this.#readAgain || this.#updates.length > 0)) {
      const alerts = this.#readAgain ? await this.#readPage() : [];
      if (alerts.length === 0 && (this.#readAgain || this.#updates.length === 0)) continue;
      if (alerts.length === 0 && !this.#isStateDue()) break;
      const updates = this.#updates;
      this.#updates = [];
      this.#servedMs = performance.now();
      await inRounds(this.#sinks, (sink) => {
        for (const update of updates) sink.onState(update);
        sink.serve(alerts);
      });
    }
    this.#serving = false;
  }

  /** Alerts do not wait, and take with them what waits of the state. False: it is served when it is due. */
  #isStateDue(): boolean {
    const waitMs = this.#servedMs + STATE_EVERY_MS - performance.now();
    if (waitMs <= 0) return true;
    this.#pause ??= setTimeout(() => {
      this.#pause = null;
      this.#serveAll();
    }, waitMs);
    return false;
  }

  /** The next transitions. Whoever goes live meanwhile has read them: `last` counts them from the beginning. */
  async #readPage(): Promise<readonly FedAlert[]> {
    this.#readAgain = false;
    try {
      await this.ready;
      const page = await this.#district.watch.readAlerts({ after: this.last, count: CATCH_UP_PAGE });
      if (page.kind === 'resync') {
        this.last = page.last;
        this.#recent.beginAfter(page.last);
        this.#readAgain = true;
        for (const sink of this.#sinks) sink.onLost(page);
        return [];
      }
      const alerts = page.versions.map((version) => fedAlert(version, this.#district));
      this.#recent.add(alerts);
      this.last = page.versions.at(-1)?.transition ?? this.last;
      if (alerts.length > 0 && this.last < page.last) this.#readAgain = true;
      return alerts;
    } catch (error) {
      this.#readAgain = false;
      this.#logger.warn(
        { district: this.#district.id, error: messageOf(error) },
        'the next alerts cannot be read; trying again',
      );
      return [];
    }
  }

  /** Hands out the whole state, then the updates that came meanwhile and are newer. */
  async #refresh(): Promise<void> {
    if (this.#whileRefreshing !== null) {
      this.#refreshAgain = true;
      return;
    }
    this.#whileRefreshing = [];
    try {
      const { cursor, positions, units, coverage, tasks } = await this.readState();
      this.#emitState({
        logId: cursor?.logId ?? LOG_START,
        complete: true,
        positions: Object.fromEntries(positions.map((record) => [record.unit, record])),
        units: Object.fromEntries(units.map((record) => [record.unit, record])),
        coverage: Object.fromEntries(coverage.map((record) => [record.place, record])),
        tasks: Object.fromEntries(tasks.map((record) => [record.taskId, record])),
      });
    } catch (error) {
      this.#refreshAgain = true;
      this.#logger.warn({ district: this.#district.id, error: messageOf(error) }, 'state cannot be read; trying again');
      await new Promise((resolve) => setTimeout(resolve, FEED_POLL_MS));
    }
    const meanwhile = this.#whileRefreshing;
    this.#whileRefreshing = null;
    const again = this.#refreshAgain || meanwhile.some((update) => !isWhole(update));
    this.#refreshAgain = false;
    for (const update of meanwhile) {
      if (isWhole(update)) this.#emitState(stateUpdateOf(update));
    }
    if (again && !this.#closed) await this.#refresh();
  }
}

function isWhole(update: LiveUpdate): boolean {
  return update.positions !== undefined;
}

function stateUpdateOf({ logId, positions = {}, units = {}, coverage = {}, tasks = {} }: LiveUpdate): StateUpdate {
  return { logId: parseLogId(logId), complete: false, positions, units, coverage, tasks };
}
