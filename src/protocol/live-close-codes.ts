/** Why the server closes a supervisor's live socket, and what the client should do. Part of the published contract. */
export const LIVE_CLOSE_CODES = {
  'going-away': {
    code: 1001,
    meaning: 'The server process is shutting down.',
    advice: 'Connect again with after=<last transition>.',
  },
  'message-unsupported': { code: 1003, meaning: 'The client sent a binary message.', advice: 'Send JSON text.' },
  'message-too-large': {
    code: 1009,
    meaning: 'The client sent a message that is longer than the limit.',
    advice: 'Send smaller messages.',
  },
  'internal-error': {
    code: 1011,
    meaning: 'A fault of this server; its log describes it.',
    advice: 'Connect again after a pause.',
  },
  'message-invalid': {
    code: 4400,
    meaning: 'The client sent a message of the wrong form. The error message before the close says why.',
    advice: 'Correct the message.',
  },
  'token-expired': { code: 4401, meaning: 'The token has expired.', advice: 'Connect again with a new token.' },
  'token-revoked': { code: 4402, meaning: 'Somebody revoked the token.', advice: 'Ask for a new token.' },
  'consumer-too-slow': {
    code: 4408,
    meaning: 'The client does not read fast enough: more bytes wait for it than the limit.',
    advice: 'Connect again with after=<last transition>: no alert is missed.',
  },
  'too-many-messages': {
    code: 4429,
    meaning: 'The client sent too many messages in a minute.',
    advice: 'Connect again after a pause.',
  },
  'access-log-unavailable': {
    code: 4503,
    meaning: 'The server could not record the read, so it does not answer it.',
    advice: 'Connect again after a pause.',
  },
  'state-unavailable': {
    code: 4504,
    meaning: 'The server cannot read the state of the district now.',
    advice: 'Connect again with after=<last transition> after a pause.',
  },
} as const satisfies Readonly<Record<string, { code: number; meaning: string; advice: string }>>;

export type LiveCloseReason = keyof typeof LIVE_CLOSE_CODES;
