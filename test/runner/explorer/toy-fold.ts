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
const ALERTS = [0, 1, 2, 1, 1, 2, 1, 1];

/** The fold of the explorer: it remembers every entry, so that one entry too many, too few or of another history shows in each alert after it. */
export interface ToyState {
  /** Contents of the entries so far. */
  readonly text: string;
  readonly cursor: Cursor;
  readonly toldBy: number;
  /** Hash fields that changed since they were last taken; empty in every state that is shared. */
  readonly touched: Map<string, UnitRecord>;
}

/** One object a version: engines are told apart by it. The logs of the explorer begin with version 1. */
export function toyFold(version: number): Fold<ToyState> {
  const known = folds.get(version);
  if (known !== undefined) return known;
  const fold: Fold<ToyState> = {
    version,
    create: () => {
      const cursor = { logId: LOG_START, foldVersion: version, lastAlert: 0, lastVisit: 0 };
      return { text: '', cursor, toldBy: 0, touched: new Map() };
    },
    restore: ({ state, cursor }) => {
      const [text = '', toldBy = ''] = String(state).split('/');
      return { text, cursor, toldBy: Number(toldBy), touched: new Map() };
    },
    dump: ({ text, cursor, toldBy }) => ({ foldVersion: version, cursor, state: `${text}/${toldBy}`, fixes: [] }),
    step: (state, entry) =>
      entry.kind === 'fold' ? handOver(state, entry, version) : fold1(state, entry.id, contentOf(entry), version),
    skip: (state, id) => fold1(state, id, SKIPPED, version),
    cursorOf: ({ cursor }) => cursor,
    takeHot: ({ touched }) => {
      const units = new Map(touched);
      touched.clear();
      const none = new Map<string, never>();
      const hot = {
        positions: none,
        units,
        coverage: none,
        roster: none,
        tasks: none,
        plans: none,
        openAlerts: none,
        closedAlerts: none,
      };
      return { hot, counters: { admitted: 0, duplicate: 0, flagged: 0, refused: 0, flags: {} } };
    },
    toldBy: ({ toldBy }) => toldBy,
    nowMs: () => 0,
  };
  folds.set(version, fold);
  return fold;
}

const folds = new Map<number, Fold<ToyState>>();

function fold1(state: ToyState, id: LogId, content: string, version: number): Folded<ToyState> {
  if (content === POISON) throw new Error('poison');
  const text = state.text + content;
  const count = content === SKIPPED ? 0 : (ALERTS[id.ms - 1] ?? 0);
  const alerts: AlertVersion[] = [];
  for (let i = 1; i <= count; i += 1) {
    alerts.push(alert(state.cursor.lastAlert + i, { alertId: `${text}${i}@${version}` }));
  }
  const cursor = { ...state.cursor, logId: id, lastAlert: state.cursor.lastAlert + count };
  const touched = new Map(state.touched);
  touch(touched, id.ms % 2 === 0 ? 'even' : 'odd', text);
  const outputs: EntryOutputs = { logId: id, alerts, visits: [] };
  return { state: { text, cursor, toldBy: Math.max(state.toldBy, 1), touched }, outputs };
}

/** V1: goes on where the streams end, tells again what the older fold left beyond its cursor, and one alert of its own. */
function handOver(state: ToyState, entry: LoggedEntry, version: number): Folded<ToyState> {
  const takeover = takeoverOf(contentOf(entry));
  const text = state.text + contentOf(entry);
  const toldBy = Math.max(state.toldBy, takeover.foldVersion);
  const isMine = takeover.foldVersion === version && state.toldBy < version;
  const own = alert(takeover.lastAlert + 1, { alertId: `${text}@${version}` });
  const alerts = isMine ? [...takeover.beyond, own] : [];
  const lastAlert = isMine ? own.transition : state.cursor.lastAlert;
  const touched = new Map(state.touched);
  if (isMine) for (const field of ['even', 'odd']) touch(touched, field, text);
  const cursor = { ...state.cursor, logId: entry.id, lastAlert };
  return { state: { text, cursor, toldBy, touched }, outputs: { logId: entry.id, alerts, visits: [] } };
}

function touch(touched: Map<string, UnitRecord>, field: string, text: string): void {
  touched.set(field, { ...unit(field), places: [text] });
}

export interface Takeover {
  readonly foldVersion: number;
  readonly lastAlert: number;
  readonly beyond: readonly AlertVersion[];
}

/** Takeovers are contents too: one character each. */
const takeovers: Takeover[] = [];
const FIRST_TAKEOVER = 0xe000;

export function contentOfTakeover(takeover: Takeover): string {
  const text = JSON.stringify(takeover);
  const known = takeovers.findIndex((one) => JSON.stringify(one) === text);
  const number = known < 0 ? takeovers.push(takeover) - 1 : known;
  return String.fromCharCode(FIRST_TAKEOVER + number);
}

function takeoverOf(content: string): Takeover {
  const takeover = takeovers[content.charCodeAt(0) - FIRST_TAKEOVER];
  if (takeover === undefined) throw new Error(`got ${JSON.stringify(content)}, expected a takeover`);
  return takeover;
}

export function isTakeover(content: string): boolean {
  return content.charCodeAt(0) >= FIRST_TAKEOVER;
}

/** Without takeovers, which the engines append themselves. */
export function plainEntries(log: string): number {
  return log.split('').filter((content) => !isTakeover(content)).length;
}

export function logId(ms: number): LogId {
  return { ms, seq: 0 };
}

export function entryOf(ms: number, content: string): LoggedEntry {
  return { id: logId(ms), kind: isTakeover(content) ? 'fold' : 'toy', payload: Buffer.from(content, 'utf16le') };
}

export function contentOf({ payload }: LoggedEntry): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf16le');
}

/** What must be committed once the log is folded to its end, or to the entry that no engine has recorded as poison yet. */
export interface Fulfilment {
  /** After 0, 1, 2 … entries. */
  readonly lastAlert: readonly number[];
  readonly alerts: readonly string[];
  /** What a snapshot at the end says. */
  readonly dump: string;
  readonly hot: ReadonlyMap<string, string>;
}

const fulfilments = new Map<string, Fulfilment>();

/** Each fold tells up to where the next one takes over. */
export function fulfilmentOf(log: string, skipped: readonly number[]): Fulfilment {
  const key = `${log}|${skipped.join()}`;
  const known = fulfilments.get(key);
  if (known !== undefined) return known;
  let told = fold(log, skipped, 1);
  for (const [i, content] of log.split('').entries()) {
    if (!isTakeover(content)) continue;
    const { foldVersion, lastAlert } = takeoverOf(content);
    if (foldVersion === told.version) continue;
    const next = fold(log, skipped, foldVersion);
    const handed = next.outputs[i]?.filter(({ transition }) => transition > lastAlert) ?? [];
    const after = next.outputs.slice(i + 1).flat();
    told = {
      ...next,
      alerts: [...told.alerts.slice(0, lastAlert), ...[...handed, ...after].map(({ alertId }) => alertId)],
      lastAlert: [...told.lastAlert.slice(0, i + 1), ...next.lastAlert.slice(i + 1)],
    };
  }
  fulfilments.set(key, told);
  return told;
}

interface Folding extends Fulfilment {
  readonly version: number;
  readonly outputs: readonly (readonly AlertVersion[])[];
}

function fold(log: string, skipped: readonly number[], version: number): Folding {
  const toy = toyFold(version);
  let state = toy.create();
  const lastAlert = [0];
  const outputs: (readonly AlertVersion[])[] = [];
  for (const [i, content] of log.split('').entries()) {
    const isSkipped = skipped.includes(i + 1);
    if (content === POISON && !isSkipped) break;
    const folded = isSkipped ? toy.skip(state, logId(i + 1)) : toy.step(state, entryOf(i + 1, content));
    state = folded.state;
    outputs.push(folded.outputs.alerts);
    lastAlert.push(state.cursor.lastAlert);
  }
  const hot = new Map([...state.touched].map(([field, { places }]) => [field, places.join()]));
  const alerts = outputs.flat().map(({ alertId }) => alertId);
  return { version, outputs, lastAlert, alerts, dump: String(toy.dump(state).state), hot };
}
