/** What a tracker is to do after a close. */
type ReconnectAdvice =
  /** Reconnect at once, then with back-off. */
  | 'now'
  /** Reconnect after the back-off (1 s, doubled each time up to 60 s, each with random jitter). */
  | 'back-off'
  /** Only after somebody changed something: a new token, a plan, the tracker's program. */
  | 'never';

export interface CloseCode {
  readonly code: number;
  /** The close frame's reason text: stable, for programs. */
  readonly reason: string;
  readonly meaning: string;
  readonly reconnect: ReconnectAdvice;
  /** What to do before, or why. */
  readonly advice: string;
}

/**
 * Every code that a tracker's socket is closed with. Whatever the code: a report without an ack is kept and sent again, and
 * one with an ack is forgotten.
 */
export const CLOSE_CODES = {
  shutdown: {
    code: 1001,
    reason: 'shutdown',
    meaning: 'The server is shutting down. It has already acknowledged what it stored.',
    reconnect: 'back-off',
    advice: 'Send all reports that have no ack again after the reconnect.',
  },
  protocol: {
    code: 1002,
    reason: '',
    meaning: 'A frame breaks the WebSocket protocol (RFC 6455).',
    reconnect: 'back-off',
    advice: 'Repair the WebSocket library.',
  },
  fragments: {
    code: 1008,
    reason: '',
    meaning: 'A message had more than 16 fragments; empty fragments count too.',
    reconnect: 'back-off',
    advice: 'Send each message as one frame.',
  },
  oversize: {
    code: 1009,
    reason: '',
    meaning: 'A frame, or a message of several frames, is longer than Welcome.max_frame_bytes.',
    reconnect: 'now',
    advice: 'First divide the report into smaller ones; the server would refuse the same frame again.',
  },
  garbage: {
    code: 4000,
    reason: 'garbage',
    meaning: 'The server could not parse ten frames in a row.',
    reconnect: 'back-off',
    advice: 'Drop the refused reports, and repair the encoder.',
  },
  'text-frame': {
    code: 4003,
    reason: 'text-frame',
    meaning: 'The tracker sent a text frame; this protocol is binary.',
    reconnect: 'back-off',
    advice: 'Send binary frames.',
  },
  'too-fast': {
    code: 4008,
    reason: 'too-fast',
    meaning: 'The tracker continued to send before the retry_after_ms of a Refusal `too-fast` had passed.',
    reconnect: 'back-off',
    advice: 'Put more fixes into one report, and wait for acks.',
  },
  idle: {
    code: 4010,
    reason: 'idle',
    meaning: 'The tracker sent nothing for five minutes, not even a heartbeat.',
    reconnect: 'now',
    advice: 'Send a heartbeat as often as Welcome.heartbeat_interval_ms asks.',
  },
  superseded: {
    code: 4011,
    reason: 'superseded',
    meaning: 'A newer connection of the same tracker replaced this one.',
    reconnect: 'never',
    advice: 'If you did not reconnect, another device uses your token: ask for a new one.',
  },
  'token-expired': {
    code: 4020,
    reason: 'token-expired',
    meaning: 'The token has expired.',
    reconnect: 'never',
    advice: 'Reconnect with a new token.',
  },
  'token-revoked': {
    code: 4021,
    reason: 'token-revoked',
    meaning: 'Somebody revoked the token.',
    reconnect: 'never',
    advice: 'Ask for a new token.',
  },
  'tracker-removed': {
    code: 4022,
    reason: 'tracker-removed',
    meaning: 'A new plan has no unit with this tracker.',
    reconnect: 'never',
    advice: 'Reconnect when a plan has a unit with this tracker again.',
  },
  'district-unavailable': {
    code: 4030,
    reason: 'district-unavailable',
    meaning: 'The server cannot reach the store of this district now.',
    reconnect: 'back-off',
    advice: 'Keep all reports that have no ack, and send them again after the reconnect.',
  },
  internal: {
    code: 4031,
    reason: 'internal',
    meaning: 'A fault of the server; its log describes it.',
    reconnect: 'back-off',
    advice: 'Keep all reports that have no ack, and send them again after the reconnect.',
  },
} as const satisfies Readonly<Record<string, CloseCode>>;

export type CloseReason = keyof typeof CLOSE_CODES;
