import { assert, BeatwatchError, messageOf, unreachable } from '../model/errors.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import { ACTION_KINDS, ANSWER_STAGES, TASK_KINDS } from '../model/log-entry.js';
import type {
  AccessAnswer,
  AccessEntry,
  AccessRead,
  ActionEntry,
  GenesisEntry,
  HeartbeatEntry,
  LogEntry,
  LogEntryKind,
  PlanEntry,
  ResumeEntry,
  StatementEntry,
  TaskEntry,
} from '../model/log-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import type { ClockKind } from '../model/ports.js';
import { isId, ROLES, type Role } from '../model/roles.js';
import { type ColumnFault, quoted } from './column-fault.js';
import { deflateJson, inflateJson } from './deflated-json.js';
import { decodeFold, encodeFold } from './fold-payload.js';
import { decodeNotice, encodeNotice } from './notice-payload.js';
import { cut, decodeFixes, encodeFixes } from './fixes-payload.js';
import { decodeRoster, encodeRoster } from './roster-payload.js';
import { decodeSettlement, encodeSettlement } from './settlement-payload.js';
import { wire } from './wire.js';

/** A plan's JSON is at most this long; deflated it must fit an entry. */
export const MAX_PLAN_JSON_BYTES = 16_777_216;

/**
 * The payload of a log entry (`proto/log.proto`). Equal entries have equal bytes within one build of zlib. Throws
 * `log-entry-too-large` above MAX_ENTRY_BYTES, or MAX_PLAN_JSON_BYTES of a plan: gather fixes by `batchBytesBound`, trackers by `heartbeatEntries`.
 */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  const payload = encodePayload(entry);
  if (payload.length > MAX_ENTRY_BYTES) {
    const message = `log entry ${entry.kind}: got ${payload.length} bytes, expected at most ${MAX_ENTRY_BYTES}`;
    throw new BeatwatchError('log-entry-too-large', message, { kind: entry.kind, bytes: payload.length });
  }
  return payload;
}

function encodePayload(entry: LogEntry): Uint8Array {
  switch (entry.kind) {
    case 'genesis':
      return wire.GenesisPayload.encode({ ...entry, foldVersion: uint32(entry.foldVersion) }).finish();
    case 'fixes':
      return encodeFixes(entry);
    case 'heartbeat':
      return wire.HeartbeatPayload.encode({ trackers: [...entry.trackers] }).finish();
    case 'plan':
      return encodePlan(entry);
    case 'action':
      return wire.ActionPayload.encode({
        ...entry,
        alertVersion: uint32(entry.alertVersion),
        untilMs: instant(entry.untilMs),
      }).finish();
    case 'task':
      return wire.TaskPayload.encode({
        ...entry,
        units: [...entry.units],
        places: [...entry.places],
        fromMs: instant(entry.fromMs) ?? 0,
        toMs: instant(entry.toMs),
      }).finish();
    case 'statement':
      return wire.StatementPayload.encode({
        ...entry,
        notAt: [...entry.notAt],
        untilMs: instant(entry.untilMs) ?? 0,
      }).finish();
    case 'roster':
      return encodeRoster(entry);
    case 'access':
      return encodeAccess(entry);
    case 'fold':
      return encodeFold(entry);
    case 'resume':
      return wire.ResumePayload.encode({ ...entry }).finish();
    case 'settlement':
      return encodeSettlement(entry);
    case 'notice':
      return encodeNotice(entry);
    case 'tick':
      return new Uint8Array(0);
    default:
      return unreachable(entry);
  }
}

function encodePlan({ plan }: PlanEntry): Uint8Array {
  const json = deflateJson(plan, MAX_PLAN_JSON_BYTES, 'log-entry-too-large');
  return wire.PlanPayload.encode({
    planJsonDeflated: json.deflated,
    planJsonBytes: json.bytes,
    planJsonSha256: json.sha256,
  }).finish();
}

/** One read is written as it was before there were several to an entry: logs and readers from then stay good. */
function encodeAccess({ reads }: AccessEntry): Uint8Array {
  const [first, ...more] = reads.map((read) => ({
    ...read,
    records: uint32(read.records),
    answer: read.answer === undefined ? null : wireAnswer(read.answer),
  }));
  assert(first !== undefined, 'an access entry has at least one read');
  return wire.AccessPayload.encode(more.length === 0 ? first : { reads: [first, ...more] }).finish();
}

function wireAnswer({ stage, readId, body }: AccessAnswer): WireAnswer {
  if (body === null) return { stage, readId };
  return { stage, readId, bytes: instant(body.bytes), sha256: Buffer.from(body.sha256, 'hex') };
}

/** The library would write another number without a word. */
function uint32(value: number): number {
  assert(value >>> 0 === value, `${value} is a uint32`);
  return value;
}

function instant(ms: number | null): number | null {
  assert(ms === null || (Number.isSafeInteger(ms) && ms >= 0), `${ms} is an instant in ms`);
  return ms;
}

/**
 * Reads a payload back. Throws `log-entry-corrupt` and nothing else, whatever the bytes; the message names the field or column,
 * what it got and what it expected. Nothing that it returns shares memory with the payload.
 *
 * @param kind the entry's field `k`; an unknown one is corrupt too
 */
export function decodeLogEntry(kind: string, payload: Uint8Array): LogEntry {
  const corrupt: ColumnFault = (column, got, expected) =>
    new BeatwatchError('log-entry-corrupt', `log entry ${kind}, ${column}: got ${got}, expected ${expected}`, {
      kind,
      column,
      got,
      expected,
    });
  if (payload.length > MAX_ENTRY_BYTES)
    throw corrupt('payload', `${payload.length} bytes`, `at most ${MAX_ENTRY_BYTES}`);
  const decode = DECODERS.get(kind);
  if (decode === undefined) throw corrupt('kind', quoted(kind), [...DECODERS.keys()].join(', '));
  try {
    return decode(payload, corrupt);
  } catch (error) {
    if (error instanceof BeatwatchError) throw error;
    const message = `log entry ${kind}, payload: got ${payload.length} bytes that cannot be read (${messageOf(error)})`;
    throw new BeatwatchError('log-entry-corrupt', message, { kind, column: 'payload' }, { cause: error });
  }
}

type Decode = (payload: Uint8Array, corrupt: ColumnFault) => LogEntry;
const DECODER_TABLE: Readonly<Record<LogEntryKind, Decode>> = {
  genesis: decodeGenesis,
  fixes: decodeFixes,
  heartbeat: decodeHeartbeat,
  plan: decodePlan,
  action: decodeAction,
  task: decodeTask,
  statement: decodeStatement,
  roster: decodeRoster,
  access: decodeAccess,
  fold: decodeFold,
  resume: decodeResume,
  settlement: decodeSettlement,
  notice: decodeNotice,
  tick: decodeTick,
};
const DECODERS: ReadonlyMap<string, Decode> = new Map(Object.entries(DECODER_TABLE));

function decodeGenesis(payload: Uint8Array, corrupt: ColumnFault): GenesisEntry {
  const { district, clock, foldVersion } = wire.GenesisPayload.decode(payload);
  if (!isId(district)) throw corrupt('district', quoted(district), 'an id');
  return { kind: 'genesis', district, clock: oneOf<ClockKind>('clock', clock, CLOCK_KINDS, corrupt), foldVersion };
}
const CLOCK_KINDS: readonly ClockKind[] = ['wall', 'virtual'];

function decodeHeartbeat(payload: Uint8Array, corrupt: ColumnFault): HeartbeatEntry {
  const { trackers } = wire.HeartbeatPayload.decode(payload);
  const bad = trackers.find((tracker) => !isId(tracker));
  if (bad !== undefined) throw corrupt('trackers', quoted(bad), 'an id');
  return { kind: 'heartbeat', trackers };
}

function decodePlan(payload: Uint8Array): PlanEntry {
  const { planJsonDeflated, planJsonBytes, planJsonSha256 } = wire.PlanPayload.decode(payload);
  const json = { deflated: planJsonDeflated, bytes: planJsonBytes, sha256: planJsonSha256 };
  // The hash vouches for the shape: the loader checked the plan before it was appended.
  return { kind: 'plan', plan: inflateJson(json, MAX_PLAN_JSON_BYTES) as CompiledPlan };
}

function decodeAction(payload: Uint8Array, corrupt: ColumnFault): ActionEntry {
  const message = wire.ActionPayload.decode(payload);
  return {
    kind: 'action',
    actionId: filled('action_id', message.actionId, corrupt),
    actor: filled('actor', message.actor, corrupt),
    action: oneOf('action', message.action, ACTION_KINDS, corrupt),
    alertId: filled('alert_id', message.alertId, corrupt),
    alertVersion: message.alertVersion,
    comment: message.comment ?? null,
    untilMs: message.untilMs ?? null,
  };
}

function decodeTask(payload: Uint8Array, corrupt: ColumnFault): TaskEntry {
  const message = wire.TaskPayload.decode(payload);
  const bad = [...message.units, ...message.places].find((id) => !isId(id));
  if (bad !== undefined) throw corrupt('units, places', quoted(bad), 'an id');
  return {
    kind: 'task',
    taskId: filled('task_id', message.taskId, corrupt),
    actor: filled('actor', message.actor, corrupt),
    task: oneOf('task', message.task, TASK_KINDS, corrupt),
    units: message.units,
    places: message.places,
    fromMs: message.fromMs,
    toMs: message.toMs ?? null,
    reason: message.reason,
  };
}

function decodeStatement(payload: Uint8Array, corrupt: ColumnFault): StatementEntry {
  const message = wire.StatementPayload.decode(payload);
  const at = message.at ?? null;
  const bad = [message.unit, ...(at === null ? [] : [at]), ...message.notAt].find((id) => !isId(id));
  if (bad !== undefined) throw corrupt('unit, at, not_at', quoted(bad), 'an id');
  if (at !== null && message.notAt.length > 0) throw corrupt('not_at', quoted(message.notAt.join()), 'none beside at');
  return {
    kind: 'statement',
    statementId: filled('statement_id', message.statementId, corrupt),
    actor: filled('actor', message.actor, corrupt),
    unit: message.unit,
    at,
    notAt: message.notAt,
    untilMs: message.untilMs,
    note: message.note ?? null,
  };
}

function decodeAccess(payload: Uint8Array, corrupt: ColumnFault): AccessEntry {
  const message = wire.AccessPayload.decode(payload);
  if (message.reads.length === 0) return { kind: 'access', reads: [accessRead(message, corrupt)] };
  if (message.actor !== '') throw corrupt('actor', quoted(message.actor), 'nothing beside reads');
  return { kind: 'access', reads: message.reads.map((read) => accessRead(read, corrupt)) };
}

/** What the generated code says of a message inside another; it fills in what is absent. */
type WireRead = { readonly [Field in keyof Omit<AccessRead, 'answer'>]?: AccessRead[Field] | string | null } & {
  readonly answer?: WireAnswer | null;
};
type WireAnswer = NonNullable<ConstructorParameters<typeof wire.AccessAnswer>[0]>;

function accessRead(read: WireRead, corrupt: ColumnFault): AccessRead {
  return {
    actor: filled('actor', read.actor ?? '', corrupt),
    role: oneOf<Role>('role', read.role ?? '', ROLES, corrupt),
    purpose: read.purpose ?? null,
    what: filled('what', read.what ?? '', corrupt),
    parameters: read.parameters ?? '',
    records: Number(read.records ?? 0),
    ...(read.answer === undefined || read.answer === null ? {} : { answer: accessAnswer(read.answer, corrupt) }),
  };
}

function accessAnswer({ stage, readId, bytes, sha256 }: WireAnswer, corrupt: ColumnFault): AccessAnswer {
  const hash = sha256 ?? null;
  if ((hash === null) !== ((bytes ?? null) === null) || (hash !== null && hash.length !== SHA256_BYTES)) {
    const got = hash === null ? 'no hash' : `${hash.length} bytes`;
    throw corrupt('answer.sha256', got, `${SHA256_BYTES} bytes beside answer.bytes, or neither`);
  }
  return {
    stage: oneOf('answer.stage', stage ?? '', ANSWER_STAGES, corrupt),
    readId: readId ?? null,
    body: hash === null ? null : { bytes: Number(bytes), sha256: Buffer.from(hash).toString('hex') },
  };
}
const SHA256_BYTES = 32;

function decodeResume(payload: Uint8Array, corrupt: ColumnFault): ResumeEntry {
  const { sinceMs, atMs, skippedToMs, actor, reason } = wire.ResumePayload.decode(payload);
  if (sinceMs > atMs || atMs >= skippedToMs) {
    throw corrupt('since_ms, at_ms, skipped_to_ms', `${sinceMs}, ${atMs}, ${skippedToMs}`, 'them in this order');
  }
  return {
    kind: 'resume',
    sinceMs,
    atMs,
    skippedToMs,
    actor: filled('actor', actor, corrupt),
    reason: filled('reason', reason, corrupt),
  };
}

function decodeTick(payload: Uint8Array, corrupt: ColumnFault): LogEntry {
  if (payload.length > 0) throw corrupt('payload', `${payload.length} bytes`, 'none');
  return { kind: 'tick' };
}

function filled(field: string, text: string, corrupt: ColumnFault): string {
  if (text === '') throw corrupt(field, 'nothing', 'some text');
  return text;
}

function oneOf<T extends string>(field: string, text: string, known: readonly T[], corrupt: ColumnFault): T {
  const found = known.find((value) => value === text);
  if (found === undefined) throw corrupt(field, quoted(text), known.join(' or '));
  return found;
}

/** Sorts tracker ids, each once, and cuts them into entries that each fit. */
export function heartbeatEntries(trackers: Iterable<string>): HeartbeatEntry[] {
  const sorted = [...new Set(trackers)].sort();
  return cut(sorted, (tracker) => tracker.length + 2).map((run) => ({ kind: 'heartbeat', trackers: run }));
}
