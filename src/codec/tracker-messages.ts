import { BeatwatchError, messageOf, unreachable } from '../model/errors.js';
import { MAX_FIXES_PER_REPORT, MAX_FRAME_BYTES, MAX_REPORT_ID_BYTES } from '../model/limits.js';
import { createReader, type Reader, wire } from './wire.js';
import { readWireFix, type WireFix } from './wire-fix.js';

/** What a tracker says, `TrackerFrame` of `proto/tracker.proto`. */
export type TrackerMessage = ReportMessage | { readonly kind: 'heartbeat' };

export interface ReportMessage {
  readonly kind: 'report';
  /** 1..MAX_REPORT_ID_BYTES bytes, a copy. */
  readonly reportId: Uint8Array;
  /** 1..MAX_FIXES_PER_REPORT. */
  readonly fixes: readonly WireFix[];
}

/** Codes of the errors that decoding throws; each goes into a `Refusal`. */
export type FrameFault =
  | 'frame-empty'
  | 'frame-too-large'
  | 'frame-garbage'
  | 'report-id-length'
  | 'no-fixes'
  | 'too-many-fixes';

/**
 * Reads one frame of a tracker. Nothing that it returns shares memory with the frame. Throws a BeatwatchError with a
 * FrameFault as its code and nothing else, whatever the bytes; `details.reportId` (hex) is there when the frame could be read
 * that far. Memory and time are bounded by the frame's length and MAX_FIXES_PER_REPORT: fixes past the cap are counted,
 * never made.
 */
export function decodeTrackerMessage(frame: Uint8Array): TrackerMessage {
  if (frame.length === 0) throw fault('frame-empty', 'frame: got 0 bytes, expected a TrackerFrame');
  if (frame.length > MAX_FRAME_BYTES) {
    throw fault('frame-too-large', `frame: got ${frame.length} bytes, expected at most ${MAX_FRAME_BYTES}`);
  }
  try {
    return readFrame(createReader(frame));
  } catch (error) {
    if (error instanceof BeatwatchError) throw error;
    const message = `frame: got ${frame.length} bytes that are no TrackerFrame (${messageOf(error)})`;
    throw new BeatwatchError('frame-garbage', message, {}, { cause: error });
  }
}

const TAG_REPORT = (1 << 3) | 2;
const TAG_HEARTBEAT = (2 << 3) | 2;
const TAG_REPORT_ID = (1 << 3) | 2;
const TAG_FIX = (2 << 3) | 2;

function readFrame(reader: Reader): TrackerMessage {
  let body: TrackerMessage | null = null;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag !== TAG_REPORT && tag !== TAG_HEARTBEAT) {
      if (tag >>> 3 === 1 || tag >>> 3 === 2) throw wrongWireType('TrackerFrame.body', tag);
      reader.skipType(tag & 7, 0, tag >>> 3);
      continue;
    }
    if (body !== null) throw fault('frame-garbage', 'frame: got two bodies, expected one message a frame');
    body = within(reader, tag === TAG_REPORT ? readReport : readHeartbeat);
  }
  if (body === null)
    throw fault('frame-empty', 'frame: got no body that is known here, expected a report or a heartbeat');
  return body;
}

/** Reads a length and then so much with the given reader; what is read cannot run past it. */
function within<T>(reader: Reader, read: (reader: Reader) => T): T {
  const outerLen = reader.len;
  const length = reader.uint32();
  if (length > outerLen - reader.pos) {
    throw fault(
      'frame-garbage',
      `frame: got a message of ${length} bytes, of which ${outerLen - reader.pos} are there`,
    );
  }
  reader.len = reader.pos + length;
  const value = read(reader);
  reader.len = outerLen;
  return value;
}

function readReport(reader: Reader): TrackerMessage {
  let reportId = new Uint8Array(0);
  const fixes: WireFix[] = [];
  let fixCount = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === TAG_REPORT_ID) {
      reportId = new Uint8Array(reader.bytes());
    } else if (tag === TAG_FIX) {
      fixCount++;
      if (fixCount <= MAX_FIXES_PER_REPORT) fixes.push(within(reader, readWireFix));
      else reader.skipType(2, 0, 2);
    } else {
      if (tag >>> 3 === 1 || tag >>> 3 === 2) throw wrongWireType('Report', tag);
      reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reportId.length === 0 || reportId.length > MAX_REPORT_ID_BYTES) {
    const message = `report_id: got ${reportId.length} bytes, expected 1..${MAX_REPORT_ID_BYTES}`;
    throw fault('report-id-length', message);
  }
  if (fixCount === 0 || fixCount > MAX_FIXES_PER_REPORT) {
    const message = `fixes: got ${fixCount}, expected 1..${MAX_FIXES_PER_REPORT}`;
    throw fault(fixCount === 0 ? 'no-fixes' : 'too-many-fixes', message, { reportId: hexOf(reportId) });
  }
  return { kind: 'report', reportId, fixes };
}

function readHeartbeat(reader: Reader): TrackerMessage {
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    reader.skipType(tag & 7, 0, tag >>> 3);
  }
  return { kind: 'heartbeat' };
}

function wrongWireType(what: string, tag: number): BeatwatchError {
  return fault('frame-garbage', `${what} field ${tag >>> 3}: got wire type ${tag & 7}, expected 2`);
}

function fault(code: FrameFault, message: string, details: Readonly<Record<string, unknown>> = {}): BeatwatchError {
  return new BeatwatchError(code, message, details);
}

/** A report id as the log and the error details spell it: lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A `Report` frame. Checks nothing, so that a test client can say nonsense; numbers must fit their wire types. */
export function encodeReport(reportId: Uint8Array, fixes: readonly WireFix[]): Uint8Array {
  return wire.TrackerFrame.encode({ report: { reportId, fixes: [...fixes] } }).finish();
}

export function encodeHeartbeat(): Uint8Array {
  return wire.TrackerFrame.encode({ heartbeat: {} }).finish();
}

/** What a server says, `ServerFrame` of `proto/tracker.proto`. */
export type ServerMessage = WelcomeMessage | AckMessage | RefusalMessage;

export const PROTOCOL_VERSION = 1;

interface WelcomeMessage {
  readonly kind: 'welcome';
  readonly protocolVersion: number;
  readonly serverTimeMs: number;
  readonly reportIntervalMs: number;
  readonly maxFixesPerReport: number;
  readonly maxFrameBytes: number;
  readonly maxUnacknowledgedBytes: number;
  readonly heartbeatIntervalMs: number;
}
interface AckMessage {
  readonly kind: 'ack';
  readonly reportId: Uint8Array;
  readonly durable: boolean;
  /** Codes are FixRejections; a client must bear others, of a newer server. */
  readonly rejected: readonly { readonly index: number; readonly code: string }[];
}
interface RefusalMessage {
  readonly kind: 'refusal';
  /** Null: the frame could not be read so far. */
  readonly reportId: Uint8Array | null;
  readonly code: string;
  readonly detail: string;
  /** Send the report again after this long; null: never. */
  readonly retryAfterMs: number | null;
}

export function encodeServerMessage(message: ServerMessage): Uint8Array {
  switch (message.kind) {
    case 'welcome':
      return wire.ServerFrame.encode({ welcome: message }).finish();
    case 'ack':
      return wire.ServerFrame.encode({ ack: { ...message, rejected: [...message.rejected] } }).finish();
    case 'refusal':
      return wire.ServerFrame.encode({ refusal: message }).finish();
    default:
      return unreachable(message);
  }
}

/**
 * Reads one frame of a server, for clients. Nothing that it returns shares memory with the frame. Throws `frame-garbage`, or
 * `frame-empty` for a frame without a body that is known here (a client ignores that one).
 */
export function decodeServerMessage(frame: Uint8Array): ServerMessage {
  let decoded: InstanceType<typeof wire.ServerFrame>;
  try {
    decoded = wire.ServerFrame.decode(frame);
  } catch (error) {
    const message = `frame: got ${frame.length} bytes that are no ServerFrame (${messageOf(error)})`;
    throw new BeatwatchError('frame-garbage', message, {}, { cause: error });
  }
  const { welcome, ack, refusal } = decoded;
  if (welcome) {
    return {
      kind: 'welcome',
      protocolVersion: welcome.protocolVersion ?? 0,
      serverTimeMs: welcome.serverTimeMs ?? 0,
      reportIntervalMs: welcome.reportIntervalMs ?? 0,
      maxFixesPerReport: welcome.maxFixesPerReport ?? 0,
      maxFrameBytes: welcome.maxFrameBytes ?? 0,
      maxUnacknowledgedBytes: welcome.maxUnacknowledgedBytes ?? 0,
      heartbeatIntervalMs: welcome.heartbeatIntervalMs ?? 0,
    };
  }
  if (ack) {
    const rejected = (ack.rejected ?? []).map(({ index, code }) => ({ index: index ?? 0, code: code ?? '' }));
    return { kind: 'ack', reportId: new Uint8Array(ack.reportId ?? []), durable: ack.durable ?? false, rejected };
  }
  if (refusal) {
    return {
      kind: 'refusal',
      reportId: refusal.reportId ? new Uint8Array(refusal.reportId) : null,
      code: refusal.code ?? '',
      detail: refusal.detail ?? '',
      retryAfterMs: refusal.retryAfterMs ?? null,
    };
  }
  throw fault('frame-empty', 'frame: got no body that is known here, expected a welcome, an ack or a refusal');
}
