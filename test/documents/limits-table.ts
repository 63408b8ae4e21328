import { batchBytesBound } from '../../src/codec/fixes-payload.js';
import { MAX_FIX_BYTES } from '../../src/codec/fix-columns.js';
import * as access from '../../src/access/limits.js';
import * as api from '../../src/api/limits.js';
import * as ingest from '../../src/ingest/limits.js';
import * as model from '../../src/model/limits.js';
import * as silence from '../../src/model/silence.js';
import type { Rate } from '../../src/model/rate-gate.js';
import { code, table } from './sections.js';

const ONE_FIX = { tracker: 't-1', reportId: '01', fixes: [{} as never], rejected: [] };

type Row = readonly [constant: string, value: string, meaning: string];

const bytes = (n: number) => `${n.toLocaleString('en')} bytes`;
const count = (n: number) => n.toLocaleString('en');
function span(ms: number): string {
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const [unitMs, unit] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'ms'];
  return `${ms / unitMs} ${unit}`;
}

/** What a tracker may do, and what happens one past it. Inclusive: the value itself still passes. */
export function trackerLimits(): string {
  const rows: readonly Row[] = [
    [
      'MAX_FRAME_BYTES',
      bytes(model.MAX_FRAME_BYTES),
      'length of one message; a longer one: the server closes the socket with 1009',
    ],
    ['MAX_FIXES_PER_REPORT', count(model.MAX_FIXES_PER_REPORT), 'fixes in a report; more: Refusal `too-many-fixes`'],
    [
      'MAX_REPORT_ID_BYTES',
      bytes(model.MAX_REPORT_ID_BYTES),
      'length of a report id (at least 1); otherwise: Refusal `report-id-length`',
    ],
    [
      'MAX_UNACKNOWLEDGED_BYTES',
      bytes(model.MAX_UNACKNOWLEDGED_BYTES),
      'reports without an ack on one socket; more: the server does not read the socket until it has sent acks',
    ],
    [
      'MAX_UNACKNOWLEDGED_REPORTS',
      count(ingest.MAX_UNACKNOWLEDGED_REPORTS),
      'number of reports without an ack on one socket; more: the same',
    ],
    [
      'MAX_FRAMES_PER_S',
      count(ingest.MAX_FRAMES_PER_S),
      `messages of one tracker a second in the long run, ${count(ingest.FRAME_BURST)} at once; a new connection does not begin anew; more: Refusal \`too-fast\``,
    ],
    [
      'MAX_FRAGMENTS',
      count(ingest.MAX_FRAGMENTS),
      'fragments of one message, empty ones too; more: the server closes the socket with 1008',
    ],
    [
      'MAX_TOO_FAST_FRAMES',
      count(ingest.MAX_TOO_FAST_FRAMES),
      'messages in spite of a Refusal `too-fast`; more: the server closes the socket with 4008',
    ],
    [
      'MAX_GARBAGE_IN_A_ROW',
      count(ingest.MAX_GARBAGE_IN_A_ROW),
      'messages in a row that the server cannot parse; after the last of them it closes the socket with 4000',
    ],
    [
      'MAX_CONNECTS_PER_S',
      count(ingest.MAX_CONNECTS_PER_S),
      `new connections of one tracker a second, ${count(ingest.CONNECT_BURST)} at once; more: 429`,
    ],
    [
      'TRACKER_QUOTA_BYTES',
      bytes(ingest.TRACKER_QUOTA_BYTES),
      `reports of one tracker at once, at most a ${1 / ingest.TRACKER_QUOTA_OF_ROOM}th of the store (a report of one fix counts ${batchBytesBound(ONE_FIX)} bytes, each further fix ${MAX_FIX_BYTES}; a day at 1 Hz fits); more: Refusal \`quota\``,
    ],
    [
      'QUOTA_BYTES_PER_S',
      bytes(ingest.QUOTA_BYTES_PER_S),
      'of this quota come back each second, also over restarts and reconnects',
    ],
    ['MAX_TRACKER_SOCKETS', count(model.MAX_TRACKER_SOCKETS), 'sockets of one server process; more: 503'],
    [
      'MAX_HEARTBEAT_INTERVAL_MS',
      span(silence.MAX_HEARTBEAT_INTERVAL_MS),
      'time without a report after which the tracker must send a heartbeat; `Welcome` may ask for a shorter time (24 s for a unit with an interval of 20 s or less)',
    ],
    [
      'TRACKER_PING_MS',
      span(ingest.TRACKER_PING_MS),
      'time without any traffic after which the server pings (WebSocket libraries answer by themselves)',
    ],
    [
      'IDLE_SOCKET_MS',
      span(model.IDLE_SOCKET_MS),
      'time without any message or pong; longer: the server closes the socket with 4010',
    ],
    ['MAX_TRACKER_TOKEN_S', span(model.MAX_TRACKER_TOKEN_S * 1_000), "life of a tracker's token"],
    [
      'EARLIEST_EVENT_MS',
      new Date(model.EARLIEST_EVENT_MS).toISOString(),
      'earliest event time; earlier: the server rejects the fix with `time-too-old`',
    ],
    [
      'REFUSE_AHEAD_MS',
      span(model.REFUSE_AHEAD_MS),
      'event time ahead of the server; more: the server rejects the fix with `time-too-far-ahead`',
    ],
    [
      'CLOCK_AHEAD_MS',
      span(model.CLOCK_AHEAD_MS),
      "event time ahead of the server; more: the fix is kept and flagged as a fault of the tracker's clock, and changes no verdict",
    ],
    [
      'HORIZON_MS',
      span(model.HORIZON_MS),
      'how late a fix may be and still change verdicts; later: the fix is acknowledged and kept',
    ],
  ];
  return table(
    ['limit', 'value', 'of what, and one past it'],
    rows.map(([constant, value, meaning]) => [code(constant), value, meaning]),
  );
}

const rate = ({ burst, perSecond }: Rate) => `${count(perSecond)} a second, ${count(burst)} at once`;

/** What holds for any connection and any address, and what happens one past it. */
export function doorLimits(): string {
  const rows: readonly Row[] = [
    ['HEALTH_RATE', rate(access.HEALTH_RATE), 'requests of one address for its state; more: 429'],
    ['DOCUMENT_RATE', rate(access.DOCUMENT_RATE), 'requests of one address for the documents; more: 429'],
    [
      'REFUSAL_RATE',
      rate(access.REFUSAL_RATE),
      'requests and upgrades of one address without a good token, or for what is not there; more: 429, unless the token was good before',
    ],
    ['TOKEN_REFUSAL_RATE', rate(access.TOKEN_REFUSAL_RATE), 'refused upgrades with one good token; more: 429'],
    ['CONNECTION_RATE', rate(access.CONNECTION_RATE), 'new connections of one address; more: the server cuts them'],
    ['MAX_CONNECTIONS', count(access.MAX_CONNECTIONS), 'connections of one process; more: the server cuts them'],
    [
      'MAX_UNKNOWN_CONNECTIONS',
      `${count(access.MAX_UNKNOWN_CONNECTIONS)}, ${count(access.MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS)} of one address`,
      'connections that have not sent a good token yet; more: the server cuts the oldest',
    ],
    [
      'MAX_PIPELINED_REQUESTS',
      count(api.MAX_PIPELINED_REQUESTS),
      'requests of one connection that wait for earlier answers; more: the server cuts the connection',
    ],
    [
      'MAX_UNSENT_ANSWER_BYTES',
      bytes(api.MAX_UNSENT_ANSWER_BYTES),
      'answers of the process that wait for their readers; more: the server cuts the connection that has waited longest',
    ],
    ['MAX_HEADERS', count(api.MAX_HEADERS), 'header fields of a request or an upgrade; more: 431'],
    [
      'MAX_REQUEST_MS',
      span(api.MAX_REQUEST_MS),
      `time for the whole request to arrive (for its header: ${span(api.MAX_HEADER_MS)}); longer: 408`,
    ],
    [
      'ANSWER_STALL_MS',
      span(api.ANSWER_STALL_MS),
      'time in which the client reads nothing of an answer; longer: the server cuts the connection',
    ],
  ];
  return table(
    ['limit', 'value', 'of what, and one past it'],
    rows.map(([constant, value, meaning]) => [code(constant), value, meaning]),
  );
}
