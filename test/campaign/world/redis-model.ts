import type { AlertVersion } from '../../../src/model/alert.js';
import type { Commit, Cursor, EntryOutputs, SnapshotPointer } from '../../../src/model/hot.js';
import { compareLogIds, LOG_START, type LogId } from '../../../src/model/log-id.js';
import type { CompiledPlan } from '../../../src/model/plan.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import { digestOf, logTimeOf, type RawEntry } from '../../../src/log/raw-entry.js';
import { sameCursor } from '../../../src/runner/cursor-steps.js';
import type { ModelBreak } from '../breaks/model-breaks.js';

/** What Redis holds of the district. Entries that were trimmed stay in `history`, for the checks; readers see those from `floor` on. */
export interface Contents {
  readonly history: readonly RawEntry[];
  readonly floor: number;
  readonly cursor: Cursor | null;
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
  /** By hash and field. */
  readonly hashes: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly pointer: SnapshotPointer | null;
  readonly skipped: ReadonlyMap<string, unknown>;
  readonly plan: CompiledPlan | null;
  readonly committing: string;
}

export type StreamWrite =
  | { readonly to: 'alerts'; readonly version: AlertVersion }
  | { readonly to: 'visits'; readonly version: VisitVersion };
export type HashWrite = { readonly to: string; readonly field: string; readonly value: unknown };

/** One script call of a commit (C5). */
export interface CommitCall {
  readonly commit: Commit;
  readonly streams: readonly StreamWrite[];
  readonly hashes: readonly HashWrite[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The commit's own name; '' when it has one call. */
  readonly mark: string;
  readonly run: number;
}

export type CommitAnswer =
  | { readonly state: 'written' }
  | { readonly state: 'cursor'; readonly found: Cursor | null }
  | { readonly state: 'run' }
  | { readonly state: 'mixed' }
  | { readonly state: 'stream'; readonly detail: string };

/**
 * One Redis with one district in it: the scripts of src/log and src/hot as plain functions, each all or nothing. With a
 * protection left out where `broken` says so.
 */
export class RedisModel {
  /** Redis's run_id. */
  run = 1;
  up = true;
  /** At maxmemory: scripts without allow-oom are refused (R1). */
  full = false;
  history: RawEntry[] = [];
  floor = 0;
  cursor: Cursor | null = null;
  alerts: AlertVersion[] = [];
  visits: VisitVersion[] = [];
  hashes = new Map<string, Map<string, unknown>>();
  pointer: SnapshotPointer | null = null;
  skipped = new Map<string, unknown>();
  plan: CompiledPlan | null = null;
  /** How often a commit moved the cursor back. */
  setBacks = 0;
  /** How often a pointer replaced a newer one, or was ahead of the cursor. */
  oddPointers = 0;
  /** How often the log was trimmed beyond what the snapshot or the archive needs. */
  oddTrims = 0;
  /** How far an entry was ahead of Redis's time, and how many were refused for it. */
  mostAheadMs = 0;
  refusedAhead = 0;
  #committing = '';
  readonly #broken: ModelBreak | null;

  constructor(broken: ModelBreak | null) {
    this.#broken = broken;
  }

  get lastId(): LogId {
    return this.history.at(-1)?.id ?? LOG_START;
  }

  /** Log time of the last entry. */
  get lastMs(): number {
    const last = this.history.at(-1);
    return last === undefined ? 0 : logTimeOf(last);
  }

  copy(): Contents {
    const hashes = new Map([...this.hashes].map(([hash, fields]) => [hash, new Map(fields)]));
    return {
      history: [...this.history],
      floor: this.floor,
      cursor: this.cursor,
      alerts: [...this.alerts],
      visits: [...this.visits],
      hashes,
      pointer: this.pointer,
      skipped: new Map(this.skipped),
      plan: this.plan,
      committing: this.#committing,
    };
  }

  /** A replica that holds `contents` is the master from now on. */
  become({ history, floor, cursor, alerts, visits, hashes, pointer, skipped, plan, committing }: Contents): void {
    this.run += 1;
    this.history = [...history];
    this.floor = floor;
    this.cursor = cursor;
    this.alerts = [...alerts];
    this.visits = [...visits];
    this.hashes = new Map([...hashes].map(([hash, fields]) => [hash, new Map(fields)]));
    this.pointer = pointer;
    this.skipped = new Map(skipped);
    this.plan = plan;
    this.#committing = committing;
  }

  /** T2: the id's milliseconds are max(last, now); after a `resume`, until the clock has come up to them, the entry tells its time. */
  append(nowMs: number, kind: string, payload: Uint8Array): RawEntry {
    const last = this.lastId;
    const isTold = this.history.at(-1)?.atMs !== undefined && this.#broken !== 'resumed-time';
    if (nowMs > last.ms) return this.#push({ id: { ms: nowMs, seq: 0 }, kind, payload });
    const id = { ms: last.ms, seq: last.seq + 1 };
    return this.#push({ id, kind, payload, ...(isTold ? { atMs: Math.max(nowMs, this.lastMs) } : {}) });
  }

  /** T2, O1: an entry with which log time goes back, if the log still ends there; else where it ends, null without a log. */
  resume(skippedToMs: number, atMs: number, payload: Uint8Array): RawEntry | { readonly movedTo: number | null } {
    if (this.history.length === 0) return { movedTo: null };
    if (this.lastMs !== skippedToMs) return { movedTo: this.lastMs };
    const { ms, seq } = this.lastId;
    return this.#push({ id: { ms, seq: seq + 1 }, kind: 'resume', payload, atMs });
  }

  #push(entry: RawEntry): RawEntry {
    this.history.push(entry);
    return entry;
  }

  /** The entries after one that must stand there with that digest (L1), or why not. */
  read(
    after: LogId,
    digest: string,
    count: number,
  ):
    | { readonly state: 'ok'; readonly digest: string; readonly entries: readonly RawEntry[] }
    | { readonly state: 'rewritten'; readonly digest: string }
    | { readonly state: 'gone'; readonly first: LogId | null; readonly last: LogId | null } {
    const from = this.#indexAfter(after);
    let found = '';
    if (compareLogIds(after, LOG_START) !== 0) {
      const anchor = from > this.floor ? this.history[from - 1] : undefined;
      const stands = anchor !== undefined && compareLogIds(anchor.id, after) === 0;
      if (stands) found = digestOf(anchor);
      if (this.#broken !== 'anchored-reader') {
        if (!stands) return { state: 'gone', first: this.history[this.floor]?.id ?? null, last: this.lastId };
        if (digest !== '' && digest !== found) return { state: 'rewritten', digest: found };
      }
    }
    const start = Math.max(from, this.floor);
    return { state: 'ok', digest: found, entries: this.history.slice(start, start + count) };
  }

  commit(call: CommitCall): CommitAnswer {
    const { commit, streams, hashes, isFirst, isLast, mark } = call;
    const broken = this.#broken;
    if (call.run !== this.run && broken !== 'one-history') return { state: 'run' };
    const found = this.cursor;
    if (!this.#isExpected(commit.expected, isFirst)) return { state: 'cursor', found };
    if (!isFirst && this.#committing !== mark) return { state: 'mixed' };
    for (const to of ['alerts', 'visits'] as const) {
      const last = lastNumber(this[to]);
      const expectedLast = (to === 'alerts' ? commit.expected?.lastAlert : commit.expected?.lastVisit) ?? 0;
      const first = streams.find((write) => write.to === to)?.version.transition ?? expectedLast + 1;
      const detail = `${to} end at ${last}, the commit goes on with ${first} after ${expectedLast}`;
      if (last < first - 1 && broken !== 'cursor-last') return { state: 'stream', detail };
    }
    const before = { alerts: lastNumber(this.alerts), visits: lastNumber(this.visits) };
    for (const write of streams) {
      const isKnown = write.version.transition <= before[write.to];
      if (isKnown && broken !== 'known-ids') continue;
      if (write.to === 'alerts') this.alerts.push(write.version);
      else this.visits.push(write.version);
    }
    for (const { to, field, value } of hashes) this.#write(to, field, value);
    this.#committing = isLast ? '' : mark;
    if (isLast || (isFirst && broken === 'cursor-last')) this.#moveCursor(commit.target);
    return { state: 'written' };
  }

  storePointer(
    pointer: SnapshotPointer,
    archivedUpTo: LogId | null,
    run: number,
  ): { readonly stored: boolean; readonly trimmed: number } | 'run' {
    const broken = this.#broken;
    if (run !== this.run && broken !== 'pointer-behind-cursor') return 'run';
    const at = pointer.cursor.logId;
    const isNewer = this.pointer === null || compareLogIds(this.pointer.cursor.logId, at) < 0;
    const isBehind = this.cursor !== null && compareLogIds(at, this.cursor.logId) <= 0;
    const stored = (isNewer || broken === 'newer-pointer') && (isBehind || broken === 'pointer-behind-cursor');
    if (stored && !(isNewer && isBehind)) this.oddPointers += 1;
    if (stored) this.pointer = pointer;
    if (archivedUpTo === null || this.pointer === null) return { stored, trimmed: 0 };
    const snapshot = this.pointer.cursor.logId;
    const earlier = compareLogIds(archivedUpTo, snapshot) < 0 ? archivedUpTo : snapshot;
    const to = broken === 'trim-to-snapshot' ? archivedUpTo : broken === 'trim-to-archive' ? snapshot : earlier;
    if (compareLogIds(to, earlier) > 0) this.oddTrims += 1;
    return { stored, trimmed: this.#trim(to) };
  }

  writePlan(plan: CompiledPlan, expected: Cursor | null): boolean {
    if (!sameCursor(this.cursor, expected)) return false;
    this.plan = plan;
    return true;
  }

  /** Alerts after a transition; null: some of them are not there (Q2). */
  alertsAfter(after: number, count: number): readonly AlertVersion[] | null {
    const first = this.alerts[0]?.transition ?? 1;
    if (after + 1 < first || after > lastNumber(this.alerts)) return null;
    return this.alerts.filter(({ transition }) => transition > after).slice(0, count);
  }

  #moveCursor(to: Cursor): void {
    if (this.cursor !== null && compareLogIds(to.logId, this.cursor.logId) < 0) this.setBacks += 1;
    this.cursor = to;
  }

  #isExpected(expected: Cursor | null, isFirst: boolean): boolean {
    switch (this.#broken) {
      case 'compare-and-set':
        return true;
      case 'one-history':
        return expected === null
          ? this.cursor === null
          : this.cursor !== null && compareLogIds(this.cursor.logId, expected.logId) === 0;
      case 'cursor-last':
        return !isFirst || sameCursor(this.cursor, expected);
      default:
        return sameCursor(this.cursor, expected);
    }
  }

  #write(hash: string, field: string, value: unknown): void {
    const fields = this.hashes.get(hash) ?? new Map<string, unknown>();
    this.hashes.set(hash, fields);
    if (value === null) fields.delete(field);
    else fields.set(field, value);
  }

  /** Keeps the entry at the floor; where it does not stand, nothing goes. */
  #trim(to: LogId): number {
    const index = this.#indexAfter(to) - 1;
    const stands = index >= this.floor && compareLogIds((this.history[index] as RawEntry).id, to) === 0;
    if (!stands) return 0;
    const trimmed = index - this.floor;
    this.floor = index;
    return trimmed;
  }

  #indexAfter(id: LogId): number {
    let low = 0;
    let high = this.history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareLogIds((this.history[middle] as RawEntry).id, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** C3, C5: streams first, then hashes, so many writes a call; at least one call. */
export function callsOf(commit: Commit, writesPerCall: number, mark: string, run: number): CommitCall[] {
  const streams = streamWrites(commit.outputs);
  const hashes = hashWrites(commit);
  const calls: CommitCall[] = [];
  const total = streams.length + hashes.length;
  for (let from = 0; from === 0 || from < total; from += writesPerCall) {
    const to = from + writesPerCall;
    calls.push({
      commit,
      streams: streams.slice(from, to),
      hashes: hashes.slice(Math.max(0, from - streams.length), Math.max(0, to - streams.length)),
      isFirst: from === 0,
      isLast: to >= total,
      mark: total > writesPerCall ? mark : '',
      run,
    });
  }
  return calls;
}

function streamWrites(outputs: readonly EntryOutputs[]): StreamWrite[] {
  const alerts = outputs.flatMap((output) => output.alerts);
  const visits = outputs.flatMap((output) => output.visits);
  return [
    ...alerts.map((version) => ({ to: 'alerts', version }) as const),
    ...visits.map((version) => ({ to: 'visits', version }) as const),
  ];
}

/** The fields of each hash; an alert that is open again leaves the closed ones. */
export function hashWrites({ hot, counters }: Pick<Commit, 'hot' | 'counters'>): HashWrite[] {
  const writes: HashWrite[] = [];
  for (const [to, fields] of Object.entries(hot))
    for (const [field, value] of fields as ReadonlyMap<string, unknown>) writes.push({ to, field, value });
  for (const [id, version] of hot.openAlerts)
    if (version !== null && !hot.closedAlerts.has(id)) writes.push({ to: 'closedAlerts', field: id, value: null });
  writes.push({ to: 'counters', field: 'all', value: counters });
  return writes;
}

function lastNumber(stream: readonly { readonly transition: number }[]): number {
  return stream.at(-1)?.transition ?? 0;
}
