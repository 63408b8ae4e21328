import { mayName } from '../codec/fixes-payload.js';
import { decodeLogEntry } from '../codec/log-codec.js';
import { type DecisionEntry, decideFixes, numbered } from '../engine/decisions.js';
import type { HotStore } from '../hot/hot-store.js';
import type { LogHistory } from '../log/log-history.js';
import type { LogRangeEnd } from '../log/log-range.js';
import type { RawEntry } from '../log/raw-entry.js';
import type { FixDecision } from '../model/decision.js';
import { BeatwatchError } from '../model/errors.js';
import type { FixSearch, FixSearchResult, MissingPart } from '../model/fix-search.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../model/limits.js';
import { formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisHandle } from '../redis/handle.js';
import { againWhenMoved } from '../log/again-when-moved.js';
import { type PastPlans, plansSince } from './past-plans.js';
import { readPlans } from './read-plans.js';
import { logLosses } from './record-check.js';
import { searchLimit } from './search-limit.js';

/** Copies of the unit's fixes that one search takes into memory. */
const MAX_COPIES = 100_000;
/** How much of the log before is read to prove what the first fixes were compared with; the next when one does not do. */
const LEADS_MS = [600_000, 7_200_000, 43_200_000];

export interface FixSearchesOptions {
  readonly district: string;
  readonly redis: RedisHandle;
  /** The log as it can be read over a connection of purpose `query`. */
  readonly openHistory: (connection: RedisConnection) => LogHistory;
  readonly hot: HotStore;
  readonly snapshotFolder: string;
  /** MAX_COPIES unless given. */
  readonly maxCopies?: number;
}

/** What the log and the engine's own code say of each copy of a unit's fixes. Nothing is kept from one search to the next. */
export class FixSearches {
  readonly #o: FixSearchesOptions;
  readonly #running = searchLimit('searches of fixes');

  constructor(options: FixSearchesOptions) {
    this.#o = options;
  }

  /**
   * Codes: `too-many-searches`; `search-too-large`, with details `limit`; those of the log and of hot state when these cannot
   * be read.
   */
  async read(search: FixSearch): Promise<FixSearchResult> {
    const giveBack = this.#running.take();
    const connection = this.#o.redis.connect('query');
    try {
      return await againWhenMoved(() => this.#search(this.#o.openHistory(connection), search));
    } finally {
      giveBack();
      connection.disconnect();
    }
  }

  async #search(history: LogHistory, search: FixSearch): Promise<FixSearchResult> {
    const { fromMs, loggedFromMs, loggedToMs } = search;
    const skipped = new Set((await this.#o.hot.readSkipped()).keys());
    const current = await this.#o.hot.readPlan();
    const part = new LogPart({ ...this.#o, history, unit: search.unit, skipped });
    // Only these log times hold copies that came in time, and what they are compared with; elsewhere all are late or ahead.
    const inTime = { fromMs: fromMs - CLOCK_AHEAD_MS, toMs: search.toMs + HORIZON_MS };
    const isLive = loggedFromMs < inTime.toMs && loggedToMs > inTime.fromMs;
    const readToMs = isLive ? Math.max(loggedToMs, inTime.toMs) : loggedToMs;
    for (const [i, leadMs] of (isLive ? LEADS_MS : [0]).entries()) {
      const readFromMs = isLive ? Math.max(0, Math.min(loggedFromMs, inTime.fromMs) - leadMs) : loggedFromMs;
      const past = await plansSince(Math.min(fromMs, readFromMs), {
        current,
        snapshotFolder: this.#o.snapshotFolder,
        readPlans: (from, to) => readPlans(history, from, to),
      });
      const end = await part.readFrom(readFromMs, readToMs, past.plans);
      const decisions = decideFixes({
        plans: part.plansBefore(past.plans),
        entries: part.entries,
        fromMs: end.isFromGenesis ? null : Math.max(readFromMs, end.goneBeforeMs ?? 0),
        nowMs: end.isAtEnd ? end.readToMs - 1 : end.readToMs,
        unit: search.unit,
      }).filter((decision) => isAskedFor(search, past, decision));
      const isLast = i === LEADS_MS.length - 1 || end.isFromGenesis || (end.goneBeforeMs ?? 0) > readFromMs;
      if (isLive && !isLast && decisions.some(({ finality }) => finality === 'unproven')) continue;
      return {
        decisions,
        loggedFromMs,
        loggedToMs: Math.max(loggedFromMs, Math.min(loggedToMs, end.readToMs)),
        missing: [...missingOf(search, past, end), ...(await this.#deletedIn(search))],
        skipped: part.skippedIn(loggedFromMs, loggedToMs),
      };
    }
    throw new Error('bug: no lead is the last');
  }

  /** Redis tells the newest entry that was deleted one by one, and how many were: of those before it nobody knows when. */
  async #deletedIn({ loggedFromMs, loggedToMs }: FixSearch): Promise<MissingPart[]> {
    const { log } = await this.#o.hot.readRecordFacts();
    if (logLosses(log).length === 0 || log.deletedUpTo === null) return [];
    const { ms } = parseLogId(log.deletedUpTo);
    return ms < loggedFromMs || ms >= loggedToMs ? [] : [{ what: 'log', fromMs: ms, toMs: ms + 1 }];
  }
}

function isAskedFor({ fromMs, toMs, loggedFromMs, loggedToMs }: FixSearch, past: PastPlans, one: FixDecision): boolean {
  const { atMs, loggedAtMs } = one;
  return atMs >= Math.max(fromMs, past.fromMs) && atMs < toMs && loggedAtMs >= loggedFromMs && loggedAtMs < loggedToMs;
}

function missingOf(
  { fromMs, toMs, loggedFromMs, loggedToMs }: FixSearch,
  past: PastPlans,
  end: LogRangeEnd,
): MissingPart[] {
  const missing: MissingPart[] = [];
  const goneBeforeMs = Math.min(loggedToMs, end.goneBeforeMs ?? 0);
  if (goneBeforeMs > loggedFromMs) missing.push({ what: 'log', fromMs: loggedFromMs, toMs: goneBeforeMs });
  if (past.fromMs > fromMs) missing.push({ what: 'plan', fromMs, toMs: Math.min(toMs, past.fromMs) });
  return missing;
}

interface LogPartOptions extends Pick<FixSearchesOptions, 'maxCopies'> {
  readonly history: LogHistory;
  readonly unit: string;
  /** Entries that the engine passed over. */
  readonly skipped: ReadonlySet<string>;
}

/** The part of the log that one search has read: plans, and entries that may hold fixes of the unit's trackers. */
class LogPart {
  readonly #o: LogPartOptions;
  readonly #passedOver: LogId[] = [];
  readonly #trackers = new Set<string>();
  #entries: DecisionEntry[] = [];
  #copies = 0;
  #end: LogRangeEnd | null = null;
  #fromMs = 0;

  constructor(options: LogPartOptions) {
    this.#o = options;
  }

  get entries(): readonly DecisionEntry[] {
    return this.#entries;
  }

  /** Reads what is not read yet: all the first time, what lies before it the next. */
  async readFrom(fromMs: number, toMs: number, plans: readonly CompiledPlan[]): Promise<LogRangeEnd> {
    for (const plan of plans) this.#note(plan);
    const before = this.#end;
    const later = this.#entries;
    this.#entries = [];
    const end = await this.#o.history.read({
      fromMs,
      toMs: before === null ? toMs : this.#fromMs,
      visit: (entries) => {
        for (const entry of entries) this.#take(entry);
      },
    });
    this.#entries = [...this.#entries, ...later];
    this.#fromMs = fromMs;
    this.#end = before === null ? end : { ...end, readToMs: before.readToMs, isAtEnd: before.isAtEnd };
    return this.#end;
  }

  /** The plans that were logged before the part that was read. `plans` are versions without a hole. */
  plansBefore(plans: readonly CompiledPlan[]): readonly CompiledPlan[] {
    const first = this.#entries.find((entry) => entry.kind === 'plan')?.plan;
    if (first === undefined) return plans;
    const before = plans.filter(({ version }) => version < first.version);
    return before.length === 0 && first.version > 1 ? plans : before;
  }

  skippedIn(fromMs: number, toMs: number): readonly LogId[] {
    return this.#passedOver.filter(({ ms }) => ms >= fromMs && ms < toMs);
  }

  #take({ id, kind, payload, atMs }: RawEntry): void {
    const at = atMs === undefined ? { id } : { id, atMs };
    if (kind === 'resume') this.#entries.push({ ...at, kind });
    if (kind !== 'plan' && (kind !== 'fixes' || ![...this.#trackers].some((tracker) => mayName(payload, tracker))))
      return;
    if (this.#o.skipped.has(formatLogId(id))) {
      this.#passedOver.push(id);
      return;
    }
    const entry = decodeLogEntry(kind, payload);
    if (entry.kind === 'plan') {
      this.#note(entry.plan);
      this.#entries.push({ ...at, kind: 'plan', plan: entry.plan });
    }
    if (entry.kind !== 'fixes') return;
    const batches = numbered(entry).filter(({ tracker }) => this.#trackers.has(tracker));
    for (const { fixes, rejected } of batches) this.#count(fixes.length + rejected.length);
    this.#entries.push({ ...at, kind: 'fixes', batches });
  }

  #note(plan: CompiledPlan): void {
    for (const { id, tracker } of plan.units) if (id === this.#o.unit) this.#trackers.add(tracker);
  }

  #count(copies: number): void {
    this.#copies += copies;
    const { unit, maxCopies: limit = MAX_COPIES } = this.#o;
    if (this.#copies <= limit) return;
    throw new BeatwatchError(
      'search-too-large',
      `got more than ${limit} copies of fixes of ${unit} in this period, expected at most that: ask for a shorter period`,
      { limit },
    );
  }
}
