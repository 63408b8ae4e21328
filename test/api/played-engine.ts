import { planRecord } from '../../src/model/plan-record.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { HotStore } from '../../src/hot/hot-store.js';
import type { DistrictLog } from '../../src/log/district-log.js';
import { logKey, rawEntryOf } from '../../src/log/raw-entry.js';
import type { ActionKind, AlertChange, AlertVersion } from '../../src/model/alert.js';
import type { CoverageRecord, Cursor, PositionRecord, TaskRecord, UnitRecord } from '../../src/model/hot.js';
import type { ActionEntry, LogEntry, StatementEntry, TaskEntry } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';
import type { VisitVersion } from '../../src/model/visit.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { T0_MS, unitOf } from './records.js';

/** What a test says of an alert; numbers and links are the engine's. */
export type AlertWish = Partial<Omit<AlertVersion, 'transition' | 'previous' | 'version' | 'logId'>> & {
  readonly alertId: string;
};
export type VisitWish = Partial<Omit<VisitVersion, 'transition' | 'previous' | 'version' | 'logId'>> & {
  readonly visitId: string;
};

export interface Wishes {
  readonly alerts?: readonly AlertWish[];
  readonly visits?: readonly VisitWish[];
  readonly positions?: ReadonlyMap<string, PositionRecord | null>;
  readonly units?: ReadonlyMap<string, UnitRecord | null>;
  readonly coverage?: ReadonlyMap<string, CoverageRecord | null>;
  readonly tasks?: ReadonlyMap<string, TaskRecord | null>;
}

interface PendingWishes {
  readonly wishes: Wishes;
  readonly done: () => void;
}

const DEEDS: Readonly<
  Record<ActionKind, (action: ActionEntry) => { readonly change: AlertChange; readonly facts: Partial<AlertVersion> }>
> = {
  acknowledge: () => ({ change: 'acknowledged', facts: { acknowledged: true } }),
  comment: () => ({ change: 'commented', facts: {} }),
  shelve: ({ untilMs }) => ({ change: 'shelved', facts: { shelvedUntilMs: untilMs } }),
  unshelve: () => ({ change: 'unshelved', facts: { shelvedUntilMs: null } }),
  resolve: () => ({ change: 'resolved', facts: { condition: 'cleared', acknowledged: true } }),
};

/**
 * Plays the engine: follows the district's log and commits what the test wishes, and answers actions as the real one does
 * (a stale or repeated action is a refusal that leaves the alert as it was).
 */
export class PlayedEngine {
  cursor: Cursor | null = null;
  #paused = false;
  #resting = false;
  /** Last version of each alert and visit. */
  readonly alerts = new Map<string, AlertVersion>();
  readonly visits = new Map<string, VisitVersion>();
  readonly #log: DistrictLog;
  readonly #hot: HotStore;
  readonly #query: RedisConnection;
  readonly #actionIds = new Set<string>();
  readonly #pending: PendingWishes[] = [];
  #stopped = false;
  readonly ended: Promise<void>;

  constructor(log: DistrictLog, hot: HotStore, query: RedisConnection) {
    this.#log = log;
    this.#hot = hot;
    this.#query = query;
    this.ended = this.#run();
  }

  /** Resolves when they are committed, with the next entry of the log. */
  async emit(wishes: Wishes): Promise<void> {
    const committed = new Promise<void>((resolve) => {
      this.#pending.push({ wishes, done: resolve });
    });
    await this.#log.tick({ force: true });
    await committed;
  }

  /** Resolves when it folds nothing any more. */
  async pause(): Promise<void> {
    this.#paused = true;
    while (!this.#resting) await sleep(1);
  }

  resume(): void {
    this.#paused = false;
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.ended;
  }

  async #run(): Promise<void> {
    await this.#hot.openCursor();
    while (!this.#stopped) {
      this.#resting = this.#paused;
      const after = this.cursor === null ? '-' : `(${this.cursor.logId.ms}-${this.cursor.logId.seq}`;
      const replies = this.#resting
        ? []
        : await this.#query.xrangeBuffer(logKey(this.#log.district), after, '+', 'COUNT', 64);
      for (const reply of replies) {
        const { id, kind, payload } = rawEntryOf(reply);
        await this.#fold(id, decodeLogEntry(kind as LogEntry['kind'], payload));
      }
      if (replies.length === 0) await sleep(2);
    }
  }

  async #fold(logId: LogId, entry: LogEntry): Promise<void> {
    const pending = entry.kind === 'tick' ? this.#pending.splice(0) : [];
    const numbers = { alert: this.cursor?.lastAlert ?? 0, visit: this.cursor?.lastVisit ?? 0 };
    const id = `${logId.ms}-${logId.seq}`;
    const alerts = pending.flatMap(({ wishes }) =>
      (wishes.alerts ?? []).map((wish) => {
        numbers.alert += 1;
        return this.#alertVersion(wish, numbers.alert, id);
      }),
    );
    const visits = pending.flatMap(({ wishes }) =>
      (wishes.visits ?? []).map((wish) => {
        numbers.visit += 1;
        return this.#visitVersion(wish, numbers.visit, id);
      }),
    );
    const states = alerts.map((alert) => alert);
    if (entry.kind === 'action') {
      const version = this.#act(entry, numbers.alert + 1, id);
      if (version !== null) {
        alerts.push(version.written);
        states.push(version.state);
      }
    }
    const merged = <Value>(pick: (wishes: Wishes) => ReadonlyMap<string, Value | null> | undefined) =>
      new Map(pending.flatMap(({ wishes }) => [...(pick(wishes) ?? [])]));
    const isOpen = ({ condition, acknowledged }: AlertVersion) =>
      condition === 'active' || (condition === 'cleared' && !acknowledged);
    const target: Cursor = {
      logId,
      foldVersion: 1,
      lastAlert: (this.cursor?.lastAlert ?? 0) + alerts.length,
      lastVisit: numbers.visit,
    };
    const found = await this.#hot.commit({
      expected: this.cursor,
      target,
      outputs: [{ logId, alerts, visits }],
      hot: {
        positions: merged((wishes) => wishes.positions),
        units: entry.kind === 'statement' ? this.#hear(entry, logId) : merged((wishes) => wishes.units),
        coverage: merged((wishes) => wishes.coverage),
        roster: new Map(),
        tasks: entry.kind === 'task' ? new Map([[entry.taskId, taskOf(entry)]]) : merged((wishes) => wishes.tasks),
        plans: new Map(entry.kind === 'plan' ? [[String(entry.plan.version), planRecord(entry.plan, logId.ms)]] : []),
        openAlerts: new Map(states.map((state) => [state.alertId, isOpen(state) ? state : null])),
        closedAlerts: new Map(states.filter((state) => !isOpen(state)).map((state) => [state.alertId, state])),
      },
      counters: { admitted: 0, duplicate: 0, flagged: 0, refused: 0, flags: {} },
    });
    if (JSON.stringify(found) !== JSON.stringify(this.cursor)) throw new Error('got another cursor than the own one');
    this.cursor = target;
    for (const { done } of pending) done();
  }

  /** The unit as it was told last, and what is said of it; an id that was used before changes nothing. */
  #hear({ kind: _, unit, ...said }: StatementEntry, logId: LogId): ReadonlyMap<string, UnitRecord> {
    if (this.#actionIds.has(said.statementId)) return new Map();
    this.#actionIds.add(said.statementId);
    const statement = { ...said, statedAtMs: logId.ms, endedMs: null, endedBy: null };
    return new Map([[unit, { ...unitOf(unit), statement }]]);
  }

  #alertVersion(wish: AlertWish, transition: number, logId: string): AlertVersion {
    const before = this.alerts.get(wish.alertId);
    const first = {
      rule: 'checkpoint-gap',
      ruleId: 'gap',
      subject: { kind: 'place', id: wish.place ?? 'square' },
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
      evidence: {},
      names: { places: { square: { kind: 'checkpoint', zh: '人民广场', en: "People's Square" } }, units: {} },
      mergedInto: null,
    } as const;
    const version: AlertVersion = {
      ...first,
      ...before,
      ...wish,
      version: (before?.version ?? 0) + 1,
      transition,
      previous: before?.transition ?? null,
      logId,
    };
    this.alerts.set(version.alertId, version);
    return version;
  }

  #visitVersion(wish: VisitWish, transition: number, logId: string): VisitVersion {
    const before = this.visits.get(wish.visitId);
    const version: VisitVersion = {
      kind: 'visit',
      place: 'square',
      unit: 'car-1',
      state: 'open',
      innerFromMs: T0_MS,
      innerToMs: null,
      outerFromMs: null,
      outerToMs: null,
      fromHole: false,
      toHole: false,
      atMs: T0_MS,
      mergedInto: null,
      ...before,
      ...wish,
      version: (before?.version ?? 0) + 1,
      transition,
      previous: before?.transition ?? null,
      logId,
    };
    this.visits.set(version.visitId, version);
    return version;
  }

  #act(action: ActionEntry, transition: number, logId: string): { written: AlertVersion; state: AlertVersion } | null {
    const alert = this.alerts.get(action.alertId);
    if (alert === undefined || this.#actionIds.has(`${action.alertId} ${action.actionId}`)) return null;
    this.#actionIds.add(`${action.alertId} ${action.actionId}`);
    const { actionId, actor, comment } = action;
    const evidence = { ...alert.evidence, actionId, actor, ...(comment === null ? {} : { comment }) };
    const common = { ...alert, transition, previous: alert.transition, cause: 'operator' as const, logId };
    const { change, facts } = DEEDS[action.action](action);
    const reason =
      action.alertVersion !== alert.version
        ? 'stale-version'
        : change === 'acknowledged' && alert.acknowledged
          ? 'already-acknowledged'
          : null;
    if (reason === null) {
      const state = { ...common, version: alert.version + 1, change, ...facts, evidence };
      this.alerts.set(alert.alertId, state);
      return { written: state, state };
    }
    const state = { ...alert, transition };
    this.alerts.set(alert.alertId, state);
    return { written: { ...common, change: 'refused', evidence: { ...evidence, reason } }, state };
  }
}

function taskOf({ kind: _kind, ...task }: TaskEntry): TaskRecord {
  return task;
}
