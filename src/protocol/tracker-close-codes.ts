/** What a tracker is to do after a close. */
type ReconnectAdvice =
  /** At once, then with back-off. */
  | 'now'
  /** After the back-off (1 s, doubled each time up to 60 s, each with random jitter). */
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
    meaning: 'The server stops. What it took before is acknowledged already.',
    reconnect: 'back-off',
    advice: 'The next server, or this one after its restart, goes on.',
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
    meaning: 'A message came in more than 16 fragments, empty ones included.',
    reconnect: 'back-off',
    advice: 'Send a message as one frame.',
  },
  oversize: {
    code: 1009,
    reason: '',
    meaning: 'A frame, or a message of several frames, is longer than Welcome.max_frame_bytes.',
    reconnect: 'now',
    advice: 'Cut the report into smaller ones first: sending the same frame again does not help.',
  },
  garbage: {
    code: 4000,
    reason: 'garbage',
    meaning: 'Ten frames in a row could not be parsed.',
    reconnect: 'back-off',
    advice: 'Drop what was refused; repair the encoder.',
  },
  'text-frame': {
    code: 4003,
    reason: 'text-frame',
    meaning: 'A text frame came; this protocol is binary.',
    reconnect: 'back-off',
    advice: 'Send binary frames.',
  },
  'too-fast': {
    code: 4008,
    reason: 'too-fast',
    meaning: 'The tracker went on sending in spite of a Refusal `too-fast` and its retry_after_ms.',
    reconnect: 'back-off',
    advice: 'Put more fixes into one report and wait for acks.',
  },
  idle: {
    code: 4010,
    reason: 'idle',
    meaning: 'Nothing came for five minutes, no heartbeat either.',
    reconnect: 'now',
    advice: 'Send a heartbeat as often as Welcome.heartbeat_interval_ms asks.',
  },
  superseded: {
    code: 4011,
    reason: 'superseded',
    meaning: 'A newer connection of the same tracker was opened: the newest wins.',
    reconnect: 'never',
    advice: 'If this was not your own reconnect, another device uses this credential.',
  },
  'token-expired': {
    code: 4020,
    reason: 'token-expired',
    meaning: 'The token came to the end of its life.',
    reconnect: 'never',
    advice: 'Reconnect with a new token.',
  },
  'token-revoked': {
    code: 4021,
    reason: 'token-revoked',
    meaning: 'The token was revoked.',
    reconnect: 'never',
    advice: 'Ask for a new credential.',
  },
  'tracker-removed': {
    code: 4022,
    reason: 'tracker-removed',
    meaning: 'A new plan has no unit with this tracker.',
    reconnect: 'never',
    advice: 'Reconnect when the plan knows the tracker again.',
  },
  'district-unavailable': {
    code: 4030,
    reason: 'district-unavailable',
    meaning: 'The server cannot reach the store of this district now.',
    reconnect: 'back-off',
    advice: 'Keep all reports that have no ack.',
  },
  internal: {
    code: 4031,
    reason: 'internal',
    meaning: 'A fault of the server; it is in its log.',
    reconnect: 'back-off',
    advice: 'Keep all reports that have no ack.',
  },
} as const satisfies Readonly<Record<string, CloseCode>>;

export type CloseReason = keyof typeof CLOSE_CODES;
