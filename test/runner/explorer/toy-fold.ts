import type { AlertVersion } from '../../../src/model/alert.js';
import type { Cursor, EntryOutputs, UnitRecord } from '../../../src/model/hot.js';
import { LOG_START, type LogId } from '../../../src/model/log-id.js';
import type { Fold, Folded } from '../../../src/runner/fold.js';
import type { LoggedEntry } from '../../../src/runner/ports.js';
import { alert, unit } from '../../support/hot-records.js';

/** An entry that no fold can take (P1). */
export const POISON = '!';
/** What a fold makes of an entry that it skips. */
const SKIPPED = '_';
/** Alerts by the place of the entry in the log: none, one and two in an entry, so that batches are cut between and inside them. */
const ALERTS = [0, 1, 2, 1, 1, 2];

/** The fold of the explorer: it remembers every entry, so that one entry too many, too few or of another history shows in each alert after it. */
export interface ToyState {
  /** Contents of the entries so far. */
  readonly text: string;
  readonly cursor: Cursor;
  /** Hash fields that changed since they were last taken; empty in every state that is shared. */
  readonly touched: Map<string, UnitRecord>;
}

export const toyFold: Fold<ToyState> = {
  version: 1,
  create: () => stateOf('', { logId: LOG_START, foldVersion: 1, lastAlert: 0, lastVisit: 0 }),
  restore: (dump) => stateOf(String(dump.state), dump.cursor),
  dump: ({ text, cursor }) => ({ foldVersion: 1, cursor, state: text, fixes: [] }),
  step: (state, entry) => fold(state, entry.id, contentOf(entry)),
  skip: (state, id) => fold(state, id, SKIPPED),
  cursorOf: ({ cursor }) => cursor,
  takeHot: ({ touched }) => {
    const units = new Map(touched);
    touched.clear();
    const none = new Map<string, never>();
    const hot = { positions: none, units, coverage: none, tasks: none, openAlerts: none, closedAlerts: none };
    return { hot, counters: { admitted: 0, duplicate: 0, flagged: 0, refused: 0, flags: {} } };
  },
  nowMs: () => 0,
};

function stateOf(text: string, cursor: Cursor): ToyState {
  return { text, cursor, touched: new Map() };
}

function fold(state: ToyState, id: LogId, content: string): Folded<ToyState> {
  if (content === POISON) throw new Error('poison');
  const text = state.text + content;
  const count = content === SKIPPED ? 0 : (ALERTS[id.ms - 1] ?? 0);
  const alerts: AlertVersion[] = [];
  for (let i = 1; i <= count; i += 1) {
    alerts.push(alert(state.cursor.lastAlert + i, { alertId: `${text}${i}` }));
  }
  const cursor = { ...state.cursor, logId: id, lastAlert: state.cursor.lastAlert + count };
  const touched = new Map(state.touched);
  const field = id.ms % 2 === 0 ? 'even' : 'odd';
  touched.set(field, { ...unit(field), places: [text] });
  const outputs: EntryOutputs = { logId: id, alerts, visits: [] };
  return { state: { text, cursor, touched }, outputs };
}

export function logId(ms: number): LogId {
  return { ms, seq: 0 };
}

export function entryOf(ms: number, content: string): LoggedEntry {
  return { id: logId(ms), kind: 'toy', payload: Buffer.from(content) };
}

export function contentOf({ payload }: LoggedEntry): string {
  return String.fromCharCode(...payload);
}

/** What must be committed once the log is folded to its end, or to the entry that no engine has recorded as poison yet. */
export interface Fulfilment {
  /** After 0, 1, 2 … entries. */
  readonly lastAlert: readonly number[];
  readonly alerts: readonly string[];
  readonly text: string;
  readonly hot: ReadonlyMap<string, string>;
}

const fulfilments = new Map<string, Fulfilment>();

export function fulfilmentOf(log: string, skipped: readonly number[]): Fulfilment {
  const key = `${log}|${skipped.join()}`;
  const known = fulfilments.get(key);
  if (known !== undefined) return known;
  let state = toyFold.create();
  const lastAlert = [0];
  const alerts: string[] = [];
  for (const [i, content] of log.split('').entries()) {
    const isSkipped = skipped.includes(i + 1);
    if (content === POISON && !isSkipped) break;
    const folded = isSkipped ? toyFold.skip(state, logId(i + 1)) : toyFold.step(state, entryOf(i + 1, content));
    state = folded.state;
    alerts.push(...folded.outputs.alerts.map(({ alertId }) => alertId));
    lastAlert.push(state.cursor.lastAlert);
  }
  const hot = new Map([...state.touched].map(([field, { places }]) => [field, places.join()]));
  const made = { lastAlert, alerts, text: state.text, hot };
  fulfilments.set(key, made);
  return made;
}
